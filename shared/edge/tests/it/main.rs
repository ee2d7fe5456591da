//! The edge, through what it offers to functions.
#![expect(
    clippy::unwrap_used,
    reason = "a test's helper fails by panicking, as the test does"
)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "tables of cases read best as plain values"
)]

mod auth;
mod batch;
mod config;
mod error;
mod gate;
mod guarded;
mod log;
mod openapi;
mod route;
mod token;
mod view;
mod webhook;
