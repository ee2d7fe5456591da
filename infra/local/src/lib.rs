//! Runs what template.yaml describes on this machine.

pub mod aws;
pub mod schedule;
pub mod template;
