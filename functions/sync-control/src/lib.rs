//! POST /external-events/sync/: admins start a sync and follow it.

pub mod context;
pub mod handler;
