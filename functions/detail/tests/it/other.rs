//! Categories, local events, the contract, and routes that do not exist.

use domain::{ExternalEventCategory, Source};
use serde_json::{Value, json};
use test_case::test_case;
use testkit::call::{get, sample_call, with};
use testkit::{dynamodb, event, now};

use crate::World;

/// A world with two categories of SeatGeek and one of Ticketmaster.
async fn world_with_categories() -> World {
    let world = World::start().await;
    let category = |source, name: &str, parent: Option<&str>| ExternalEventCategory {
        name: name.to_owned(),
        source,
        external_id: format!("id-of-{name}"),
        parent: parent.map(str::to_owned),
    };
    let store = &world.context.store;
    let seatgeek = [
        category(Source::SeatGeek, "concert", None),
        category(Source::SeatGeek, "opera", Some("concert")),
    ];
    let ticketmaster = [category(Source::Ticketmaster, "Music", None)];
    store
        .replace_categories(Source::SeatGeek, &seatgeek)
        .await
        .unwrap();
    store
        .replace_categories(Source::Ticketmaster, &ticketmaster)
        .await
        .unwrap();
    world
}

#[tokio::test]
async fn lists_the_categories_of_all_sources() {
    let world = world_with_categories().await;
    let reply = world.answer(sample_call("detail/categories")).await;
    assert_eq!(
        reply.body,
        json!({"categories": [
            {"name": "concert", "source": "seatgeek", "external_id": "id-of-concert", "parent": null},
            {"name": "opera", "source": "seatgeek", "external_id": "id-of-opera", "parent": "concert"},
            {"name": "Music", "source": "ticketmaster", "external_id": "id-of-Music", "parent": null},
        ]})
    );
}

#[test_case("", 3; "of all sources when none is named")]
#[test_case("?source=ticketmaster", 1; "of one")]
#[test_case("?source=meetup", 0; "of one without any")]
#[tokio::test]
async fn lists_the_categories_of_the_sources_asked_for(query: &str, count: usize) {
    let world = world_with_categories().await;
    let reply = world.get(&format!("/external-events/categories/{query}")).await;
    assert_eq!(reply.body["categories"].as_array().unwrap().len(), count);
}

#[test_case("source=songkick", "source")]
#[test_case("sauce=seatgeek", "sauce")]
#[tokio::test]
async fn refuses_to_list_categories(query: &str, field: &str) {
    let world = World::start().await;
    let reply = world.get(&format!("/external-events/categories/?{query}")).await;
    assert_eq!(
        (reply.status, reply.body["details"][field].is_array()),
        (400, true)
    );
}

#[tokio::test]
async fn shows_a_local_event() {
    let world = World::start().await;
    world
        .dynamo
        .import(&event("seatgeek#4711").title("Opening Night").build(), now())
        .await;
    let reply = world.answer(sample_call("detail/local-event")).await;
    assert_eq!(
        reply.body,
        json!({
            "id": 1, "title": "Opening Night", "description": "", "location": "Lakeside Hall, Zürich",
            "start_time": "2026-12-20T19:00:00Z", "end_time": null, "venue_name": "Lakeside Hall",
            "venue_address": "1 Harbour Lane", "created_by": "7", "external_event_id": "4711",
            "external_source": "seatgeek", "created_at": "2026-11-22T12:00:00Z"
        })
    );
    let tag = reply.headers["etag"].to_str().unwrap();
    let same = world.answer(with(get("/events/1"), "if-none-match", tag)).await;
    assert_eq!((same.status, same.body), (304, Value::Null));
}

#[tokio::test]
async fn a_local_event_that_nobody_made_is_not_found() {
    let world = World::start().await;
    let reply = world.answer(sample_call("detail/local-event")).await;
    assert_eq!(
        (reply.status, &reply.body["error"]),
        (404, &json!("Event not found"))
    );
}

#[tokio::test]
async fn shows_the_contract_to_everybody() {
    let world = World::start().await;
    let reply = world.answer(sample_call("detail/openapi")).await;
    assert_eq!((reply.status, &reply.body["openapi"]), (200, &json!("3.1.0")));
}

#[test_case("detail/bad-id", 400, None; "an id that is none")]
#[test_case("detail/unknown-route", 404, None; "an unknown route")]
#[test_case("detail/wrong-method", 405, Some("GET"); "another method")]
#[test_case("search/concert", 404, None; "a route of another function")]
#[tokio::test]
async fn refuses_what_is_no_route_of_its_own(sample: &str, status: u16, allow: Option<&str>) {
    let world = World::start().await;
    let reply = world.answer(sample_call(sample)).await;
    assert_eq!(
        (reply.status, &reply.body["status_code"]),
        (status, &json!(status))
    );
    let allowed = reply.headers.get("allow").map(|value| value.to_str().unwrap());
    assert_eq!(allowed, allow);
}

#[test_case("/external-events/?source=seatgeek"; "browse")]
#[test_case("/external-events/categories/"; "categories")]
#[test_case("/events/1/"; "local event")]
#[tokio::test]
async fn a_store_that_fails_is_a_dependency_that_fails(target: &str) {
    let mut world = World::start().await;
    world.context.store = dynamodb::nowhere();
    assert_eq!(world.get(target).await.status, 503);
}
