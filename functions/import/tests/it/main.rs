//! Imports, from API Gateway's event to the answer, over imitated providers.
#![expect(
    clippy::unwrap_used,
    reason = "a test's helper fails by panicking, as the test does"
)]

mod attempt;
mod bulk;
mod failure;
mod ids;
mod repetition;
mod success;

use domain::{EventKey, ExternalEvent};
use import::context::Context;
use import::handler::handle;
use import::ids::LocalEventIds;
use lambda_http::Request;
use testkit::call::{self, Reply, post};
use testkit::dynamodb::{self, Dynamo};
use testkit::imitation::Imitations;
use testkit::now;

/// What an import works with.
struct World {
    dynamo: Dynamo,
    imitations: Imitations,
    context: Context,
}

impl World {
    async fn start() -> Self {
        let dynamo = dynamodb::start().await;
        let imitations = Imitations::start().await;
        let context = Context {
            store: dynamo.store(),
            providers: imitations.guarded(dynamo.store()),
            ids: LocalEventIds::new(dynamo.store()),
        };
        Self {
            dynamo,
            imitations,
            context,
        }
    }

    /// One in which this event is stored.
    async fn with(event: ExternalEvent) -> Self {
        let world = Self::start().await;
        world.context.store.record(&[event], now()).await.unwrap();
        world
    }

    async fn import(&self, key: &EventKey, overrides: serde_json::Value) -> Reply {
        let target = format!("/external-events/{}/{}/import/", key.source, key.id);
        self.answer(post(&target, &overrides)).await
    }

    async fn answer(&self, request: Request) -> Reply {
        call::answer(|call| handle(&self.context, call), request).await
    }

    /// How many local events there are.
    fn local_events(&self) -> usize {
        self.dynamo.items("local-events").len()
    }
}
