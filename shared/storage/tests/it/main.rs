//! The store, through its public interface, over the real SDK against the embedded DynamoDB.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what fails here is a failed test, and the costs are printed for a reader"
)]

mod browse;
mod cache;
mod category;
mod connection;
mod cost;
mod counter;
mod expiry;
mod health;
mod import;
mod lease;
mod read;
mod record;
mod run;
mod source;
mod source_code;
mod summary;
