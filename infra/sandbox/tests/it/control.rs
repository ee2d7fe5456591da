use std::time::Duration;

use reqwest::{Method, StatusCode};
use sandbox::{Provider, Provider::Ticketmaster, Sandbox};
use serde_json::{Value, json};
use test_case::test_case;

use crate::server::Server;

#[tokio::test]
async fn fails_with_the_status_asked_for_and_says_when_to_come_back() {
    let server = Server::start().await;
    server
        .fault(Ticketmaster, json!({"status": 429, "retry_after": 7}))
        .await;

    let answer = server.ticketmaster("events.json").await;

    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers["retry-after"], "7");
    assert_eq!(
        answer.json()["fault"]["detail"]["errorcode"],
        "policies.ratelimit.QuotaViolation"
    );
}

#[tokio::test]
async fn strikes_only_the_calls_counted() {
    let server = Server::start().await;
    server
        .fault(Ticketmaster, json!({"status": 503, "skip": 1, "only": 2}))
        .await;

    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(server.ticketmaster("events.json?size=1").await.status.as_u16());
    }

    assert_eq!(statuses, [200, 503, 503, 200]);
}

#[tokio::test]
async fn strikes_only_the_path_named() {
    let server = Server::start().await;
    server
        .fault(Ticketmaster, json!({"status": 503, "path": "/classifications"}))
        .await;

    assert_eq!(
        server.ticketmaster("events.json?size=1").await.status,
        StatusCode::OK
    );
    assert_eq!(
        server.ticketmaster("classifications").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
}

#[tokio::test]
async fn fails_for_about_the_share_asked_for() {
    let server = Server::start().await;
    server.fault(Ticketmaster, json!({"error_rate": 0.5})).await;

    let mut failed = 0;
    for _ in 0..40 {
        failed += usize::from(server.ticketmaster("events.json?size=1").await.status != StatusCode::OK);
    }

    assert!((8..=32).contains(&failed), "{failed}");
}

#[tokio::test]
async fn hangs_until_the_caller_gives_up_and_is_seen_to() {
    let server = Server::start().await;
    server.fault(Ticketmaster, json!({"hang": true})).await;

    let request = server
        .client
        .get(server.ticketmaster_url("events.json"))
        .timeout(Duration::from_millis(200));
    let error = request.send().await.unwrap_err();

    assert!(error.is_timeout());
    assert_eq!(server.received(Ticketmaster).await[0]["status"], Value::Null);
}

#[tokio::test]
async fn cuts_the_body_in_the_middle() {
    let server = Server::start().await;
    server.fault(Ticketmaster, json!({"truncate": "body"})).await;

    let answer = server.ticketmaster("events.json?size=5&locale=*").await;

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers["content-length"], answer.text.len().to_string());
    assert!(serde_json::from_str::<Value>(&answer.text).is_err());
}

#[tokio::test]
async fn breaks_the_connection_in_the_middle_of_the_body() {
    let server = Server::start().await;
    server
        .fault(Ticketmaster, json!({"truncate": "connection"}))
        .await;

    let response = server
        .client
        .get(server.ticketmaster_url("events.json?locale=*"))
        .send()
        .await
        .unwrap();

    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.bytes().await.is_err());
}

#[tokio::test]
async fn answers_html_where_json_is_due() {
    let server = Server::start().await;
    server.fault(Provider::SeatGeek, json!({"html": true})).await;

    let answer = server.seatgeek("events").await;

    assert_eq!(answer.status, StatusCode::OK);
    assert!(
        answer.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
}

#[tokio::test]
async fn lies_about_its_totals() {
    let server = Server::start().await;
    for provider in [Ticketmaster, Provider::SeatGeek] {
        server.fault(provider, json!({"lie_total": 123_456})).await;
    }

    assert_eq!(
        server.ticketmaster("events.json").await.json()["page"]["totalElements"],
        123_456
    );
    assert_eq!(server.seatgeek("events").await.json()["meta"]["total"], 123_456);
}

#[tokio::test]
async fn lengthens_a_body_that_stays_valid() {
    let server = Server::start().await;
    server
        .fault(Ticketmaster, json!({"oversize_body": 3_000_000}))
        .await;

    let answer = server.ticketmaster("events.json?size=1").await;

    assert!(answer.text.len() > 3_000_000);
    assert_eq!(answer.json()["page"]["size"], 1);
}

#[tokio::test]
async fn drips_a_body_piece_by_piece() {
    let server = Server::start().await;
    server.fault(Ticketmaster, json!({"drip_ms": 1})).await;

    assert_eq!(
        server.ticketmaster("events.json?size=3").await.json()["page"]["size"],
        3
    );
}

#[test_case(json!({"latency": 5}); "unknown field")]
#[test_case(json!({"truncate": "both"}); "unknown choice")]
#[test_case(json!({"status": 999}); "no status of HTTP")]
#[test_case(json!({"error_rate": 1.5}); "more than all calls")]
#[tokio::test]
async fn refuses_a_fault_that_it_does_not_know(fault: Value) {
    let server = Server::start().await;

    assert_eq!(
        server.control(Method::PUT, "ticketmaster", &fault).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        server.control(Method::PUT, "nobody", &json!({})).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn counts_the_calls_and_masks_the_keys() {
    let server = Server::start().await;
    server.ticketmaster("events.json?keyword=rock").await;
    server.seatgeek("events?q=jazz").await;

    let calls = server.received(Ticketmaster).await;

    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0]["path"], "/ticketmaster/discovery/v2/events.json");
    assert_eq!(calls[0]["query"], "keyword=rock&apikey=***");
    assert_eq!(calls[0]["status"], 200);
    let all = server.control(Method::GET, "requests", &Value::Null).await;
    assert_eq!(all.json()["count"], 2);
    assert!(!all.text.contains(Sandbox::keys().seatgeek_client_id));

    server.control(Method::DELETE, "requests", &Value::Null).await;
    assert!(server.received(Ticketmaster).await.is_empty());
}

#[test_case(json!({"cancel": true}), "/dates/status/code", &json!("cancelled"))]
#[test_case(json!({"postpone": true}), "/dates/start/dateTBA", &json!(true))]
#[test_case(json!({"reschedule": "2027-03-04T20:15:00"}), "/dates/start/localDate", &json!("2027-03-04"))]
#[test_case(json!({"rename": "Another Evening"}), "/name", &json!("Another Evening"))]
#[test_case(json!({"garbage": true}), "/images", &json!(17))]
#[tokio::test]
async fn changes_one_event_and_takes_it_back(change: Value, pointer: &str, expected: &Value) {
    let server = Server::start().await;
    let id = server.odd_id(Ticketmaster, "none").await;
    let path = format!("events/{id}?locale=*");
    let before = server.ticketmaster(&path).await.json();

    server.change(Ticketmaster, &id, change).await;
    assert_eq!(
        server.ticketmaster(&path).await.json().pointer(pointer).unwrap(),
        expected
    );

    server
        .control(Method::DELETE, &format!("ticketmaster/events/{id}"), &Value::Null)
        .await;
    assert_eq!(server.ticketmaster(&path).await.json(), before);
}

#[tokio::test]
async fn removes_an_event_until_everything_is_reset() {
    let server = Server::start().await;
    let id = server.odd_id(Ticketmaster, "none").await;
    let path = format!("events/{id}?locale=*");

    server.change(Ticketmaster, &id, json!({"remove": true})).await;
    server.fault(Provider::SeatGeek, json!({"status": 500})).await;
    assert_eq!(server.ticketmaster(&path).await.status, StatusCode::NOT_FOUND);

    server.control(Method::DELETE, "", &Value::Null).await;
    assert_eq!(server.ticketmaster(&path).await.status, StatusCode::OK);
    assert_eq!(server.seatgeek("events").await.status, StatusCode::OK);
}

#[tokio::test]
async fn finds_a_renamed_event_by_its_new_name() {
    let server = Server::start().await;
    let id = server.odd_id(Ticketmaster, "none").await;

    server
        .change(Ticketmaster, &id, json!({"rename": "Zanzibar Nocturne"}))
        .await;

    let found = server.ticketmaster("events.json?locale=*&keyword=nocturne").await;
    assert_eq!(found.events("/_embedded/events")[0]["id"], id.as_str());
}

#[tokio::test]
async fn says_where_everything_is() {
    let server = Server::start().await;

    let overview = server.control(Method::GET, "", &Value::Null).await.json();

    assert_eq!(
        overview["providers"][1]["base_url"],
        server.sandbox.base_url(Provider::SeatGeek)
    );
    assert_eq!(
        overview["keys"]["ticketmaster_api_key"],
        Sandbox::keys().ticketmaster_api_key
    );
    let lost = server
        .get(&format!("http://{}/nowhere", server.sandbox.address()))
        .await;
    assert_eq!(lost.status, StatusCode::NOT_FOUND);
}
