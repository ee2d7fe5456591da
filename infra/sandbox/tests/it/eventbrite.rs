use std::collections::HashSet;

use reqwest::StatusCode;
use sandbox::{EVENTBRITE_ORGANIZATION_IDS, EVENTBRITE_ORGANIZER_IDS, Provider::Eventbrite, Sandbox};
use serde_json::{Value, json};
use test_case::test_case;

use crate::server::{Answer, Server};

const EVENTS: &str = "/events";

impl Server {
    async fn eventbrite(&self, rest: &str) -> Answer {
        let url = format!("{}{rest}", self.sandbox.base_url(Eventbrite));
        let request = self.client.get(url).bearer_auth(Sandbox::keys().eventbrite_token);
        Self::answer(request.send().await.unwrap()).await
    }
}

#[test_case(None, "NO_AUTH"; "no token")]
#[test_case(Some("an-api-key"), "INVALID_AUTH"; "a key for a token")]
#[tokio::test]
async fn refuses_with_401(token: Option<&str>, error: &str) {
    let server = Server::start().await;
    let request = server
        .client
        .get(format!("{}categories/", server.sandbox.base_url(Eventbrite)));
    let request = token
        .into_iter()
        .fold(request, reqwest::RequestBuilder::bearer_auth);

    let answer = Server::answer(request.send().await.unwrap()).await;

    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.json()["error"], error);
}

#[tokio::test]
async fn sends_a_path_without_its_slash_to_the_one_with_it() {
    let server = Server::start().await;

    let answer = server.eventbrite("categories?page=1").await;

    assert_eq!(answer.status, StatusCode::MOVED_PERMANENTLY);
    assert_eq!(answer.headers["location"], "/eventbrite/v3/categories/?page=1");
}

#[test_case("events/search/?q=rock", StatusCode::NOT_FOUND, "NOT_FOUND"; "the search of old")]
#[test_case("events/1/", StatusCode::NOT_FOUND, "NOT_FOUND"; "unknown event")]
#[test_case("organizers/1/events/", StatusCode::NOT_FOUND, "NOT_FOUND"; "unknown organizer")]
#[test_case("organizations/768000000005/events/", StatusCode::FORBIDDEN, "NOT_AUTHORIZED"; "not your organization")]
#[test_case("organizers/48000000000/events/?start_date.range_start=2026-12-01T00:00:00Z", StatusCode::BAD_REQUEST, "ARGUMENTS_ERROR"; "a zone")]
#[test_case("organizers/48000000000/events/?expand=prices", StatusCode::BAD_REQUEST, "ARGUMENTS_ERROR"; "unknown expansion")]
#[test_case("organizers/48000000000/events/?page=99", StatusCode::BAD_REQUEST, "BAD_PAGE"; "no such page")]
#[test_case("organizers/48000000000/events/?continuation=nonsense", StatusCode::BAD_REQUEST, "BAD_CONTINUATION_TOKEN"; "no such token")]
#[tokio::test]
async fn refuses(rest: &str, status: StatusCode, error: &str) {
    let server = Server::start().await;

    let answer = server.eventbrite(rest).await;

    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.json()["error"], error);
    assert_eq!(answer.json()["status_code"], status.as_u16());
}

#[tokio::test]
async fn follows_continuations_through_an_organizers_events() {
    let server = Server::start().await;
    let mut seen = HashSet::new();
    let mut rest = String::new();
    let mut count;

    loop {
        let id = EVENTBRITE_ORGANIZER_IDS[1];
        let answer = server
            .eventbrite(&format!("organizers/{id}/events/?order_by=start_asc{rest}"))
            .await;
        for event in answer.events(EVENTS) {
            assert_eq!(event["organizer_id"], id);
            assert!(seen.insert(event["id"].to_string()));
        }
        let pagination = &answer.json()["pagination"];
        count = pagination["object_count"].as_u64().unwrap();
        assert_eq!(
            pagination.get("continuation").is_some(),
            pagination["has_more_items"] == true
        );
        match pagination["continuation"].as_str() {
            Some(token) => rest = format!("&continuation={token}"),
            None => break,
        }
    }

    assert!(count > 50, "{count}");
    assert_eq!(seen.len() as u64, count);
}

#[tokio::test]
async fn counts_calls_in_one_header_of_two_buckets() {
    let server = Server::start().await;
    server.eventbrite("categories/").await;

    let answer = server.eventbrite("categories/").await;

    let header = answer.headers["x-rate-limit"].to_str().unwrap();
    assert!(header.starts_with("token:SANDBOX 2/2000 reset="), "{header}");
    assert!(header.contains("s, key:SANDBOXKEY 2/2000 reset="), "{header}");
    server.fault(Eventbrite, json!({"quota": 0})).await;
    let over = server.eventbrite("categories/").await;
    assert_eq!(over.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(over.json()["error"], "HIT_RATE_LIMIT");
}

#[tokio::test]
async fn breaks_expansions_when_asked_to() {
    let server = Server::start().await;
    let id = server.odd_id(Eventbrite, "none").await;
    server
        .fault(Eventbrite, json!({"status": 500, "path": "expand="}))
        .await;

    let broken = server.eventbrite(&format!("events/{id}/?expand=venue")).await;

    assert_eq!(broken.json()["error"], "EXPANSION_FAILED");
    assert_eq!(
        server.eventbrite(&format!("events/{id}/")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn tells_a_quiet_cancellation_only_in_the_sales_status() {
    let server = Server::start().await;
    let id = server.odd_id(Eventbrite, "cancelled_quietly").await;

    let event = server
        .eventbrite(&format!("events/{id}/?expand=event_sales_status"))
        .await
        .json();

    assert_eq!(event["status"], "live");
    assert_eq!(event["event_sales_status"]["message_code"], "event_cancelled");
    assert!(
        server
            .eventbrite(&format!("events/{id}/"))
            .await
            .json()
            .get("event_sales_status")
            .is_none()
    );
}

#[test_case("online", "/venue", &Value::Null)]
#[test_case("online", "/online_event", &json!(true))]
#[test_case("no_venue", "/venue_id", &Value::Null)]
#[test_case("bare_venue", "/venue/name", &Value::Null)]
#[test_case("cancelled", "/status", &json!("canceled"))]
#[test_case("draft", "/status", &json!("draft"))]
#[test_case("series_parent", "/is_series_parent", &json!(true))]
#[test_case("occurrence", "/is_series", &json!(true))]
#[test_case("no_images", "/logo", &Value::Null)]
#[test_case("one_image", "/logo/crop_mask", &Value::Null)]
#[test_case("no_category", "/category_id", &Value::Null)]
#[test_case("free", "/is_free", &json!(true))]
#[test_case("free", "/ticket_availability/minimum_ticket_price/value", &json!(0))]
#[test_case("donation", "/is_free", &json!(false))]
#[test_case("donation", "/ticket_availability/minimum_ticket_price/value", &json!(0))]
#[test_case("sold_out", "/ticket_availability/is_sold_out", &json!(true))]
#[test_case("hidden_dates", "/hide_start_date", &json!(true))]
#[tokio::test]
async fn has_the_oddity(quirk: &str, pointer: &str, expected: &Value) {
    let server = Server::start().await;
    let id = server.odd_id(Eventbrite, quirk).await;

    let event = server
        .eventbrite(&format!("events/{id}/?expand=venue,ticket_availability"))
        .await
        .json();

    assert_eq!(event["id"], id.as_str());
    assert_eq!(event.pointer(pointer).unwrap_or(&Value::Null), expected);
}

#[tokio::test]
async fn keeps_drafts_and_series_parents_out_of_an_organizations_list() {
    let server = Server::start().await;
    let list = async |query: &str| {
        let mut events = Vec::new();
        for (id, page) in EVENTBRITE_ORGANIZATION_IDS
            .iter()
            .flat_map(|id| (1..=4).map(move |page| (id, page)))
        {
            let rest = format!("organizations/{id}/events/?page={page}{query}");
            events.extend(server.eventbrite(&rest).await.events(EVENTS));
        }
        events
    };

    let usual = list("").await;
    assert!(
        usual
            .iter()
            .all(|event| event["status"] != "draft" && event["is_series_parent"] == false)
    );
    assert!(
        list("&show_series_parent=true")
            .await
            .iter()
            .any(|event| event["is_series_parent"] == true)
    );
    assert!(
        list("&status=draft")
            .await
            .iter()
            .all(|event| event["status"] == "draft")
    );
}

#[tokio::test]
async fn reads_events_of_a_venue_a_series_and_by_ids() {
    let server = Server::start().await;
    let occurrence = server.odd_id(Eventbrite, "occurrence").await;
    let event = server.eventbrite(&format!("events/{occurrence}/")).await.json();

    let series = server
        .eventbrite(&format!(
            "series/{}/events/",
            event["series_id"].as_str().unwrap()
        ))
        .await;
    let venue = server
        .eventbrite(&format!("venues/{}/events/", event["venue_id"].as_str().unwrap()))
        .await;
    let parent = server
        .eventbrite(&format!("series/{}/", event["series_id"].as_str().unwrap()))
        .await;
    let by_ids = server
        .eventbrite(&format!("events/?event_ids={occurrence},1"))
        .await;

    assert!(
        series
            .events(EVENTS)
            .iter()
            .all(|one| one["series_id"] == event["series_id"])
    );
    assert!(
        venue
            .events(EVENTS)
            .iter()
            .all(|one| one["venue_id"] == event["venue_id"])
    );
    assert_eq!(parent.json()["is_series_parent"], true);
    assert_eq!(by_ids.events(EVENTS), [event]);
}

#[tokio::test]
async fn keeps_the_full_description_apart() {
    let server = Server::start().await;
    let id = server.odd_id(Eventbrite, "none").await;

    let event = server.eventbrite(&format!("events/{id}/")).await.json();
    let full = server
        .eventbrite(&format!("events/{id}/description/"))
        .await
        .json();

    assert_eq!(event["description"]["text"], event["summary"]);
    assert!(full["description"].as_str().unwrap().starts_with("<div>"));
}

#[tokio::test]
async fn lists_its_subcategories_on_four_pages() {
    let server = Server::start().await;

    assert_eq!(
        server.eventbrite("categories/").await.json()["pagination"]["object_count"],
        21
    );
    let first = server.eventbrite("subcategories/").await.json();
    assert_eq!(first["pagination"]["object_count"], 197);
    assert_eq!(first["pagination"]["page_count"], 4);
    let last = server.eventbrite("subcategories/?page=4").await;
    assert_eq!(last.events("/subcategories").len(), 47);
    assert_eq!(server.eventbrite("categories/103/").await.json()["name"], "Music");
}
