//! POST /external-events/{source}/{external_id}/import/: an event becomes one of the platform’s own, once.

pub mod context;
pub mod handler;
