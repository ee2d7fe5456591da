//! GET /external-events/search/: live, over the providers.

mod ask;
pub mod context;
pub mod handler;
mod outcome;
mod stored;
