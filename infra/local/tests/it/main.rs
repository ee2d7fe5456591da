//! What `local` does, seen from outside.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends where it cannot go on"
)]

mod dynamodb;
mod emulator;
mod http_api;
mod probe;
mod runtime;
mod schedule;
mod secrets;
mod sqs;
mod stack;
mod template;
mod token;
