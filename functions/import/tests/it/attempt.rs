//! What analytics learns of attempts to import: the import is in the stream of the table, the rest is written.

use import::ids::LocalEventIds;
use serde_json::json;
use storage::{ImportFailure, ImportFailures};
use testkit::call::post;
use testkit::{dynamodb, event, key, now};

use crate::World;

impl World {
    async fn attempts(&self) -> (u64, ImportFailures) {
        let store = &self.context.store;
        store.apply_changes(&self.dynamo.changes(), now()).await.unwrap();
        let figures = store.figures().await.unwrap();
        (figures.imports, figures.failures)
    }
}

#[tokio::test]
async fn each_attempt_is_counted_by_what_came_of_it() {
    let world = World::with(event("seatgeek#1").build()).await;
    world.import(&key("seatgeek#1"), json!({})).await;
    world.import(&key("seatgeek#1"), json!({})).await;
    world.import(&key("seatgeek#1"), json!({"title": 7})).await;
    world.import(&key("seatgeek#999999999"), json!({})).await;
    let dry_run = post("/external-events/seatgeek/1/import/?dry_run=true", &json!({}));
    world.answer(dry_run).await;
    let failed = ImportFailures::from([(ImportFailure::AlreadyImported, 1), (ImportFailure::NotFound, 1)]);
    assert_eq!(world.attempts().await, (1, failed));
}

#[tokio::test]
async fn each_entry_of_a_bulk_import_is_an_attempt() {
    let world = World::with(event("seatgeek#1").build()).await;
    let named = |id: &str| json!({"source": "seatgeek", "external_id": id});
    let body = json!({"events": [named("1"), named("999999999"), named("../1")]});
    world.answer(post("/external-events/import/", &body)).await;
    let failed = ImportFailures::from([(ImportFailure::NotFound, 1), (ImportFailure::Invalid, 1)]);
    assert_eq!(world.attempts().await, (1, failed));
}

#[tokio::test]
async fn an_import_that_cannot_be_counted_is_still_answered() {
    let world = World::start().await;
    let context = import::context::Context {
        store: dynamodb::nowhere(),
        providers: world.imitations.guarded(world.dynamo.store()),
        ids: LocalEventIds::new(dynamodb::nowhere()),
    };
    let call = post("/external-events/seatgeek/1/import/", &json!({}));
    let reply = testkit::call::answer(|call| import::handler::handle(&context, call), call).await;
    assert_eq!(reply.status, 503);
}
