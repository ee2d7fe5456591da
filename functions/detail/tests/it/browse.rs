//! Pages of stored events.

use chrono::{Days, TimeDelta};
use domain::{Category, EventStatus};
use serde_json::{Value, json};
use test_case::test_case;
use testkit::call::{Reply, sample_call};
use testkit::{event, now};

use crate::World;

/// A world with five events of Ticketmaster and one of SeatGeek, a day apart.
async fn world() -> World {
    let world = World::start().await;
    let day = |day| now() + Days::new(day);
    let events = [
        event("ticketmaster#one").starts_at(day(1)).build(),
        event("ticketmaster#two").starts_at(day(2)).city("Bern").build(),
        event("ticketmaster#three")
            .starts_at(day(3))
            .category(Category::Sports)
            .build(),
        event("ticketmaster#four")
            .starts_at(day(4))
            .status(EventStatus::Cancelled)
            .build(),
        event("ticketmaster#five").starts_at(day(5)).build(),
        event("seatgeek#six").starts_at(day(6)).build(),
        event("ticketmaster#past")
            .starts_at(now() - TimeDelta::days(1))
            .build(),
        event("ticketmaster#far").starts_at(day(91)).build(),
    ];
    world.context.store.record(&events, now()).await.unwrap();
    world
        .dynamo
        .import(&event("ticketmaster#five").starts_at(day(5)).build(), now())
        .await;
    world
}

fn ids(reply: &Reply) -> Vec<&str> {
    let events = reply.body["events"].as_array().unwrap();
    events
        .iter()
        .map(|event| event["external_id"].as_str().unwrap())
        .collect()
}

#[test_case("source=ticketmaster", &["one", "two", "three", "four", "five"]; "by source, from now on for 90 days")]
#[test_case("category=music", &["one", "two", "four", "five", "six"]; "by category, of all sources")]
#[test_case("city=Z%C3%BCrich", &["one", "three", "four", "five", "six"]; "by city")]
#[test_case("city=zurich&source=seatgeek", &["six"]; "by city, however it is spelt, and source")]
#[test_case("source=ticketmaster&status=cancelled", &["four"]; "by status")]
#[test_case("source=ticketmaster&imported=true", &["five"]; "only imported ones")]
#[test_case("category=music&imported=false", &["one", "two", "four", "six"]; "only others")]
#[test_case("source=ticketmaster&date_to=2026-11-24", &["one", "two"]; "up to a day")]
#[test_case("source=ticketmaster&date_from=2026-11-21&date_to=2026-11-21", &["past"]; "on a past day")]
#[test_case("source=eventbrite", &[]; "where nothing is stored")]
#[tokio::test]
async fn finds_what_is_stored(query: &str, expected: &[&str]) {
    let world = world().await;
    let reply = world.get(&format!("/external-events/?{query}")).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(ids(&reply), expected);
    assert_eq!(reply.body["next_page_token"], Value::Null);
    assert!(!reply.headers.contains_key("link"));
    assert!(world.imitations.calls("ticketmaster").await.is_empty());
}

#[tokio::test]
async fn answers_the_sample_call() {
    let reply = world().await.answer(sample_call("detail/browse")).await;
    assert_eq!((reply.status, ids(&reply).len()), (200, 5));
}

#[tokio::test]
async fn leads_from_page_to_page_until_all_is_told() {
    let world = world().await;
    let mut target = "/external-events/?source=ticketmaster&page_size=2".to_owned();
    let mut pages = Vec::new();
    loop {
        let reply = world.get(&target).await;
        pages.push(ids(&reply).into_iter().map(str::to_owned).collect::<Vec<_>>());
        let Some(token) = reply.body["next_page_token"].as_str() else {
            break;
        };
        let link = reply.headers["link"].to_str().unwrap();
        target = link
            .strip_prefix('<')
            .and_then(|link| link.strip_suffix(">; rel=\"next\""))
            .unwrap()
            .to_owned();
        assert_eq!(
            target,
            format!("/external-events/?source=ticketmaster&page_size=2&page_token={token}")
        );
    }
    assert_eq!(pages, [vec!["one", "two"], vec!["three", "four"], vec!["five"]]);
}

#[tokio::test]
async fn refuses_a_page_token_that_it_did_not_give_for_this_query() {
    let world = world().await;
    let first = world
        .get("/external-events/?source=ticketmaster&page_size=2")
        .await;
    let token = first.body["next_page_token"].as_str().unwrap();
    let (head, tail) = token.split_at(token.len() - 1);
    let other = if tail == "A" { "B" } else { "A" };
    for (query, token) in [
        ("source=ticketmaster", format!("{head}{other}")),
        ("source=ticketmaster", head.to_owned()),
        ("source=seatgeek", token.to_owned()),
        ("source=ticketmaster&city=Bern", token.to_owned()),
        ("source=ticketmaster&date_to=2027-01-01", token.to_owned()),
    ] {
        let reply = world
            .get(&format!("/external-events/?{query}&page_token={token}"))
            .await;
        let details = json!({"page_token": ["is not a page token of this query"]});
        assert_eq!((reply.status, &reply.body["details"]), (400, &details), "{query}");
    }
    let sample = world.answer(sample_call("detail/browse-next-page")).await;
    assert_eq!(sample.status, 400);
}

#[test_case("", &["source"]; "for everything")]
#[test_case("source=ticketmaster&page_size=101", &["page_size"]; "by pages that are too large")]
#[test_case("source=songkick&status=fine&imported=maybe", &["imported", "source", "status"]; "by what does not exist")]
#[test_case("city=Bern&date_from=2027-01-02&date_to=2027-01-01", &["date_to"]; "backwards")]
#[test_case("city=Bern&date_to=2036-01-01", &["date_to"]; "for ten years")]
#[tokio::test]
async fn refuses_to_browse(query: &str, fields: &[&str]) {
    let world = World::start().await;
    let reply = world.get(&format!("/external-events/?{query}")).await;
    let details = reply.body["details"].as_object().into_iter().flatten();
    assert_eq!(
        (reply.status, details.map(|(field, _)| field.as_str()).collect()),
        (400, fields.to_vec())
    );
}
