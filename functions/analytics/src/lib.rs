//! GET /external-events/analytics/: what comes in and what is used, from counters.

pub mod context;
pub mod handler;
