//! DynamoDB stream to exact counters.

pub mod context;
pub mod handler;
