//! DynamoDB streams to signed webhooks, through a queue.

pub mod context;
pub mod handler;
pub mod notice;
