//! What is stored, from API Gateway's event to the answer.
#![expect(
    clippy::unwrap_used,
    reason = "a test's helper fails by panicking, as the test does"
)]

mod browse;
mod event;
mod other;

use chrono::{DateTime, Utc};
use detail::context::Context;
use detail::handler::handle;
use edge::RecentSources;
use lambda_http::Request;
use storage::PageTokens;
use testkit::call::{self, Reply, get};
use testkit::dynamodb::{self, Dynamo};
use testkit::imitation::Imitations;

/// What reading works with.
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
            sources: RecentSources::new(dynamo.store()),
            providers: imitations.guarded(dynamo.store()),
            page_tokens: PageTokens::new(b"a key of the tests"),
        };
        Self {
            dynamo,
            imitations,
            context,
        }
    }

    async fn get(&self, target: &str) -> Reply {
        self.answer(get(target)).await
    }

    async fn get_at(&self, clock: fn() -> DateTime<Utc>, target: &str) -> Reply {
        call::answer_at(clock, |call| handle(&self.context, call), get(target)).await
    }

    async fn answer(&self, request: Request) -> Reply {
        call::answer(|call| handle(&self.context, call), request).await
    }
}
