//! Sources without a search: the store answers for them, and says so.

use domain::{Category, EventStatus, ExternalEvent};
use edge::{Budgets, Guarded};
use providers::{Config, Providers, eventbrite};
use serde_json::json;
use test_case::test_case;
use testkit::{at, event, now};

use crate::{World, all};

/// One in which Eventbrite is configured, but cannot be reached, and these events of its are stored.
async fn world(events: &[ExternalEvent]) -> World {
    let mut world = World::start().await;
    let providers = Providers::new(Config {
        eventbrite: Some(eventbrite::Config {
            base_url: "http://127.0.0.1:1/v3/".parse().unwrap(),
            token: "token".into(),
        }),
        ..Config::default()
    });
    world.context.providers = Guarded::new(providers, world.context.store.clone(), Budgets::default());
    let recorded = world.context.store.record(events, now()).await.unwrap();
    assert_eq!(recorded.created, events.len() as u64);
    world
}

fn events() -> Vec<ExternalEvent> {
    let supper = event("eventbrite#1")
        .title("Lántern Supper")
        .city("Springfield")
        .starts_at(at("2026-12-01T18:00:00Z"))
        .category(Category::FoodAndDrink)
        .with(|event| {
            "Wharf Kitchen".clone_into(&mut event.venue.name);
            event.venue.country = "US".parse().ok();
            event.venue.coordinates = "39.8,-89.65".parse().ok();
        });
    let walk = event("eventbrite#2")
        .title("Lantern Walk")
        .city("Ogden")
        .starts_at(at("2027-01-10T18:00:00Z"))
        .category(Category::Outdoors)
        .with(|event| event.performers = vec!["The Lamplighters".to_owned()]);
    let removed = event("eventbrite#3")
        .title("Lantern Ball")
        .starts_at(at("2026-12-02T18:00:00Z"))
        .status(EventStatus::Removed);
    let elsewhere = event("seatgeek#4")
        .title("Lantern Parade")
        .starts_at(at("2026-12-03T18:00:00Z"));
    [supper, walk, removed, elsewhere]
        .into_iter()
        .map(testkit::event::EventBuilder::build)
        .collect()
}

#[test_case("q=lantern", &["1", "2"]; "a word of the title, without its accent")]
#[test_case("q=LANTERN%20kitchen", &["1"]; "words of title and venue")]
#[test_case("q=lamplighters", &["2"]; "a performer")]
#[test_case("q=lantern%20opera", &[]; "a word that does not occur")]
#[test_case("q=*", &["1", "2"]; "no words")]
#[test_case("q=lantern&location=SPRINGFIELD", &["1"]; "in a city")]
#[test_case("q=lantern&category=outdoors", &["2"]; "of a category")]
#[test_case("q=lantern&date_to=2026-12-31", &["1"]; "before a day")]
#[test_case("q=lantern&date_from=2027-01-01", &["2"]; "after a day")]
#[test_case("q=lantern&country=US", &["1"]; "in a country, for certain")]
#[test_case("q=lantern&latlong=39.8,-89.6&radius=20", &["1"]; "near a position, for certain")]
#[test_case("q=lantern&size=1", &["1"]; "so many")]
#[tokio::test]
async fn finds(query: &str, ids: &[&str]) {
    let world = world(&events()).await;
    let reply = world.search(&format!("{query}&source=eventbrite")).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(all(&reply, "external_id"), ids);
    let report = &reply.body["sources"]["eventbrite"];
    assert_eq!(report["status"], "stored");
    assert_eq!(report["count"], ids.len());
}

#[tokio::test]
async fn says_how_many_there_are_only_where_all_were_seen() {
    let world = world(&events()).await;
    for (query, total) in [("q=lantern", json!(2)), ("q=opera", json!(0))] {
        let reply = world.search(&format!("{query}&source=eventbrite")).await;
        assert_eq!(reply.body["sources"]["eventbrite"]["total"], total);
    }
}

#[tokio::test]
async fn says_what_is_known_of_what_it_found() {
    let world = world(&events()).await;
    let supper = &events()[0];
    let imported = world.dynamo.import(supper, now()).await;
    let reply = world.search("q=lantern&source=eventbrite").await;
    assert_eq!(
        reply.body["imported_events"],
        json!([{
            "source": "eventbrite",
            "external_id": "1",
            "local_event_id": imported.id,
            "local_event_url": imported.id.url(),
        }])
    );
    assert_eq!(all(&reply, "is_imported"), [true, false]);
    assert!(
        all(&reply, "created_at")
            .into_iter()
            .all(serde_json::Value::is_string)
    );
    assert!(
        all(&reply, "last_synced")
            .into_iter()
            .all(serde_json::Value::is_string)
    );
}

#[tokio::test]
async fn a_store_that_fails_is_no_empty_answer() {
    let mut world = world(&[]).await;
    world.context.store = testkit::dynamodb::nowhere();
    let reply = world.search("q=lantern&source=eventbrite").await;
    assert_eq!(reply.status, 503, "{}", reply.body);
}
