use std::collections::HashSet;

use reqwest::StatusCode;
use sandbox::{Provider, Sandbox};
use serde_json::{Value, json};
use test_case::test_case;

use crate::server::Server;

const EVENTS: &str = "/events";

fn total(json: &Value) -> u64 {
    json["meta"]["total"].as_u64().unwrap()
}

#[tokio::test]
async fn lists_thousands_of_events() {
    let server = Server::start().await;

    assert!(total(&server.seatgeek("events").await.json()) >= 2_000);
    for word in ["rock", "jazz", "basketball", "hamlet"] {
        assert!(
            total(&server.seatgeek(&format!("events?q={word}")).await.json()) > 0,
            "no {word}"
        );
    }
}

#[tokio::test]
async fn shares_shows_with_ticketmaster() {
    let server = Server::start().await;
    let titles = async |answer: crate::server::Answer, pointer: &str, title: &str, venue: &str| {
        let key = |event: &Value| {
            (
                event[title].to_string(),
                event.pointer(venue).map(Value::to_string),
            )
        };
        answer.events(pointer).iter().map(key).collect::<HashSet<_>>()
    };

    let here = server.seatgeek("events?q=hamlet&per_page=500").await;
    let there = server
        .ticketmaster("events?keyword=hamlet&size=200&locale=*")
        .await;

    let here = titles(here, EVENTS, "title", "/venue/name").await;
    let there = titles(there, "/_embedded/events", "name", "/_embedded/venues/0/name").await;
    assert!(here.intersection(&there).count() > 0);
}

#[test_case(""; "no client")]
#[test_case("?client_id=wrong"; "wrong client")]
#[test_case("?client_id=sandbox-seatgeek-client&client_secret=wrong"; "wrong secret")]
#[test_case("?client_id=sandbox-seatgeek-client?q=rock"; "a second question mark")]
#[tokio::test]
async fn refuses_with_403(query: &str) {
    let server = Server::start().await;

    let answer = server
        .get(&format!(
            "{}events{query}",
            server.sandbox.base_url(Provider::SeatGeek)
        ))
        .await;

    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.json()["errors"][0]["code"], 40307);
}

#[tokio::test]
async fn takes_the_client_by_http_basic() {
    let server = Server::start().await;
    let keys = Sandbox::keys();

    let request = server
        .client
        .get(format!("{}events", server.sandbox.base_url(Provider::SeatGeek)))
        .basic_auth(keys.seatgeek_client_id, Some(keys.seatgeek_client_secret));

    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
}

#[test_case("per_page=5001", "page size too large. maximum 5000")]
#[test_case("datetime_utc.gte=2026-12-01T00:00:00Z", "invalid value for datetime_utc.gte"; "a zone")]
#[test_case("page=0", "invalid value for page")]
#[test_case("lat=40.75&lon=-73.99&range=30", "invalid value for range"; "a range without its unit")]
#[test_case("sort=price.asc", "invalid value for sort")]
#[tokio::test]
async fn refuses_with_400(query: &str, message: &str) {
    let server = Server::start().await;

    let answer = server.seatgeek(&format!("events?{query}")).await;

    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        answer.json(),
        json!({"status": 400, "message": message, "meta": {"status": 400}})
    );
}

#[tokio::test]
async fn is_silently_empty_beyond_its_window() {
    let server = Server::start().await;

    let answer = server.seatgeek("events?per_page=1000&page=11").await;

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["events"], json!([]));
    assert_eq!(answer.json()["meta"]["total"], 0);
}

#[tokio::test]
async fn pages_from_one_and_ten_at_a_time() {
    let server = Server::start().await;

    let first = server.seatgeek("events?sort=id.asc").await;
    let second = server.seatgeek("events?sort=id.asc&page=2").await;

    assert_eq!(first.json()["meta"]["page"], 1);
    assert_eq!(first.events(EVENTS).len(), 10);
    assert!(first.events(EVENTS)[9]["id"].as_u64() < second.events(EVENTS)[0]["id"].as_u64());
    assert_eq!(first.headers["cache-control"], "max-age=1800");
}

#[test_case("venue.city=london", "/venue/city", "London")]
#[test_case("venue.state=IL", "/venue/city", "Chicago")]
#[test_case("taxonomies.name=sports", "/taxonomies/0/name", "sports")]
#[test_case("taxonomies.id=1030100", "/type", "nba")]
#[test_case("type=comedy", "/type", "comedy")]
#[test_case("q=hamlet", "/performers/0/name", "Hamlet")]
#[tokio::test]
async fn filters(query: &str, pointer: &str, expected: &str) {
    let server = Server::start().await;

    let events = server
        .seatgeek(&format!("events?per_page=200&{query}"))
        .await
        .events(EVENTS);

    assert!(!events.is_empty());
    let clean = |event: &&Value| {
        event["performers"]
            .as_array()
            .is_some_and(|performers| !performers.is_empty())
            && !event["venue"]["city"].as_str().unwrap().starts_with(' ')
    };
    for event in events.iter().filter(clean) {
        assert_eq!(event.pointer(pointer).unwrap(), expected);
    }
}

#[tokio::test]
async fn takes_a_bare_date_for_its_midnight() {
    let server = Server::start().await;

    let on_that_day = server.seatgeek("events?datetime_local=2026-12-05").await.json();
    let from_to = server
        .seatgeek("events?datetime_local.gte=2026-12-05&datetime_local.lt=2026-12-06")
        .await
        .json();

    assert_eq!(total(&on_that_day), 0, "an exact match");
    assert!(total(&from_to) > 0);
}

#[tokio::test]
async fn prints_times_without_a_zone() {
    let server = Server::start().await;
    let event = server.odd(Provider::SeatGeek, "none").await.remove(0);

    let shown = server
        .seatgeek(&format!("events/{}", event["id"].as_str().unwrap()))
        .await
        .json();

    assert_eq!(shown["datetime_local"], event["start_local"]);
    assert_eq!(
        format!("{}Z", shown["datetime_utc"].as_str().unwrap()),
        event["start_utc"].as_str().unwrap()
    );
}

#[tokio::test]
async fn searches_around_a_position() {
    let server = Server::start().await;

    let answer = server
        .seatgeek("events?lat=51.5&lon=0.0&range=20km&per_page=100")
        .await;

    assert!(answer.events(EVENTS).iter().all(
        |event| event["venue"]["timezone"] == "Europe/London" || event["venue"].get("timezone").is_none()
    ));
    assert!(answer.json()["meta"]["geolocation"].is_object());
    assert_eq!(
        total(&server.seatgeek("events?geoip=true").await.json()),
        0,
        "the server's own place"
    );
}

#[tokio::test]
async fn hides_addons_unless_they_are_asked_for() {
    let server = Server::start().await;

    assert_eq!(total(&server.seatgeek("events?type=parking").await.json()), 0);
    assert!(
        total(
            &server
                .seatgeek("events?type=parking&addons_visible=true")
                .await
                .json()
        ) > 0
    );
}

#[test_case("time_tba", "/time_tbd", &json!(true))]
#[test_case("odd_placeholder", "/time_tbd", &json!(true))]
#[test_case("date_tba", "/date_tbd", &json!(true))]
#[test_case("null_stats", "/stats/lowest_price", &Value::Null)]
#[test_case("empty_stats", "/stats", &json!({}))]
#[test_case("no_stats", "/stats", &Value::Null)]
#[test_case("empty_images", "/performers/0/images", &json!({}))]
#[test_case("image_list", "/performers/0/images", &json!([]))]
#[test_case("null_images", "/performers/0/images", &Value::Null)]
#[test_case("no_performers", "/performers", &json!([]))]
#[test_case("no_status", "/status", &Value::Null)]
#[test_case("no_timezone", "/venue/timezone", &Value::Null)]
#[test_case("no_address", "/venue/address", &Value::Null)]
#[tokio::test]
async fn has_the_oddity(quirk: &str, pointer: &str, expected: &Value) {
    let server = Server::start().await;
    let id = server.odd_id(Provider::SeatGeek, quirk).await;

    let event = server.seatgeek(&format!("events/{id}")).await.json();

    assert_eq!(event["id"].to_string(), id);
    assert_eq!(event.pointer(pointer).unwrap_or(&Value::Null), expected);
}

#[tokio::test]
async fn puts_half_past_three_for_an_open_time() {
    let server = Server::start().await;
    for (quirk, same_instant) in [("time_tba", true), ("odd_placeholder", false)] {
        let event = server.odd(Provider::SeatGeek, quirk).await.remove(0);
        let shown = server
            .seatgeek(&format!("events/{}", event["id"].as_str().unwrap()))
            .await
            .json();

        let local = shown["datetime_local"].as_str().unwrap();
        assert!(local.ends_with("T03:30:00"), "{local}");
        let minute = &shown["datetime_utc"].as_str().unwrap()[13..];
        assert_eq!(minute == ":30:00", same_instant, "{quirk}: {minute}");
    }
}

#[tokio::test]
async fn answers_404_for_what_was_cancelled() {
    let server = Server::start().await;
    let id = server.odd_id(Provider::SeatGeek, "none").await;
    assert_eq!(
        server.seatgeek(&format!("events/{id}")).await.status,
        StatusCode::OK
    );

    server
        .change(Provider::SeatGeek, &id, json!({"cancel": true}))
        .await;

    assert_eq!(
        server.seatgeek(&format!("events/{id}")).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        total(&server.seatgeek(&format!("events?id={id}")).await.json()),
        0
    );
}

#[tokio::test]
async fn lists_taxonomies_by_display_name_only() {
    let server = Server::start().await;

    let list = server.seatgeek("taxonomies?per_page=100").await.json();

    let taxonomies = list["taxonomies"].as_array().unwrap();
    let concerts = taxonomies
        .iter()
        .find(|taxonomy| taxonomy["id"] == 2_000_000)
        .unwrap();
    assert_eq!(concerts["name"], "Concerts");
    assert!(concerts.get("slug").is_none());
    assert_eq!(list["meta"]["total"].as_u64().unwrap(), taxonomies.len() as u64);
}
