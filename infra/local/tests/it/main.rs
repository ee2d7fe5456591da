//! What `local` does, seen from outside.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends where it cannot go on"
)]

mod build;
mod command;
mod counters;
mod dynamodb;
mod emulator;
mod end_to_end;
mod event_filter;
mod four_providers;
mod http_api;
mod import;
mod kill;
mod known_fault;
mod log_line;
mod operation;
mod permission;
mod probe;
mod runtime;
mod schedule;
mod secrecy;
mod secrets;
mod sqs;
mod stack;
mod system;
mod template;
mod token;
