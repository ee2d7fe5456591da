//! SQS jobs to provider pages to DynamoDB.

pub mod context;
pub mod handler;
mod slice;
mod spending;
