//! What the types of the domain admit, refuse and mean, seen from outside.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod browse;
mod category;
mod coordinate;
mod country;
mod coverage;
mod event;
mod health;
mod id;
mod import;
mod local_event;
mod parameter;
mod performance;
mod price;
mod sample;
mod search;
mod source;
mod start;
mod status;
mod strategy;
mod sync;
mod tally;
mod text;
mod timezone;
mod validation;
mod web_link;
