//! The provider clients, through their public doors.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "test cases are handed over by value"
)]

mod base_url;
mod eventbrite;
mod http;
mod imitation;
mod known_fault;
mod meetup;
mod mutation;
mod recording;
mod search;
mod seatgeek;
mod secret;
mod server;
mod ticketmaster;
mod webhook;
