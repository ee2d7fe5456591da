//! What `local` does, seen from outside.

mod http_api;
mod probe;
mod runtime;
mod schedule;
mod stack;
mod token;
