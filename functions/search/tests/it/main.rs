//! Searches, from API Gateway's event to the answer, over imitated providers.
#![expect(
    clippy::unwrap_used,
    reason = "a test's helper fails by panicking, as the test does"
)]

mod answer;
mod cache;
mod failure;
mod stored;

use std::time::Duration;

use chrono::{DateTime, Utc};
use edge::{Budgets, Guarded, LatestSyncs};
use lambda_http::Request;
use providers::{Config, Providers, seatgeek};
use search::answers::Answers;
use search::context::{Context, Settings};
use search::flight::Flights;
use search::handler::handle;
use serde_json::Value;
use testkit::call::{self, Reply};
use testkit::dynamodb::{self, Dynamo};
use testkit::imitation::Imitations;
use wiremock::MockServer;

/// What a search works with.
struct World {
    dynamo: Dynamo,
    imitations: Imitations,
    context: Context,
}

impl World {
    /// Without faults, with enough time, and with answers that stay fresh for an hour.
    async fn start() -> Self {
        let dynamo = dynamodb::start().await;
        let imitations = Imitations::start().await;
        let context = Context {
            store: dynamo.store(),
            syncs: LatestSyncs::new(dynamo.store()),
            providers: imitations.guarded(dynamo.store()),
            answers: Answers::default(),
            flights: Flights::default(),
            settings: Settings {
                deadline: Duration::from_secs(20),
                fresh: Duration::from_hours(1),
            },
        };
        Self {
            dynamo,
            imitations,
            context,
        }
    }

    /// One in which no answer is fresh for a second search.
    async fn forgetful() -> Self {
        let mut world = Self::start().await;
        world.context.settings.fresh = Duration::ZERO;
        world
    }

    /// As in a process of its own, which has the store in common with others.
    fn forget(&mut self) {
        self.context.answers = Answers::default();
    }

    /// The answer to `GET /external-events/search/?{query}`.
    async fn search(&self, query: &str) -> Reply {
        self.search_at(testkit::now, query).await
    }

    async fn search_at(&self, clock: fn() -> DateTime<Utc>, query: &str) -> Reply {
        let request = call::get(&format!("/external-events/search/?{query}"));
        call::answer_at(clock, |call| handle(&self.context, call), request).await
    }

    async fn answer(&self, request: Request) -> Reply {
        call::answer(|call| handle(&self.context, call), request).await
    }
}

/// SeatGeek alone, at `server`.
fn seatgeek_at(server: &MockServer, world: &World) -> Guarded {
    let providers = Providers::new(Config {
        seatgeek: Some(seatgeek::Config {
            base_url: format!("{}/2/", server.uri()).parse().unwrap(),
            client_id: "id".into(),
            client_secret: None,
        }),
        ..Config::default()
    });
    Guarded::new(providers, world.dynamo.store(), Budgets::default())
}

/// The values of a field of all events in an answer.
fn all<'a>(reply: &'a Reply, field: &str) -> Vec<&'a Value> {
    let events = reply.body["events"].as_array().unwrap();
    events.iter().map(|event| &event[field]).collect()
}
