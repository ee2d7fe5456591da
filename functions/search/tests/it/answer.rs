//! What a search finds.

use domain::Source;
use serde_json::json;
use testkit::call::sample_call;
use testkit::{event, now};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{World, all};

#[tokio::test]
async fn answers_the_sample_call() {
    let world = World::start().await;
    let reply = world.answer(sample_call("search/concert")).await;
    let events = reply.body["events"].as_array().unwrap();
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert!(!events.is_empty() && events.len() <= 20);
    assert!(events.iter().all(|event| event["venue_city"] == "New York"));
    assert_eq!(reply.body["total_count"], events.len());
}

#[tokio::test]
async fn orders_the_events_of_all_sources_by_their_start() {
    let world = World::start().await;
    let reply = world.search("q=jazz").await;
    let exact = reply.body["events"].as_array().unwrap().iter();
    let starts: Vec<_> = exact
        .filter(|event| event["time_certainty"] == "exact")
        .map(|event| event["start_time"].as_str().unwrap())
        .collect();
    assert!(starts.is_sorted(), "{starts:?}");
    for source in ["ticketmaster", "seatgeek"] {
        let count = all(&reply, "source")
            .into_iter()
            .filter(|&name| name == source)
            .count();
        assert!(count > 0, "{source}");
        assert_eq!(reply.body["sources"][source]["count"], count);
    }
}

#[tokio::test]
async fn lets_the_sources_take_turns_by_relevance() {
    let world = World::start().await;
    let reply = world.search("q=jazz&sort=relevance&size=6").await;
    let turns = ["seatgeek", "ticketmaster"].repeat(3);
    assert_eq!(all(&reply, "source"), turns);
}

#[tokio::test]
async fn shows_no_more_events_than_asked_for() {
    let world = World::start().await;
    let reply = world.search("q=jazz&size=3").await;
    assert_eq!(all(&reply, "title").len(), 3);
    assert_eq!(reply.body["total_count"], 3);
    let sources = &reply.body["sources"];
    let total = |source: &str| sources[source]["total"].as_u64().unwrap();
    assert!(total("ticketmaster") + total("seatgeek") > 3, "{sources}");
}

#[tokio::test]
async fn asks_only_the_sources_that_are_named() {
    let world = World::start().await;
    let reply = world.search("q=jazz&source=seatgeek").await;
    let asked: Vec<_> = reply.body["sources"].as_object().unwrap().keys().collect();
    assert_eq!(asked, ["seatgeek"]);
    assert!(world.imitations.calls("ticketmaster").await.is_empty());
}

#[tokio::test]
async fn an_answer_without_events_is_an_answer() {
    let world = World::start().await;
    let reply = world.search("q=xyzzyplugh").await;
    assert_eq!((reply.status, &reply.body["events"]), (200, &json!([])));
    assert_eq!(reply.body["sources"]["seatgeek"]["status"], "ok");
}

#[tokio::test]
async fn shows_once_what_a_source_shows_twice() {
    let event = json!({
        "id": 4711, "title": "Evening in the Harbour", "url": "https://tickets.example/4711",
        "datetime_utc": "2026-12-20T19:00:00", "datetime_local": "2026-12-20T20:00:00",
        "venue": {"name": "Lakeside Hall", "city": "Harbour Town", "timezone": "Europe/Zurich"},
    });
    let server = MockServer::start().await;
    let page = json!({"events": [event, event], "meta": {"total": 2, "page": 1, "per_page": 50}});
    Mock::given(path("/2/events"))
        .respond_with(ResponseTemplate::new(200).set_body_json(page))
        .mount(&server)
        .await;
    let mut world = World::start().await;
    world.context.providers = crate::seatgeek_at(&server, &world);
    let reply = world.search("q=harbour&source=seatgeek").await;
    assert_eq!(all(&reply, "external_id"), ["4711"]);
    assert_eq!(reply.body["sources"]["seatgeek"]["count"], 1);
}

#[tokio::test]
async fn tells_which_of_the_events_are_imported() {
    let world = World::start().await;
    let before = world.search("q=jazz").await;
    assert_eq!(before.body["imported_events"], json!([]));
    let found = &before.body["events"][0];
    let source: Source = found["source"].as_str().unwrap().parse().unwrap();
    let id = found["external_id"].as_str().unwrap();
    let local_event = world
        .dynamo
        .import(&event(&format!("{source}#{id}")).build(), now())
        .await;
    // The mark is read from the store, also for an answer from the cache.
    let after = world.search("q=jazz").await;
    let url = local_event.id.url();
    assert_eq!(
        after.body["imported_events"],
        json!([{"source": source, "external_id": id, "local_event_id": local_event.id, "local_event_url": url}])
    );
    let shown = &after.body["events"][0];
    assert_eq!(
        (&shown["is_imported"], &shown["title"]),
        (&json!(true), &found["title"])
    );
    assert_eq!(shown["created_at"], "2026-11-22T12:00:00Z");
}
