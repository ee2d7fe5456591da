//! Everything that the running sandbox knows, and the router over it.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    middleware,
    response::{IntoResponse, Json, Response},
};
use chrono::TimeDelta;
use serde_json::json;

use crate::{
    Config, control, eventbrite,
    fault::{self, Faults},
    journal::Journal,
    listing::Listings,
    meetup,
    provider::Provider,
    quota::Quota,
    seatgeek, ticketmaster,
};

/// What every imitation has.
#[derive(Debug)]
pub(crate) struct Imitation {
    pub listings: Listings,
    /// The published budget: calls a day, calls an hour or points a minute.
    pub quota: Quota,
    /// Ticketmaster's calls a second; without limit unless a test asks for it.
    pub spike_arrest: Quota,
    pub faults: Faults,
}

#[derive(Debug)]
pub(crate) struct World {
    pub config: Config,
    pub address: SocketAddr,
    pub journal: Journal,
    /// The access tokens that Meetup has granted.
    pub tokens: meetup::Tokens,
    imitations: [Imitation; Provider::ALL.len()],
}

/// The state of a provider's handlers and of what is wrapped around them.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub world: Arc<World>,
    pub provider: Provider,
}

impl Stage {
    pub(crate) fn imitation(&self) -> &Imitation {
        self.world.imitation(self.provider)
    }
}

impl World {
    pub(crate) fn new(config: Config, address: SocketAddr) -> Self {
        let imitations = Provider::ALL.map(|provider| {
            let (listings, quota) = match provider {
                Provider::Ticketmaster => (ticketmaster::listings(&config), ticketmaster::quota()),
                Provider::SeatGeek => (seatgeek::listings(&config), seatgeek::quota()),
                Provider::Eventbrite => (eventbrite::listings(&config), eventbrite::quota()),
                Provider::Meetup => (meetup::listings(&config), meetup::quota()),
            };
            Imitation {
                listings: Listings::new(listings),
                quota,
                spike_arrest: Quota::new(u32::MAX, TimeDelta::seconds(1)),
                faults: Faults::new(config.seed),
            }
        });
        Self {
            config,
            address,
            journal: Journal::default(),
            tokens: meetup::Tokens::default(),
            imitations,
        }
    }

    pub(crate) fn imitation(&self, provider: Provider) -> &Imitation {
        &self.imitations[provider as usize]
    }
}

pub(crate) fn router(world: &Arc<World>) -> Router {
    let mut router = Router::new().merge(control::router()).fallback(not_found);
    for provider in Provider::ALL {
        let stage = Stage {
            world: Arc::clone(world),
            provider,
        };
        let imitation = match provider {
            Provider::Ticketmaster => ticketmaster::router(&stage),
            Provider::SeatGeek => seatgeek::router(&stage),
            Provider::Eventbrite => eventbrite::router(&stage),
            Provider::Meetup => meetup::router(&stage),
        };
        let imitation = imitation.layer(middleware::from_fn_with_state(stage, fault::strike));
        router = router.nest(&format!("/{provider}"), imitation);
    }
    router.with_state(Arc::clone(world))
}

/// Any other address: what there is.
async fn not_found(State(world): State<Arc<World>>) -> Response {
    let bases = Provider::ALL.map(|provider| provider.url(world.address));
    let body = json!({"error": "no such page in the sandbox", "providers": bases, "control": "/_control"});
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}
