//! GET /external-events/search/: live, over the providers.

pub mod answers;
mod ask;
pub mod context;
pub mod flight;
pub mod handler;
pub mod outcome;
mod stored;
