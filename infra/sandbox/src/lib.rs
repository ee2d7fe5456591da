//! Imitations of the provider APIs that enforce the real ones’ rules.
//!
//! One server stands in for Ticketmaster, SeatGeek, Eventbrite and Meetup. Its events are invented, thousands of
//! them around today, all odd kinds among them; its limits, refusals and defaults are those that the providers
//! have. Through `/_control` a test makes it slow, broken or untruthful, changes single events, and counts calls.
//! The README beside this crate has the addresses and curl lines.

mod catalogue;
mod control;
mod eventbrite;
mod fault;
mod journal;
mod listing;
mod meetup;
mod parameter;
mod provider;
mod quota;
mod seatgeek;
mod ticketmaster;
mod world;

use std::{io, net::SocketAddr, sync::Arc};

use chrono::{NaiveDate, Utc};
use tokio::{net::TcpListener, task::JoinHandle};

use self::world::World;
pub use self::{
    eventbrite::{EVENTBRITE_ORGANIZATION_IDS, EVENTBRITE_ORGANIZER_IDS},
    provider::{KEYS, Keys, Provider, UnknownProviderError},
};

/// What the imitations are made from.
#[derive(Debug, Clone)]
pub struct Config {
    /// The day around which the catalogue lies: from 30 days before it to 400 days after it.
    pub today: NaiveDate,
    /// Another seed, another catalogue.
    pub seed: u64,
    /// How many times as many shows as usual a day has. The usual ones are always among them.
    pub density: u64,
}

impl Default for Config {
    /// Today in UTC, a fixed seed, and as many shows as usual.
    fn default() -> Self {
        Self {
            today: Utc::now().date_naive(),
            seed: 2026,
            density: 1,
        }
    }
}

/// A running sandbox. It ends when this is dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    server: JoinHandle<()>,
}

/// Starts the imitations on a listener; they answer as soon as this returns.
///
/// # Errors
/// When the listener does not know its address, or the catalogue's task was cancelled by a runtime that ends.
pub async fn start(listener: TcpListener, config: Config) -> io::Result<Sandbox> {
    let address = listener.local_addr()?;
    let world = tokio::task::spawn_blocking(move || Arc::new(World::new(config, address))).await?;
    let router = world::router(&world);
    let server = tokio::spawn(async move {
        // `axum::serve` retries failed accepts for ever: it has no error to report.
        let _ = axum::serve(listener, router).await;
    });
    Ok(Sandbox { address, server })
}

impl Sandbox {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address that a provider's client takes as its base: `http://127.0.0.1:…/seatgeek/2/`.
    pub fn base_url(&self, provider: Provider) -> String {
        provider.url(self.address)
    }

    /// Where faults are ordered and calls are counted: `http://127.0.0.1:…/_control`.
    pub fn control_url(&self) -> String {
        format!("http://{}/_control", self.address)
    }

    /// The urlnames of Meetup's groups, for `groupByUrlname`.
    pub fn meetup_groups() -> Vec<String> {
        meetup::groups()
    }

    /// The credentials that it accepts.
    pub const fn keys() -> Keys {
        KEYS
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}
