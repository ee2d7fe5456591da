//! The imitations over HTTP, as a provider client meets them.

#![expect(
    clippy::unwrap_used,
    reason = "a test's helper fails by panicking, as the test does"
)]

mod control;
mod eventbrite;
mod meetup;
mod seatgeek;
mod server;
mod ticketmaster;
