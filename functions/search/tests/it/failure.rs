//! What a search says when providers, the store or the caller fail.

use std::time::Duration;

use serde_json::{Value, json};
use storage::Store;
use test_case::test_case;
use testkit::call::sample_call;
use testkit::dynamodb;
use tokio::net::TcpListener;

use crate::{World, all};

#[test_case("ticketmaster", json!({"status": 429, "retry_after": 7}), "rate_limited", json!(7); "ticketmaster limits our rate")]
#[test_case("ticketmaster", json!({"status": 503, "retry_after": 9}), "unavailable", json!(9); "ticketmaster is down")]
#[test_case("ticketmaster", json!({"status": 401}), "unauthorized", Value::Null; "ticketmaster refuses the key")]
#[test_case("ticketmaster", json!({"status": 400}), "unavailable", Value::Null; "ticketmaster refuses the call")]
#[test_case("ticketmaster", json!({"truncate": "body"}), "unavailable", Value::Null; "ticketmaster sends half of its JSON")]
#[test_case("ticketmaster", json!({"truncate": "connection"}), "unavailable", Value::Null; "ticketmaster breaks off")]
#[test_case("ticketmaster", json!({"html": true}), "unavailable", Value::Null; "ticketmaster sends a web page")]
#[test_case("ticketmaster", json!({"oversize_body": 9_000_000}), "unavailable", Value::Null; "ticketmaster floods us")]
#[test_case("seatgeek", json!({"html": true}), "rate_limited", Value::Null; "seatgeek sends a captcha")]
#[test_case("seatgeek", json!({"status": 403}), "unauthorized", Value::Null; "seatgeek refuses the key")]
#[test_case("seatgeek", json!({"status": 500}), "unavailable", Value::Null; "seatgeek is down")]
#[tokio::test]
async fn a_source_that_fails_is_named_and_spoils_no_other(
    broken: &str,
    fault: Value,
    status: &str,
    retry_after: Value,
) {
    let world = World::start().await;
    world.imitations.fault(broken, fault).await;
    let reply = world.search("q=jazz&size=20").await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    for (source, report) in reply.body["sources"].as_object().unwrap() {
        if source == broken {
            assert_eq!(report["status"], status);
            assert_eq!(report["retry_after"], retry_after);
            assert_eq!(
                (&report["count"], &report["age_seconds"]),
                (&json!(0), &Value::Null)
            );
        } else {
            let expected = if ["eventbrite", "meetup"].contains(&source.as_str()) {
                "not_configured"
            } else {
                "ok"
            };
            assert_eq!(report["status"], expected, "{source}");
        }
    }
    assert!(!all(&reply, "source").is_empty());
    assert!(all(&reply, "source").into_iter().all(|source| source != broken));
}

#[tokio::test]
async fn a_source_that_hangs_costs_no_more_than_the_deadline_and_spoils_no_other() {
    let mut world = World::start().await;
    world.context.settings.deadline = Duration::from_secs(2);
    world.imitations.fault("seatgeek", json!({"hang": true})).await;
    let reply = world.search("q=jazz").await;
    assert_eq!(reply.body["sources"]["seatgeek"]["status"], "unavailable");
    assert_eq!(reply.body["sources"]["ticketmaster"]["status"], "ok");
    assert!(
        all(&reply, "source")
            .into_iter()
            .all(|source| source == "ticketmaster")
    );
}

#[test_case(json!({"status": 429, "retry_after": 30}), json!({"status": 429, "retry_after": 7}), 429, 7; "all limit our rate")]
#[test_case(json!({"status": 429}), json!({"status": 429}), 429, 60; "all limit our rate without saying for how long")]
#[test_case(json!({"status": 429, "retry_after": 7}), json!({"status": 503}), 503, 7; "one limits our rate and one is down")]
#[test_case(json!({"status": 503}), json!({"truncate": "body"}), 503, 30; "none gives an answer")]
#[test_case(json!({"status": 401}), json!({"status": 403}), 503, 30; "none takes our key")]
#[tokio::test]
async fn a_search_without_any_answer_fails(
    ticketmaster: Value,
    seatgeek: Value,
    status: u16,
    retry_after: u64,
) {
    let world = World::start().await;
    world.imitations.fault("ticketmaster", ticketmaster).await;
    world.imitations.fault("seatgeek", seatgeek).await;
    let reply = world.search("q=jazz").await;
    let sentence = match status {
        429 => "External API rate limit exceeded. Please try again later.",
        _ => "External API temporarily unavailable. Please try again later.",
    };
    assert_eq!((reply.status, &reply.body["error"]), (status, &json!(sentence)));
    assert_eq!(reply.body["retry_after"], retry_after);
    assert_eq!(reply.headers["retry-after"], retry_after.to_string());
}

#[tokio::test]
async fn a_search_of_a_hanging_source_alone_fails_at_the_deadline() {
    let mut world = World::start().await;
    world.context.settings.deadline = Duration::from_millis(200);
    world
        .imitations
        .fault("ticketmaster", json!({"hang": true}))
        .await;
    assert_eq!(world.search("q=jazz&source=ticketmaster").await.status, 503);
}

#[tokio::test]
async fn a_search_of_sources_that_nobody_configured_fails() {
    let world = World::start().await;
    let reply = world.search("q=jazz&source=eventbrite,meetup").await;
    assert_eq!(reply.status, 503, "{}", reply.body);
}

#[tokio::test]
async fn a_search_says_so_when_nobody_can_tell_what_is_imported() {
    // It takes connections, and never says a word.
    let silence = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", silence.local_addr().unwrap());
    let silent = Store::new(&dynamodb::connection(&address), dynamodb::tables());
    let mut world = World::start().await;
    world.context.settings.deadline = Duration::from_secs(1);
    for (store, is_known) in [
        (world.dynamo.store(), true),
        (dynamodb::nowhere(), false),
        (silent, false),
    ] {
        world.context.store = store;
        let reply = world.search("q=jazz&source=seatgeek&size=5").await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.body["imports_known"], is_known);
        assert_eq!(all(&reply, "is_imported"), vec![&json!(false); 5]);
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_left_out_alone() {
    let world = World::forgetful().await;
    let before = world.search("q=jazz&source=ticketmaster").await;
    let id = before.body["events"][0]["external_id"].as_str().unwrap();
    let garbage = json!({"garbage": true});
    world.imitations.change("ticketmaster", id, garbage).await;
    let after = world.search("q=jazz&source=ticketmaster").await;
    assert_eq!(after.body["sources"]["ticketmaster"]["status"], "ok");
    // Another one takes its place.
    let (before, after) = (all(&before, "external_id"), all(&after, "external_id"));
    assert!(!after.contains(&before[0]));
    for id in &before[1..] {
        assert!(after.contains(id), "{id}");
    }
}

#[test_case("search/unauthenticated", 401, &[]; "without a token")]
#[test_case("search/forged-token", 401, &[]; "with a forged token")]
#[test_case("search/no-query", 400, &["q"]; "for nothing")]
#[test_case("search/bad-dates", 400, &["date_from", "date_to"]; "in no time")]
#[test_case("search/unknown-parameter", 400, &["colour"]; "by what it does not know")]
#[tokio::test]
async fn refuses_to_search(sample: &str, status: u16, fields: &[&str]) {
    let world = World::start().await;
    let reply = world.answer(sample_call(sample)).await;
    let details = reply.body["details"].as_object().into_iter().flatten();
    assert_eq!(reply.status, status);
    assert_eq!(details.map(|(field, _)| field).collect::<Vec<_>>(), fields);
    assert!(world.imitations.calls("ticketmaster").await.is_empty());
}

#[tokio::test]
async fn leaves_other_routes_to_other_functions() {
    let world = World::start().await;
    let reply = world.answer(sample_call("detail/browse")).await;
    assert_eq!(reply.status, 404);
}
