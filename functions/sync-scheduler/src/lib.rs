//! EventBridge schedule to one SQS job for each slice.

pub mod context;
pub mod handler;
