//! What a search remembers, and for how long.

use std::future::{pending, ready};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use search::flight::Flights;
use serde_json::json;
use testkit::{dynamodb, now};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{World, all};

#[tokio::test]
async fn a_search_in_other_words_is_answered_from_the_cache() {
    let world = World::start().await;
    let first = world.search("q=Jazz&location=New%20York").await;
    let calls = world.imitations.calls("ticketmaster").await;
    let again = world
        .search("q=%20jazz&location=new%20york&source=seatgeek,ticketmaster")
        .await;
    for source in ["ticketmaster", "seatgeek"] {
        let report = &again.body["sources"][source];
        assert_eq!(
            (&report["status"], &report["age_seconds"]),
            (&json!("cached"), &json!(0))
        );
        assert_eq!(report["total"], first.body["sources"][source]["total"]);
    }
    assert_eq!(again.body["events"], first.body["events"]);
    assert_eq!(world.imitations.calls("ticketmaster").await, calls);
}

#[tokio::test]
async fn an_answer_is_remembered_by_its_process_and_stored_for_the_others() {
    let mut world = World::start().await;
    let first = world.search("q=jazz").await;
    world.context.store = dynamodb::nowhere();
    let same_process = world.search("q=jazz").await;
    world.context.store = world.dynamo.store();
    world.forget();
    let other_process = world.search("q=jazz").await;
    for reply in [same_process, other_process] {
        for source in ["ticketmaster", "seatgeek"] {
            assert_eq!(reply.body["sources"][source]["status"], "cached", "{source}");
        }
        assert_eq!(all(&reply, "external_id"), all(&first, "external_id"));
    }
}

#[tokio::test]
async fn a_process_remembers_no_more_than_it_has_room_for() {
    let mut world = World::start().await;
    let query = |number: u32| format!("q=*&source=seatgeek&size=100&date_to=2027-02-{number:02}");
    for number in 1..=28 {
        let reply = world.search(&query(number)).await;
        assert_eq!(all(&reply, "title").len(), 100);
    }
    world.context.store = dynamodb::nowhere();
    for (number, status) in [(28, "cached"), (1, "ok")] {
        let reply = world.search(&query(number)).await;
        assert_eq!(reply.body["sources"]["seatgeek"]["status"], status, "{number}");
    }
}

#[tokio::test]
async fn searches_that_mean_something_else_do_not_share_an_answer() {
    let world = World::start().await;
    for query in [
        "q=jazz",
        "q=rock",
        "q=jazz&size=10",
        "q=jazz&sort=relevance",
        "q=jazz&country=US",
    ] {
        let reply = world.search(&format!("{query}&source=seatgeek")).await;
        assert_eq!(reply.body["sources"]["seatgeek"]["status"], "ok", "{query}");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_longer_fresh_is_asked_for_again() {
    let world = World::start().await;
    world.search("q=jazz&source=seatgeek").await;
    let still = world
        .search_at(|| now() + TimeDelta::minutes(59), "q=jazz&source=seatgeek")
        .await;
    let report = &still.body["sources"]["seatgeek"];
    assert_eq!(
        (&report["status"], &report["age_seconds"]),
        (&json!("cached"), &json!(59 * 60))
    );
    let no_longer = world
        .search_at(|| now() + TimeDelta::minutes(60), "q=jazz&source=seatgeek")
        .await;
    assert_eq!(no_longer.body["sources"]["seatgeek"]["status"], "ok");
}

#[tokio::test]
async fn a_failing_source_is_stood_in_for_by_its_last_answer() {
    let world = World::forgetful().await;
    let live = world.search("q=rock").await;
    let fault = json!({"status": 503, "retry_after": 120});
    world.imitations.fault("seatgeek", fault).await;
    let stale = world.search_at(|| now() + TimeDelta::seconds(90), "q=rock").await;
    let report = &stale.body["sources"]["seatgeek"];
    assert_eq!(
        (&report["status"], &report["age_seconds"]),
        (&json!("stale"), &json!(90))
    );
    assert_eq!(report["retry_after"], 120);
    assert_eq!(all(&stale, "external_id"), all(&live, "external_id"));
}

#[tokio::test]
async fn an_answer_that_lacks_a_page_is_shown_and_not_remembered() {
    let world = World::start().await;
    let search = async || world.search("q=okafor&source=ticketmaster&size=100").await;
    // The first page comes; the question for what has no date yet does not.
    let fault = json!({"status": 503, "path": "includeTBA"});
    world.imitations.fault("ticketmaster", fault).await;
    let short = search().await;
    assert_eq!(short.body["sources"]["ticketmaster"]["status"], "ok");
    assert!(!all(&short, "title").is_empty());
    world.imitations.fault("ticketmaster", json!({})).await;
    for status in ["ok", "cached"] {
        let reply = search().await;
        assert_eq!(reply.body["sources"]["ticketmaster"]["status"], status);
    }
}

#[tokio::test]
async fn an_old_answer_shows_no_event_that_has_begun_since() {
    fn later() -> DateTime<Utc> {
        now() + TimeDelta::hours(23)
    }
    let world = World::forgetful().await;
    let query = "q=okafor&source=ticketmaster&size=100";
    let live = world.search(query).await;
    world
        .imitations
        .fault("ticketmaster", json!({"status": 503}))
        .await;
    let stale = world.search_at(later, query).await;
    assert_eq!(stale.body["sources"]["ticketmaster"]["status"], "stale");
    let is_past = |start: &str| start.parse::<DateTime<Utc>>().unwrap() < later();
    let past = |starts: Vec<&serde_json::Value>| {
        let exact = starts.into_iter().filter_map(|start| start.as_str());
        exact.filter(|start| is_past(start)).count()
    };
    assert!(
        past(all(&live, "start_time")) > 0,
        "the catalogue has events within a day"
    );
    assert_eq!(past(all(&stale, "start_time")), 0);
}

#[tokio::test]
async fn no_answer_is_kept_of_a_source_that_gave_none() {
    let world = World::start().await;
    world.imitations.fault("seatgeek", json!({"status": 503})).await;
    world.search("q=jazz").await;
    world.imitations.fault("seatgeek", json!({})).await;
    let reply = world.search("q=jazz").await;
    assert_eq!(reply.body["sources"]["seatgeek"]["status"], "ok");
    assert_eq!(reply.body["sources"]["ticketmaster"]["status"], "cached");
}

#[tokio::test]
async fn an_answer_older_than_a_day_stands_in_for_nothing() {
    let world = World::forgetful().await;
    world.search("q=jazz&source=seatgeek").await;
    world.imitations.fault("seatgeek", json!({"status": 503})).await;
    // The embedded DynamoDB keeps expired items as the real one may.
    let day = world
        .search_at(|| now() + TimeDelta::hours(24), "q=jazz&source=seatgeek")
        .await;
    assert_eq!(day.body["sources"]["seatgeek"]["status"], "stale");
    let older = world
        .search_at(|| now() + TimeDelta::hours(25), "q=jazz&source=seatgeek")
        .await;
    assert_eq!(older.status, 503);
}

#[tokio::test]
async fn equal_searches_at_once_call_a_source_once() {
    let world = World::start().await;
    let spellings = [
        "q=jazz",
        "q=Jazz",
        "q=%20jazz",
        "q=jazz&size=50",
        "q=JAZZ&sort=date",
    ];
    let searches = spellings.map(|query| {
        let world = &world;
        async move { world.search(&format!("{query}&source=seatgeek")).await }
    });
    let replies = join_all(searches).await;
    for reply in &replies {
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.body["events"], replies[0].body["events"]);
        assert_eq!(reply.body["sources"]["seatgeek"]["status"], "ok");
    }
    assert_eq!(world.imitations.calls("seatgeek").await.len(), 1);
}

#[tokio::test]
async fn a_search_takes_over_from_an_equal_one_that_was_given_up() {
    let flights = Flights::default();
    let mut given_up = Box::pin(flights.share("jazz", pending::<&str>()));
    assert!((&mut given_up).now_or_never().is_none());
    let mut waiting = Box::pin(flights.share("jazz", ready("found")));
    assert!((&mut waiting).now_or_never().is_none());
    drop(given_up);
    assert_eq!(waiting.await, "found");
    let later = flights.share("jazz", ready("found anew")).await;
    assert_eq!(later, "found anew", "what is done is not kept");
}

#[tokio::test]
async fn an_answer_too_large_for_the_cache_is_an_answer_all_the_same() {
    // Numbers that nothing compresses to a quarter: 100 descriptions of 20 KB.
    let mut state = 1_u64;
    let mut noise = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        format!("{:08x}", state >> 32)
    };
    let events: Vec<_> = (0..100)
        .map(|id| {
            let description: String = (0..2_500).map(|_| noise()).collect();
            json!({"id": id, "title": "Evening in the Harbour", "datetime_utc": "2026-12-20T19:00:00", "description": description})
        })
        .collect();
    let server = MockServer::start().await;
    let page = json!({"events": events, "meta": {"total": 100}});
    Mock::given(path("/2/events"))
        .respond_with(ResponseTemplate::new(200).set_body_json(page))
        .mount(&server)
        .await;
    let mut world = World::start().await;
    world.context.providers = crate::seatgeek_at(&server, &world);
    for _ in 0..2 {
        let reply = world.search("q=harbour&source=seatgeek&size=100").await;
        assert_eq!(all(&reply, "title").len(), 100);
        assert_eq!(reply.body["sources"]["seatgeek"]["status"], "ok");
        world.forget();
    }
}
