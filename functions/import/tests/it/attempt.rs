//! What analytics learns of attempts to import.

use serde_json::json;
use storage::{Attempt, Attempts};
use testkit::call::post;
use testkit::{dynamodb, event, key};

use crate::World;

impl World {
    async fn attempts(&self) -> Attempts {
        self.context.store.figures().await.unwrap().attempts
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
    let expected = [
        (Attempt::Succeeded, 1),
        (Attempt::AlreadyImported, 1),
        (Attempt::NotFound, 1),
    ];
    assert_eq!(world.attempts().await, Attempts::from(expected));
}

#[tokio::test]
async fn each_entry_of_a_bulk_import_is_an_attempt() {
    let world = World::with(event("seatgeek#1").build()).await;
    let named = |id: &str| json!({"source": "seatgeek", "external_id": id});
    let body = json!({"events": [named("1"), named("999999999"), named("../1")]});
    world.answer(post("/external-events/import/", &body)).await;
    let expected = [
        (Attempt::Succeeded, 1),
        (Attempt::NotFound, 1),
        (Attempt::Invalid, 1),
    ];
    assert_eq!(world.attempts().await, Attempts::from(expected));
}

#[tokio::test]
async fn an_import_that_cannot_be_counted_is_still_answered() {
    let world = World::start().await;
    let context = import::context::Context {
        store: dynamodb::nowhere(),
        providers: world.imitations.guarded(world.dynamo.store()),
    };
    let call = post("/external-events/seatgeek/1/import/", &json!({}));
    let reply = testkit::call::answer(|call| import::handler::handle(&context, call), call).await;
    assert_eq!(reply.status, 503);
}
