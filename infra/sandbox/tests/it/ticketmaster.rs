use std::collections::HashSet;

use reqwest::StatusCode;
use sandbox::Provider;
use serde_json::{Value, json};
use test_case::test_case;

use crate::server::{Server, TODAY};

const EVENTS: &str = "/_embedded/events";

fn total(json: &Value) -> u64 {
    json["page"]["totalElements"].as_u64().unwrap()
}

#[tokio::test]
async fn lists_thousands_of_events_over_a_dozen_cities_and_more() {
    let server = Server::start().await;

    let all = server
        .ticketmaster("events.json?locale=*&includeTBA=yes&includeTBD=yes&includeTest=yes")
        .await
        .json();

    assert!(total(&all) >= 3_000, "{}", all["page"]);
    for city in ["New York", "London", "Chicago", "Berlin", "Paris", "Toronto"] {
        for word in ["rock", "jazz", "basketball", "hamlet"] {
            let found = server
                .ticketmaster(&format!("events?locale=*&city={city}&keyword={word}"))
                .await
                .json();
            assert!(total(&found) > 0, "no {word} in {city}");
        }
    }
}

#[tokio::test]
async fn makes_the_same_catalogue_every_time() {
    let (one, other) = (Server::start().await, Server::start().await);

    let page = "events.json?locale=*&size=50&page=3";
    assert_eq!(
        one.ticketmaster(page).await.text,
        other.ticketmaster(page).await.text
    );
}

#[tokio::test]
async fn keeps_todays_events_tomorrow() {
    let (today, tomorrow) = (
        Server::start().await,
        Server::start_on(TODAY.succ_opt().unwrap()).await,
    );

    for event in today.odd(Provider::Ticketmaster, "none").await {
        let path = format!("events/{}?locale=*", event["id"].as_str().unwrap());
        assert_eq!(
            today.ticketmaster(&path).await.json(),
            tomorrow.ticketmaster(&path).await.json()
        );
    }
}

#[tokio::test]
async fn refuses_a_missing_and_a_wrong_key_as_its_gateway_does() {
    let server = Server::start().await;
    let base = server.sandbox.base_url(Provider::Ticketmaster);

    let missing = server.get(&format!("{base}events.json")).await;
    assert_eq!(missing.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        missing.json()["fault"]["detail"]["errorcode"],
        "steps.oauth.v2.FailedToResolveAPIKey"
    );

    let wrong = server.get(&format!("{base}events.json?apikey=wrong")).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        wrong.json()["fault"]["detail"]["errorcode"],
        "oauth.v2.InvalidApiKey"
    );
}

#[test_case("startDateTime=2026-12-01T00:00:00.000Z", "DIS1015"; "fraction of a second")]
#[test_case("startDateTime=2026-12-01T00:00:00", "DIS1015"; "no zone")]
#[test_case("endDateTime=2026-12-01T00:00:00%2B01:00", "DIS1015"; "an offset")]
#[test_case("endDateTime=2026-12-01", "DIS1015"; "a bare date")]
#[test_case("endDateTime=2026-12-01T0:00:00Z", "DIS1015"; "a digit short")]
#[test_case("startEndDateTime=2026-12-01T00:00:00Z,tomorrow", "DIS1015"; "half a pair")]
#[test_case("size=201", "DIS1036"; "size over the live maximum")]
#[test_case("size=200&page=5", "DIS1035"; "paging depth")]
#[test_case("size=200&page=50", "DIS1024"; "result window")]
#[test_case("latlong=40.75,-73.99&radius=1.5", "DIS1000"; "a decimal radius")]
#[test_case("includeTBA=maybe", "DIS1000"; "unknown choice")]
#[test_case("sort=price,asc", "DIS1000"; "unknown sort")]
#[tokio::test]
async fn refuses_with_400(query: &str, code: &str) {
    let server = Server::start().await;

    let answer = server.ticketmaster(&format!("events.json?{query}")).await;

    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
    assert_eq!(answer.json()["errors"][0]["code"], code);
    assert!(!answer.headers.contains_key("Rate-Limit"));
}

#[tokio::test]
async fn answers_an_empty_result_without_the_embedded_key() {
    let server = Server::start().await;

    let answer = server.ticketmaster("events.json?keyword=zzzzqqqq").await;

    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.json().get("_embedded").is_none());
    assert_eq!(
        answer.json()["page"],
        json!({"size": 20, "totalElements": 0, "totalPages": 0, "number": 0})
    );
}

#[tokio::test]
async fn links_pages_relatively_and_without_the_key() {
    let server = Server::start().await;

    let page = server
        .ticketmaster("events.json?keyword=rock&size=10&page=1&locale=*")
        .await
        .json();

    for link in ["first", "self", "prev", "next", "last"] {
        let href = page["_links"][link]["href"].as_str().unwrap();
        assert!(href.starts_with("/discovery/v2/events.json?"), "{href}");
        assert!(!href.contains("apikey"), "{href}");
    }
    assert_eq!(page["page"]["number"], 1);
}

#[tokio::test]
async fn pages_without_a_gap_and_without_repetition() {
    let server = Server::start().await;
    let mut seen = HashSet::new();
    let mut expected = 0;

    for page in 0..5 {
        let answer = server
            .ticketmaster(&format!(
                "events?classificationName=sports&locale=*&size=150&page={page}"
            ))
            .await;
        expected = total(&answer.json());
        for event in answer.events(EVENTS) {
            assert!(seen.insert(event["id"].as_str().unwrap().to_owned()));
        }
    }

    assert_eq!(seen.len() as u64, expected.min(750));
}

#[tokio::test]
async fn puts_its_quota_headers_on_good_answers_and_resets_in_milliseconds() {
    let server = Server::start().await;

    let first = server.ticketmaster("events.json?size=1").await;
    server.ticketmaster("events.json?size=201").await;
    let third = server.ticketmaster("events.json?size=1").await;

    assert_eq!(first.headers["Rate-Limit"], "5000");
    assert_eq!(first.headers["Rate-Limit-Available"], "4999");
    assert_eq!(third.headers["Rate-Limit-Available"], "4997", "a 400 counts too");
    let reset: i64 = third.headers["Rate-Limit-Reset"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(reset > chrono::Utc::now().timestamp_millis());
}

#[tokio::test]
async fn refuses_over_its_daily_quota_with_the_key_in_the_text() {
    let server = Server::start().await;
    server.fault(Provider::Ticketmaster, json!({"quota": 1})).await;

    assert_eq!(
        server.ticketmaster("events.json?size=1").await.status,
        StatusCode::OK
    );
    let over = server.ticketmaster("events.json?size=1").await;

    assert_eq!(over.status, StatusCode::TOO_MANY_REQUESTS);
    let fault = &over.json()["fault"];
    assert_eq!(fault["detail"]["errorcode"], "policies.ratelimit.QuotaViolation");
    assert!(
        fault["faultstring"]
            .as_str()
            .unwrap()
            .contains("sandbox-ticketmaster-key")
    );
}

#[tokio::test]
async fn arrests_spikes_when_asked_to() {
    let server = Server::start().await;
    server
        .fault(Provider::Ticketmaster, json!({"spike_arrest": 0}))
        .await;

    let answer = server.ticketmaster("events.json?size=1").await;

    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        answer.json()["fault"]["detail"]["errorcode"],
        "policies.ratelimit.SpikeArrestViolation"
    );
}

#[tokio::test]
async fn shows_an_event_only_in_its_own_locale() {
    let server = Server::start().await;
    let count = async |query: &str| {
        total(
            &server
                .ticketmaster(&format!("events.json?city=Paris{query}"))
                .await
                .json(),
        )
    };

    assert_eq!(count("").await, 0);
    let french = count("&locale=fr-fr").await;
    assert!(french > 0);
    assert_eq!(count("&locale=fr").await, french);
    assert_eq!(count("&locale=*").await, french);

    let paris = server
        .ticketmaster("events.json?city=Paris&locale=*&size=1")
        .await
        .events(EVENTS);
    let id = paris[0]["id"].as_str().unwrap();
    let hidden = server.ticketmaster(&format!("events/{id}")).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
    assert_eq!(hidden.json()["errors"][0]["code"], "DIS1004");
    assert_eq!(
        server.ticketmaster(&format!("events/{id}?locale=*")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn gives_a_bare_event_by_id_and_its_images() {
    let server = Server::start().await;
    let id = server.odd_id(Provider::Ticketmaster, "none").await;

    let event = server
        .ticketmaster(&format!("events/{id}.json?locale=*"))
        .await
        .json();
    let images = server
        .ticketmaster(&format!("events/{id}/images?locale=*"))
        .await
        .json();

    assert_eq!(event["id"], id.as_str());
    assert_eq!(event["images"], images["images"]);
    let size = event.to_string().len();
    assert!((5_000..12_000).contains(&size), "{size}");
    let other_case: String = id
        .chars()
        .map(|c| {
            if c.is_lowercase() {
                c.to_ascii_uppercase()
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect();
    let unknown = server
        .ticketmaster(&format!("events/{other_case}?locale=*"))
        .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn hides_events_without_a_date_unless_they_are_asked_for() {
    let server = Server::start().await;
    let postponed = server
        .odd_id(Provider::Ticketmaster, "postponed_without_date")
        .await;
    let open = server.odd_id(Provider::Ticketmaster, "date_tbd").await;
    let found = async |id: &str, query: &str| {
        let answer = server
            .ticketmaster(&format!("events.json?locale=*&id={id}{query}"))
            .await;
        total(&answer.json()) == 1
    };

    assert!(!found(&postponed, "").await);
    assert!(found(&postponed, "&includeTBA=yes").await);
    assert!(found(&postponed, "&includeTBA=only").await);
    assert!(!found(&postponed, "&includeTBA=only&startDateTime=2020-01-01T00:00:00Z").await);
    assert!(!found(&open, "&includeTBA=yes").await);
    assert!(found(&open, "&includeTBD=only").await);

    let both = server
        .ticketmaster("events.json?locale=*&includeTBA=only&includeTBD=only")
        .await;
    assert_eq!(total(&both.json()), 0);
}

#[test_case("time_tba", "/dates/start/timeTBA", &json!(true))]
#[test_case("time_tba", "/dates/start/dateTime", &Value::Null)]
#[test_case("no_specific_time", "/dates/start/noSpecificTime", &json!(true))]
#[test_case("date_tba", "/dates/start/localDate", &Value::Null)]
#[test_case("postponed_without_date", "/dates/status/code", &json!("postponed"))]
#[test_case("postponed_without_date", "/dates/start/localDate", &Value::Null)]
#[test_case("postponed_keeping_date", "/dates/status/code", &json!("postponed"))]
#[test_case("cancelled", "/dates/status/code", &json!("cancelled"))]
#[test_case("rescheduled", "/dates/status/code", &json!("rescheduled"))]
#[test_case("rescheduled_bare", "/dates/initialStartDate", &Value::Null)]
#[test_case("rescheduled_bare", "/sales/public/startDateTime", &json!("1900-01-01T06:00:00Z"))]
#[test_case("off_sale", "/dates/status/code", &json!("offsale"))]
#[test_case("no_timezone", "/dates/timezone", &Value::Null)]
#[test_case("no_venue", "/_embedded/venues", &Value::Null)]
#[test_case("place", "/place/area", &json!({}))]
#[test_case("place", "/_embedded", &Value::Null)]
#[test_case("bare_venue", "/_embedded/venues/0/name", &Value::Null)]
#[test_case("empty_status", "/dates/status", &json!({}))]
#[test_case("empty_status", "/sales", &json!({}))]
#[test_case("no_status", "/dates/status", &Value::Null)]
#[test_case("no_classification", "/classifications", &Value::Null)]
#[test_case("undefined_classification", "/classifications/0/segment/name", &json!("Undefined"))]
#[test_case("no_images", "/images", &Value::Null)]
#[test_case("fallback_images", "/images/0/fallback", &json!(true))]
#[test_case("one_image", "/images/0/ratio", &Value::Null)]
#[test_case("no_performers", "/_embedded/attractions", &Value::Null)]
#[test_case("priced", "/priceRanges/1/type", &json!("standard including fees"))]
#[test_case("placeholder_sale", "/sales/public/startDateTime", &json!("1900-01-01T18:00:00Z"))]
#[test_case("parking", "/classifications/0/segment/name", &json!("Miscellaneous"))]
#[tokio::test]
async fn has_the_oddity(quirk: &str, pointer: &str, expected: &Value) {
    let server = Server::start().await;
    let id = server.odd_id(Provider::Ticketmaster, quirk).await;

    let event = server.ticketmaster(&format!("events/{id}?locale=*")).await.json();

    assert_eq!(event.pointer(pointer).unwrap_or(&Value::Null), expected);
}

#[tokio::test]
async fn has_initial_dates_only_where_the_date_moved() {
    let server = Server::start().await;
    for (quirk, expected) in [
        ("rescheduled", true),
        ("postponed_without_date", true),
        ("none", false),
    ] {
        let id = server.odd_id(Provider::Ticketmaster, quirk).await;
        let event = server.ticketmaster(&format!("events/{id}?locale=*")).await.json();
        assert_eq!(
            event["dates"].get("initialStartDate").is_some(),
            expected,
            "{quirk}"
        );
    }
}

#[tokio::test]
async fn includes_both_edges_of_a_window() {
    let server = Server::start().await;
    let event = server.odd(Provider::Ticketmaster, "none").await.remove(0);
    let (id, start) = (
        event["id"].as_str().unwrap(),
        event["start_utc"].as_str().unwrap(),
    );

    let edge = format!("events.json?locale=*&id={id}&startDateTime={start}&endDateTime={start}");

    assert_eq!(total(&server.ticketmaster(&edge).await.json()), 1);
}

#[test_case("city=new york&countryCode=US", "/_embedded/venues/0/city/name", "New York")]
#[test_case("stateCode=IL", "/_embedded/venues/0/city/name", "Chicago")]
#[test_case("segmentId=KZFzniwnSyZfZ7v7nE", "/classifications/0/segment/name", "Sports")]
#[test_case("classificationName=jazz", "/classifications/0/genre/name", "Jazz")]
#[test_case("keyword=hamlet", "/_embedded/attractions/0/name", "Hamlet")]
#[tokio::test]
async fn filters(query: &str, pointer: &str, expected: &str) {
    let server = Server::start().await;
    let ids: HashSet<_> = server
        .odd(Provider::Ticketmaster, "none")
        .await
        .iter()
        .map(|event| event["id"].clone())
        .collect();

    let events = server
        .ticketmaster(&format!("events.json?locale=*&size=200&{query}"))
        .await
        .events(EVENTS);

    assert!(!events.is_empty());
    for event in events.iter().filter(|event| ids.contains(&event["id"])) {
        assert_eq!(event.pointer(pointer).unwrap(), expected);
    }
}

#[tokio::test]
async fn matches_whole_words_only() {
    let server = Server::start().await;

    assert_eq!(
        total(
            &server
                .ticketmaster("events.json?locale=*&keyword=haml")
                .await
                .json()
        ),
        0
    );
}

#[tokio::test]
async fn measures_distances_in_the_unit_asked_for() {
    let server = Server::start().await;

    let near = "events.json?latlong=51.5,0.0&radius=20&unit=km&sort=distance,asc&size=50";
    let events = server.ticketmaster(near).await.events(EVENTS);

    assert!(!events.is_empty());
    assert!(
        events
            .iter()
            .all(|event| event["units"] == "KILOMETERS" && event["distance"].as_f64() <= Some(20.0))
    );
    assert!(events.is_sorted_by(|one, other| one["distance"].as_f64() <= other["distance"].as_f64()));
    let hashed = server
        .ticketmaster("events.json?geoPoint=gcpv&radius=20&size=1")
        .await
        .events(EVENTS);
    assert_eq!(hashed[0]["units"], "MILES");
}

#[tokio::test]
async fn sorts_by_date() {
    let server = Server::start().await;

    let events = server
        .ticketmaster("events.json?sort=date,asc&size=100&keyword=rock&locale=*")
        .await
        .events(EVENTS);

    let dates: Vec<_> = events
        .iter()
        .map(|event| event["dates"]["start"]["localDate"].to_string())
        .collect();
    assert!(dates.is_sorted());
}

#[tokio::test]
async fn shows_the_tree_of_classifications() {
    let server = Server::start().await;

    let tree = server.ticketmaster("classifications.json").await.json();

    let segments = tree["_embedded"]["classifications"].as_array().unwrap();
    assert_eq!(segments.len(), 6);
    assert_eq!(segments[0]["segment"]["id"], "KZFzniwnSyZfZ7v7nJ");
    assert_eq!(
        segments[0]["segment"]["_embedded"]["genres"][0]["_embedded"]["subgenres"][1]["name"],
        "Alternative Rock"
    );
}

#[tokio::test]
async fn answers_unknown_paths_with_a_page() {
    let server = Server::start().await;

    assert_eq!(server.ticketmaster("nothing").await.status, StatusCode::NOT_FOUND);
}
