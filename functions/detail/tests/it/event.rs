//! One event.

use chrono::{DateTime, Days, TimeDelta, Utc};
use domain::Source;
use domain::sync::{Report, RunStatus, Slice, Window};
use serde_json::{Value, json};
use storage::Progress;
use test_case::test_case;
use testkit::call::{get, sample_call, with};
use testkit::{dynamodb, event, now};

use crate::World;

#[tokio::test]
async fn shows_a_stored_event_without_asking_its_source() {
    let world = World::start().await;
    let stored = event("ticketmaster#SAMPLE0001")
        .description("A long evening.")
        .build();
    world.context.store.record(&[stored], now()).await.unwrap();
    let reply = world.answer(sample_call("detail/event")).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body["description"], "A long evening.");
    assert_eq!(reply.body["last_synced"], "2026-11-22T12:00:00Z");
    assert_eq!(reply.body["is_imported"], false);
    assert!(world.imitations.calls("ticketmaster").await.is_empty());
}

#[tokio::test]
async fn an_event_that_did_not_change_was_last_seen_by_the_latest_sync() {
    let world = World::start().await;
    let store = &world.context.store;
    let slice = Slice {
        source: Source::SeatGeek,
        category: "concert".parse().unwrap(),
        window: Window::next_days(now() + Days::new(2), 90),
        area: None,
    };
    store
        .record_slice(&slice, &[event("seatgeek#4711").build()], now())
        .await
        .unwrap();
    let last_synced = async |clock: fn() -> DateTime<Utc>, path: &str, pointer: &str| {
        let reply = world.get_at(clock, path).await;
        reply.body.pointer(pointer).unwrap().clone()
    };
    let (detail, browse) = (
        "/external-events/seatgeek/4711/",
        "/external-events/?source=seatgeek",
    );
    assert_eq!(
        last_synced(now, detail, "/last_synced").await,
        "2026-11-22T12:00:00Z"
    );
    let progress = Progress {
        run_id: "run",
        slice: &slice,
        step: "end",
        report: &Report::default(),
        is_cut: false,
        status: RunStatus::Succeeded,
        at: now() + Days::new(3),
    };
    store.note_progress(&progress).await.unwrap();
    // What was read of the syncs is good for five seconds.
    let soon = || now() + TimeDelta::seconds(4);
    let later = || now() + TimeDelta::seconds(5);
    for (path, pointer) in [(detail, "/last_synced"), (browse, "/events/0/last_synced")] {
        assert_eq!(last_synced(soon, path, pointer).await, "2026-11-22T12:00:00Z");
    }
    for (path, pointer) in [(detail, "/last_synced"), (browse, "/events/0/last_synced")] {
        assert_eq!(last_synced(later, path, pointer).await, "2026-11-24T12:00:00Z");
    }
}

#[tokio::test]
async fn a_stored_event_is_sent_again_only_once_it_changed() {
    let world = World::start().await;
    let path = "/external-events/seatgeek/4711/";
    let store = &world.context.store;
    store
        .record(&[event("seatgeek#4711").build()], now())
        .await
        .unwrap();
    let tag = world.get(path).await.headers["etag"].to_str().unwrap().to_owned();
    let same = world.answer(with(get(path), "if-none-match", &tag)).await;
    assert_eq!(
        (same.status, &same.body, &same.headers["etag"]),
        (304, &Value::Null, &tag.parse().unwrap())
    );
    let renamed = event("seatgeek#4711").title("Another Evening").build();
    store.record(&[renamed], now()).await.unwrap();
    let changed = world.answer(with(get(path), "if-none-match", &tag)).await;
    assert_eq!(
        (changed.status, &changed.body["title"]),
        (200, &json!("Another Evening"))
    );
}

#[test_case("ticketmaster")]
#[test_case("seatgeek")]
#[tokio::test]
async fn shows_an_event_that_is_not_stored_as_its_source_tells_it(source: &str) {
    let world = World::start().await;
    let id = world.imitations.event_id(source, "none").await;
    let reply = world.get(&format!("/external-events/{source}/{id}")).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(
        (&reply.body["source"], &reply.body["external_id"]),
        (&json!(source), &json!(id))
    );
    assert_eq!(
        (&reply.body["created_at"], &reply.body["last_synced"]),
        (&Value::Null, &Value::Null)
    );
    assert!(
        !reply.headers.contains_key("etag"),
        "what is not stored has no version"
    );
    assert!(
        world.dynamo.items("external-events").is_empty(),
        "looking at an event does not store it"
    );
}

#[tokio::test]
async fn an_event_that_its_source_does_not_know_is_not_found() {
    let world = World::start().await;
    let reply = world.answer(sample_call("detail/not-found")).await;
    assert_eq!(
        (reply.status, &reply.body["error"]),
        (404, &json!("Event not found"))
    );
}

#[test_case("ticketmaster", json!({"status": 429, "retry_after": 7}), 429, json!(7); "the source limits our rate")]
#[test_case("ticketmaster", json!({"status": 503}), 503, json!(30); "the source is down")]
#[test_case("ticketmaster", json!({"html": true, "status": 404}), 503, json!(30); "a gateway of the source answers")]
#[test_case("ticketmaster", json!({"status": 401}), 503, json!(30); "the source refuses our key")]
#[test_case("ticketmaster", json!({"status": 400}), 500, Value::Null; "the source refuses our call")]
#[test_case("seatgeek", json!({"truncate": "connection"}), 503, json!(30); "the source breaks off")]
#[tokio::test]
async fn says_why_an_event_cannot_be_shown(source: &str, fault: Value, status: u16, retry_after: Value) {
    let world = World::start().await;
    let id = world.imitations.event_id(source, "none").await;
    world.imitations.fault(source, fault).await;
    let reply = world.get(&format!("/external-events/{source}/{id}/")).await;
    assert_eq!((reply.status, &reply.body["retry_after"]), (status, &retry_after));
    assert_eq!(reply.headers.contains_key("retry-after"), !retry_after.is_null());
}

#[tokio::test]
async fn an_event_of_a_source_that_nobody_configured_is_unavailable() {
    let world = World::start().await;
    assert_eq!(world.get("/external-events/meetup/4711/").await.status, 503);
}

#[tokio::test]
async fn a_source_that_fails_hides_no_stored_event() {
    let world = World::start().await;
    world.imitations.fault("seatgeek", json!({"status": 503})).await;
    let stored = [event("seatgeek#4711").build()];
    world.context.store.record(&stored, now()).await.unwrap();
    assert_eq!(world.get("/external-events/seatgeek/4711/").await.status, 200);
}

#[tokio::test]
async fn a_store_that_fails_is_not_gone_around() {
    let mut world = World::start().await;
    world.context.store = dynamodb::nowhere();
    let reply = world.get("/external-events/seatgeek/4711/").await;
    assert_eq!((reply.status, &reply.body["retry_after"]), (503, &json!(1)));
    assert!(world.imitations.calls("seatgeek").await.is_empty());
}
