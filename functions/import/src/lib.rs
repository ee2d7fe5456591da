//! External events become events of the platform, once: one, or up to a hundred at a time.

mod bulk;
pub mod context;
pub mod handler;
pub mod ids;
mod order;
