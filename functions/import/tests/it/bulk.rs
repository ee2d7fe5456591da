//! Many imports at once.

use std::collections::HashSet;
use std::time::Duration;

use domain::EventStatus;
use import::handler::handle;
use serde_json::{Value, json};
use testkit::call::{self, post, with};
use testkit::{event, now};

use crate::World;

const BULK: &str = "/external-events/import/";

fn named(id: &str) -> Value {
    json!({"source": "seatgeek", "external_id": id})
}

fn statuses(answer: &Value) -> Vec<u64> {
    let results = answer["results"].as_array().unwrap();
    results
        .iter()
        .map(|result| result["status"].as_u64().unwrap())
        .collect()
}

impl World {
    /// One in which the events 1 to `count` are stored, and these as a bulk import names them.
    pub(crate) async fn with_events(count: u32) -> (Self, Vec<Value>) {
        let world = Self::start().await;
        let ids: Vec<String> = (1..=count).map(|id| id.to_string()).collect();
        let events: Vec<_> = ids
            .iter()
            .map(|id| event(&format!("seatgeek#{id}")).build())
            .collect();
        world.context.store.record(&events, now()).await.unwrap();
        (world, ids.iter().map(|id| named(id)).collect())
    }

    async fn bulk(&self, target: &str, events: &[Value]) -> Value {
        let reply = self.answer(post(target, &json!({"events": events}))).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body
    }
}

#[tokio::test]
async fn one_bad_entry_spoils_no_other() {
    let (world, mut events) = World::with_events(3).await;
    let cancelled = event("seatgeek#4").status(EventStatus::Cancelled).build();
    world.context.store.record(&[cancelled], now()).await.unwrap();
    events.extend([
        named("1"),
        named("4"),
        json!({"source": "myspace", "external_id": "1"}),
        json!({"source": "seatgeek", "external_id": "../1"}),
        named("999999999"),
        json!("seatgeek#1"),
        json!({"source": "seatgeek", "external_id": "2", "title": "Other"}),
    ]);
    let answer = world.bulk(BULK, &events).await;
    assert_eq!(
        statuses(&answer),
        [201, 201, 201, 400, 400, 400, 404, 400, 400],
        "{answer}"
    );
    assert_eq!((&answer["imported"], &answer["failed"]), (&json!(3), &json!(6)));
    let results = answer["results"].as_array().unwrap();
    let ids: HashSet<_> = results[..3]
        .iter()
        .map(|result| &result["local_event_url"])
        .collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(results[3]["details"], json!({"status": ["Event is cancelled"]}));
    assert!(results[4]["details"]["source"].is_array(), "{answer}");
    assert_eq!(results[6]["error"], "External event not found");
    assert_eq!(world.local_events(), 3);

    let repeated = world.bulk(BULK, &events[..3]).await;
    assert_eq!(statuses(&repeated), [400, 400, 400]);
    for (first, second) in results.iter().zip(repeated["results"].as_array().unwrap()) {
        assert_eq!(first["local_event_id"], second["local_event_id"]);
    }
}

#[tokio::test]
async fn takes_one_to_a_hundred_events() {
    let (world, events) = World::with_events(101).await;
    for refused in [&events[..], &[]] {
        let reply = world.answer(post(BULK, &json!({"events": refused}))).await;
        assert_eq!(reply.status, 400);
        assert!(reply.body["details"]["events"].is_array());
    }
    let answer = world.bulk(BULK, &events[..100]).await;
    assert_eq!((&answer["imported"], world.local_events()), (&json!(100), 100));
}

#[tokio::test]
async fn what_is_not_done_in_time_is_named_and_can_be_sent_again() {
    let (world, mut events) = World::with_events(2).await;
    events.extend((0..98).map(|id| named(&format!("9999{id:05}"))));
    world.imitations.fault("seatgeek", json!({"hang": true})).await;
    let send = async |seconds| {
        let request = post(BULK, &json!({"events": events}));
        let request = with(request, "idempotency-key", "the-nightly-batch");
        let context = &world.context;
        let handler = async |mut call: edge::Call| {
            call.time = Duration::from_secs(seconds);
            handle(context, call).await
        };
        call::answer(handler, request).await.body
    };
    // Enough for the two that are stored, on a busy machine too, and never enough for the others.
    let first = send(8).await;
    let results = first["results"].as_array().unwrap();
    assert_eq!(first["imported"], 2, "{first}");
    assert!(
        results[2..].iter().all(|result| result["status"] == 503),
        "{first}"
    );
    assert!(results[2..].iter().all(|result| result["retry_after"].is_u64()));

    world.imitations.fault("seatgeek", json!({})).await;
    let second = send(30).await;
    let again = second["results"].as_array().unwrap();
    assert_eq!(again[..2], results[..2], "its own work is no conflict");
    assert!(
        again[2..].iter().all(|result| result["status"] == 404),
        "{second}"
    );
    assert_eq!(send(30).await, second);
    assert_eq!(world.local_events(), 2);
}

#[tokio::test]
async fn a_dry_run_tells_what_would_be_created_and_writes_nothing() {
    let (world, mut events) = World::with_events(2).await;
    let single = "/external-events/seatgeek/1/import/?dry_run=true";
    let fit = world.answer(post(single, &json!({"title": "Our evening"}))).await;
    assert_eq!((fit.status, &fit.body["status"]), (200, &json!(201)));
    assert_eq!(fit.body["event"]["title"], "Our evening");
    assert_eq!(fit.body["event"]["created_by"], "7");
    let unfit = world.answer(post(single, &json!({"title": ""}))).await;
    assert_eq!((unfit.status, &unfit.body["status"]), (200, &json!(400)));
    assert_eq!(unfit.body["details"], json!({"title": ["Title is required"]}));
    assert_eq!(unfit.body["event"]["title"], "");
    events.push(named("999999999"));
    let many = world.bulk("/external-events/import/?dry_run=true", &events).await;
    assert_eq!(statuses(&many), [201, 201, 404]);
    assert_eq!((&many["imported"], world.local_events()), (&json!(2), 0));
    let unknown = "/external-events/seatgeek/999999999/import/?dry_run=true";
    assert_eq!(world.answer(post(unknown, &json!({}))).await.status, 404);
    let unclear = "/external-events/seatgeek/1/import/?dry_run=perhaps";
    assert_eq!(world.answer(post(unclear, &json!({}))).await.status, 400);

    world.bulk(BULK, &events[..1]).await;
    let done = world.answer(post(single, &json!({}))).await;
    assert_eq!(
        (done.status, &done.body["error"], &done.body["local_event_id"]),
        (200, &json!("Event already imported"), &json!(1))
    );
}
