//! The store, through its public interface, over the real SDK against the embedded DynamoDB.

mod browse;
mod cache;
mod category;
mod cost;
mod counter;
mod import;
mod proxy;
mod read;
mod record;
mod run;
mod source_code;
