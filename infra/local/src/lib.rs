//! Runs what template.yaml describes on this machine.

pub mod aws;
mod cause;
pub mod console;
pub mod event_source;
pub mod http_api;
pub mod log_line;
pub mod runtime;
pub mod schedule;
pub mod template;
