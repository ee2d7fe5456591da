//! Requests that are sent again under their name.

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::call::{Reply, post, with};
use testkit::event;

use crate::World;

const FIRST: &str = "/external-events/seatgeek/1/import/";
const SECOND: &str = "/external-events/seatgeek/2/import/";

async fn send(world: &World, target: &str, name: &str, body: Value) -> Reply {
    let request = post(target, &body);
    world.answer(with(request, "idempotency-key", name)).await
}

#[tokio::test]
async fn a_repeated_request_gets_the_answer_of_the_first() {
    let world = World::with(event("seatgeek#1").build()).await;
    let together = join_all((0..20).map(|_| send(&world, FIRST, "one", json!({})))).await;
    let later = send(&world, FIRST, "one", json!({})).await;
    for reply in together.iter().chain([&later]) {
        assert_eq!((reply.status, &reply.body), (201, &later.body));
        assert_eq!(reply.headers["location"], "/events/1/".replace('1', &id(&later)));
    }
    assert_eq!(world.local_events(), 1);
    let otherwise_named = send(&world, FIRST, "two", json!({})).await;
    assert_eq!(otherwise_named.body["error"], "Event already imported");
    let again = send(&world, FIRST, "two", json!({})).await;
    assert_eq!((again.status, again.body), (400, otherwise_named.body));
}

fn id(reply: &Reply) -> String {
    reply.body["local_event_id"].to_string()
}

#[tokio::test]
async fn a_name_is_for_one_request() {
    let world = World::with(event("seatgeek#1").build()).await;
    send(&world, FIRST, "one", json!({})).await;
    for (target, body) in [(SECOND, json!({})), (FIRST, json!({"title": "Other"}))] {
        let reply = send(&world, target, "one", body).await;
        assert_eq!((reply.status, &reply.body["status_code"]), (422, &json!(422)));
    }
    for name in ["", &"x".repeat(256), "naïve"] {
        let reply = send(&world, SECOND, name, json!({})).await;
        assert_eq!(reply.status, 400, "{name}");
        assert!(reply.body["details"]["Idempotency-Key"].is_array());
    }
}

#[tokio::test]
async fn a_failure_of_ours_is_not_what_a_repetition_gets() {
    let world = World::start().await;
    let target = format!(
        "/external-events/seatgeek/{}/import/",
        world.imitations.event_id("seatgeek", "none").await
    );
    world.imitations.fault("seatgeek", json!({"status": 503})).await;
    assert_eq!(send(&world, &target, "one", json!({})).await.status, 503);
    world.imitations.fault("seatgeek", json!({})).await;
    assert_eq!(send(&world, &target, "one", json!({})).await.status, 201);
}
