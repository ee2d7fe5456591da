//! The provider clients, through their public doors.

mod base_url;
mod http;
mod known_fault;
mod mutation;
mod recording;
mod seatgeek;
mod secret;
mod server;
mod ticketmaster;
