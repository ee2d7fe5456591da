//! Imports that succeed, each once.

use chrono::TimeDelta;
use domain::Start;
use futures_util::future::join_all;
use serde_json::json;
use testkit::call::sample_call;
use testkit::{at, event, key, now};

use crate::World;

#[tokio::test]
async fn makes_a_stored_event_one_of_the_platforms_own() {
    let world = World::with(event("ticketmaster#SAMPLE0001").title("Opening Night").build()).await;
    let reply = world.answer(sample_call("import/single")).await;
    assert_eq!(reply.status, 201);
    assert_eq!(reply.headers["location"], "/events/1/");
    assert_eq!(
        reply.body,
        json!({"message": "Event imported successfully", "local_event_id": 1, "local_event_url": "/events/1/"})
    );
    let store = &world.context.store;
    let local_event = store.local_event("1".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(local_event.content.title, "Opening Night");
    assert_eq!(
        (local_event.created_by.as_str(), local_event.created_at),
        ("7", now())
    );
    let stored = store
        .event(&key("ticketmaster#SAMPLE0001"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.import.unwrap().local_event_id, local_event.id);
    assert!(world.imitations.calls("ticketmaster").await.is_empty());
}

#[tokio::test]
async fn says_what_the_organizer_wants_instead_of_what_the_source_says() {
    let world = World::with(event("ticketmaster#SAMPLE0001").build()).await;
    let reply = world.answer(sample_call("import/overrides")).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    let store = &world.context.store;
    let content = store
        .local_event("1".parse().unwrap())
        .await
        .unwrap()
        .unwrap()
        .content;
    assert_eq!(content.title, "Opening night");
    assert_eq!(content.description, "With an introduction at 19:00.");
    assert_eq!(content.venue_name, "Lakeside Hall");
    let stored = store.event(&content.external).await.unwrap().unwrap();
    assert_eq!(
        stored.event.title, "Evening SAMPLE0001",
        "the external event stays its source's"
    );
}

#[tokio::test]
async fn an_override_can_give_the_time_that_the_source_does_not() {
    let undated = event("seatgeek#1").start(Start::ToBeAnnounced);
    let world = World::with(undated.build()).await;
    let overrides = json!({"start_time": "2027-01-01T20:00:00+01:00"});
    let reply = world.import(&key("seatgeek#1"), overrides).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    let local_event = world
        .context
        .store
        .local_event("1".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(
        local_event.unwrap().content.start_time,
        at("2027-01-01T19:00:00Z")
    );
}

#[tokio::test]
async fn fetches_and_stores_an_event_that_is_not_stored() {
    let world = World::start().await;
    let id = world.imitations.event_id("seatgeek", "none").await;
    let key = key(&format!("seatgeek#{id}"));
    let reply = world.import(&key, json!({})).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    let stored = world.context.store.event(&key).await.unwrap().unwrap();
    assert_eq!(
        (stored.created_at, stored.import.unwrap().imported_at),
        (now(), now())
    );
}

#[tokio::test]
async fn of_all_who_import_an_event_at_once_one_succeeds() {
    let world = World::with(event("seatgeek#1").build()).await;
    let key = key("seatgeek#1");
    let replies = join_all((0..8).map(|_| world.import(&key, json!({})))).await;
    let (created, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 201);
    assert_eq!((created.len(), refused.len(), world.local_events()), (1, 7, 1));
    for reply in refused {
        assert_eq!(
            (reply.status, &reply.body["error"]),
            (400, &json!("Event already imported"))
        );
        assert_eq!(reply.body["local_event_id"], created[0].body["local_event_id"]);
    }
}

#[tokio::test]
async fn of_all_who_import_an_event_that_is_not_stored_at_once_one_succeeds() {
    let world = World::start().await;
    let id = world.imitations.event_id("ticketmaster", "none").await;
    let key = key(&format!("ticketmaster#{id}"));
    let replies = join_all((0..8).map(|_| world.import(&key, json!({})))).await;
    let created = replies.iter().filter(|reply| reply.status == 201).count();
    let refused = replies.iter().filter(|reply| reply.status == 400).count();
    assert_eq!((created, refused, world.local_events()), (1, 7, 1));
}

#[tokio::test]
async fn an_event_that_is_stored_while_it_is_fetched_is_imported_as_it_is_stored() {
    let world = World::start().await;
    let id = world.imitations.event_id("seatgeek", "none").await;
    let key = key(&format!("seatgeek#{id}"));
    world
        .imitations
        .fault("seatgeek", json!({"latency_ms": 2_000}))
        .await;
    let sync = async {
        while world.imitations.calls("seatgeek").await.is_empty() {
            tokio::task::yield_now().await;
        }
        let stored = event(&key.to_string()).title("As the sync found it").build();
        world.context.store.record(&[stored], now()).await.unwrap();
    };
    let (reply, ()) = tokio::join!(world.import(&key, json!({})), sync);
    assert_eq!(reply.status, 201, "{}", reply.body);
    let id = reply.body["local_event_id"].to_string().parse().unwrap();
    let local_event = world.context.store.local_event(id).await.unwrap().unwrap();
    assert_eq!(local_event.content.title, "As the sync found it");
    assert_eq!(world.local_events(), 1);
}

#[tokio::test]
async fn a_sync_between_two_imports_does_not_make_a_second_one_possible() {
    let world = World::with(event("seatgeek#1").build()).await;
    world.import(&key("seatgeek#1"), json!({})).await;
    let renamed = event("seatgeek#1").title("Renamed").build();
    let store = &world.context.store;
    store
        .record(&[renamed], now() + TimeDelta::hours(1))
        .await
        .unwrap();
    let reply = world.import(&key("seatgeek#1"), json!({})).await;
    assert_eq!((reply.status, &reply.body["local_event_id"]), (400, &json!(1)));
}
