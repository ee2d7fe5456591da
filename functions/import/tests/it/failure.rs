//! Imports that fail, and leave nothing behind.

use chrono::TimeDelta;
use domain::{EventStatus, Start};
use serde_json::{Value, json};
use test_case::test_case;
use testkit::call::sample_call;
use testkit::event::EventBuilder;
use testkit::{dynamodb, event, key, now};

use crate::World;

#[tokio::test]
async fn refuses_what_is_imported_already_and_says_as_what() {
    let world = World::start().await;
    world
        .dynamo
        .import(&event("ticketmaster#SAMPLE0001").build(), now())
        .await;
    let mut reply = world.answer(sample_call("import/single")).await;
    reply.body["request_id"].take();
    assert_eq!(
        reply.body,
        json!({
            "error": "Event already imported", "status_code": 400, "request_id": null,
            "local_event_id": 1, "local_event_url": "/events/1/"
        })
    );
    assert_eq!((reply.status, world.local_events()), (400, 1));
}

fn sound() -> EventBuilder {
    event("seatgeek#1")
}

fn unfit_in_every_way() -> EventBuilder {
    let past = sound()
        .title("")
        .starts_at(now())
        .ends_at(now() - TimeDelta::hours(1));
    past.status(EventStatus::Cancelled)
        .with(|event| event.ticket_url = None)
}

#[test_case(sound().starts_at(now()), json!({}), json!({"start_time": ["Start time must be in the future"]}); "that has begun")]
#[test_case(sound().start(Start::ToBeAnnounced), json!({}), json!({"start_time": ["Start time is not announced yet"]}); "without a time")]
#[test_case(sound().status(EventStatus::Cancelled), json!({}), json!({"status": ["Event is cancelled"]}); "that is cancelled")]
#[test_case(sound().status(EventStatus::Ended), json!({}), json!({"status": ["Event has ended"]}); "that has ended")]
#[test_case(sound().status(EventStatus::Removed), json!({}), json!({"status": ["Event was removed at its source"]}); "that is gone")]
#[test_case(sound(), json!({"title": "  "}), json!({"title": ["Title is required"]}); "without a title")]
#[test_case(sound(), json!({"title": "x".repeat(201)}), json!({"title": ["Title must be at most 200 characters long"]}); "with a title that is too long")]
#[test_case(sound(), json!({"end_time": "2026-12-20T19:00:00Z"}), json!({"end_time": ["End time must be after start time"]}); "that ends as it begins")]
#[test_case(unfit_in_every_way(), json!({}), json!({
    "title": ["Title is required"], "start_time": ["Start time must be in the future"],
    "end_time": ["End time must be after start time"], "status": ["Event is cancelled"],
    "ticket_url": ["Ticket URL must be an http or https URL"],
}); "that is unfit in every way")]
#[tokio::test]
async fn refuses_an_event(event: EventBuilder, overrides: Value, details: Value) {
    let world = World::with(event.build()).await;
    let reply = world.import(&key("seatgeek#1"), overrides).await;
    assert_eq!(reply.status, 400);
    assert_eq!(
        reply.body["error"],
        "Cannot import event. Event data validation failed."
    );
    assert_eq!(reply.body["details"], details);
    assert_eq!(world.local_events(), 0);
}

#[test_case("import/unauthenticated", 401, &[]; "without a token")]
#[test_case("import/not-an-organizer", 403, &[]; "by somebody who is no organizer")]
#[test_case("import/not-json", 415, &[]; "with a form")]
#[test_case("import/bad-override", 400, &["price", "title"]; "with overrides that do not exist or are of another type")]
#[test_case("analytics/all", 404, &[]; "of another route")]
#[tokio::test]
async fn refuses_a_call(sample: &str, status: u16, fields: &[&str]) {
    let world = World::with(event("ticketmaster#SAMPLE0001").build()).await;
    let reply = world.answer(sample_call(sample)).await;
    let details = reply.body["details"].as_object().into_iter().flatten();
    assert_eq!(
        (reply.status, details.map(|(field, _)| field.as_str()).collect()),
        (status, fields.to_vec())
    );
    assert_eq!(world.local_events(), 0);
}

#[tokio::test]
async fn an_event_that_its_source_does_not_know_is_not_found() {
    let world = World::start().await;
    let reply = world.import(&key("seatgeek#999999999"), json!({})).await;
    assert_eq!(
        (reply.status, &reply.body["error"]),
        (404, &json!("External event not found"))
    );
}

#[test_case(json!({"status": 429, "retry_after": 7}), 429, 7; "limits our rate")]
#[test_case(json!({"status": 503, "retry_after": 9}), 503, 9; "is down")]
#[test_case(json!({"truncate": "body"}), 503, 30; "sends half of its JSON")]
#[tokio::test]
async fn says_that_the_source(fault: Value, status: u16, retry_after: u64) {
    let world = World::start().await;
    let id = world.imitations.event_id("seatgeek", "none").await;
    world.imitations.fault("seatgeek", fault).await;
    let reply = world.import(&key(&format!("seatgeek#{id}")), json!({})).await;
    assert_eq!(
        (reply.status, &reply.body["retry_after"]),
        (status, &json!(retry_after))
    );
    assert_eq!(world.local_events(), 0);
}

#[tokio::test]
async fn a_store_that_fails_is_a_dependency_that_fails() {
    let mut world = World::start().await;
    world.context.store = dynamodb::nowhere();
    let reply = world.import(&key("seatgeek#1"), json!({})).await;
    assert_eq!((reply.status, &reply.body["retry_after"]), (503, &json!(1)));
    assert!(world.imitations.calls("seatgeek").await.is_empty());
}
