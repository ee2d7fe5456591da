//! Eventbrite: what its events mean, and how it is asked.

use domain::sync::Window;
use domain::{Category, EventStatus, ExternalEvent, Source, Start};
use providers::{Next, Place, ProviderError, SlicePage, eventbrite};
use serde_json::{Value, json};
use test_case::test_case;
use testkit::{at, filter, now};
use wiremock::matchers::{header, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::server::{EVENTBRITE_EVENTS, MARK, first_page, html, json as answer, providers, value};

fn event(fields: Value) -> ExternalEvent {
    let mut event = json!({"id": "1200000000009", "name": {"text": "Example"}, "currency": "EUR"});
    event
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    eventbrite::parse_event(event.to_string().as_bytes())
        .unwrap()
        .unwrap()
}

/// A server on which every description is "Full."
async fn server() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(wiremock::matchers::path_regex("^/v3/events/[0-9]+/description/$"))
        .respond_with(answer(200, r#"{"description": "<p>Full.</p>"}"#))
        .mount(&server)
        .await;
    server
}

async fn route(server: &MockServer, route: &str, template: ResponseTemplate) {
    Mock::given(method("GET"))
        .and(path(route))
        .respond_with(template)
        .mount(server)
        .await;
}

async fn slice(server: &MockServer, category: &str, place: Place<'_>) -> Result<SlicePage, ProviderError> {
    let window = Window::next_days(now(), 90);
    providers(server)
        .slice_page(
            &testkit::slice(Source::Eventbrite, category, window),
            window,
            place,
        )
        .await
}

fn list(events: &Value, pagination: Value) -> ResponseTemplate {
    answer(
        200,
        &json!({"events": events, "pagination": pagination}).to_string(),
    )
}

fn upcoming(id: u64) -> Value {
    let start = json!({"timezone": "UTC", "local": "2026-12-01T10:00:00", "utc": "2026-12-01T10:00:00Z"});
    json!({"id": id.to_string(), "name": {"text": "Example"}, "start": start})
}

#[test]
fn reads_every_field_of_a_usual_event() {
    let page = eventbrite::parse_events(EVENTBRITE_EVENTS.as_bytes()).unwrap();
    assert_eq!((page.skipped.len(), page.total, &page.more), (0, Some(4), &None));
    let event = &page.events[0];
    assert_eq!(event.key.to_string(), "eventbrite#1200000000001");
    assert_eq!(event.title, "Lantern Night & Supper");
    assert_eq!(event.description, "An evening by the canal.");
    assert_eq!(event.start.instant(), Some(at("2026-12-10T18:30:00Z")));
    assert_eq!(event.start.local_text().as_deref(), Some("2026-12-10T18:30:00"));
    assert_eq!(event.end, Some(at("2026-12-10T21:00:00Z")));
    assert_eq!(event.timezone, "Europe/London".parse().ok());
    assert_eq!(event.venue.line(), "Wharf Kitchen, Manchester");
    assert_eq!(
        (event.venue.address.as_str(), event.venue.state.as_str()),
        ("4 Lock Lane", "England")
    );
    assert_eq!(event.venue.country.unwrap().as_str(), "GB");
    assert!((event.venue.coordinates.unwrap().longitude() + 2.2453).abs() < 1e-9);
    assert_eq!(event.category, Category::FoodAndDrink);
    assert_eq!(
        (event.source_category.as_str(), event.subcategory.as_str()),
        ("Food & Drink", "Food")
    );
    assert_eq!(event.price.unwrap().to_string(), "£12.50-£30");
    assert_eq!(
        event.image_url.as_ref().unwrap().as_str(),
        "https://img.eventbrite.example/original?s=bb"
    );
    assert_eq!((event.online, event.status), (false, EventStatus::Scheduled));
}

#[test]
fn reads_the_odd_ones_as_what_they_are() {
    let page = eventbrite::parse_events(EVENTBRITE_EVENTS.as_bytes()).unwrap();
    let [_, online, puns] = page.events.as_slice() else {
        panic!("three events and a parent");
    };
    assert_eq!((online.online, online.venue.line().as_str()), (true, ""));
    assert_eq!(online.status, EventStatus::Cancelled);
    assert_eq!(online.price.unwrap().to_string(), "Free");
    assert_eq!(
        (online.category, online.description.as_str()),
        (Category::Technology, "")
    );
    assert_eq!(
        (puns.category, puns.status),
        (Category::Comedy, EventStatus::SoldOut)
    );
    assert_eq!((puns.price, puns.venue.line().as_str()), (None, "Paris"));
}

#[test_case(json!({"is_series_parent": true, "status": "started"}); "a series' parent")]
#[test_case(json!({"status": "draft"}); "a draft")]
fn what_is_no_event_to_go_to_is_passed_over_in_silence(fields: Value) {
    let mut event = fields;
    event["id"] = json!("1");
    event["name"] = json!({"text": "Example"});
    assert_eq!(
        eventbrite::parse_event(event.to_string().as_bytes()).unwrap(),
        None
    );
    let page = json!({"events": [event]}).to_string();
    let page = eventbrite::parse_events(page.as_bytes()).unwrap();
    assert_eq!((page.events.len(), page.skipped.len()), (0, 0));
}

#[test_case(json!({"status": "live"}) => EventStatus::Scheduled)]
#[test_case(json!({"status": "canceled"}) => EventStatus::Cancelled; "with one l")]
#[test_case(json!({"status": "live", "event_sales_status": {"message_code": "event_cancelled"}}) => EventStatus::Cancelled; "cancelled but live")]
#[test_case(json!({"status": "completed", "event_sales_status": {"message_code": "event_cancelled"}}) => EventStatus::Cancelled; "cancelled but completed")]
#[test_case(json!({"status": "completed"}) => EventStatus::Ended)]
#[test_case(json!({"status": "ended", "ticket_availability": {"is_sold_out": true}}) => EventStatus::Ended; "ended and sold out")]
#[test_case(json!({"status": "live", "ticket_availability": {"is_sold_out": true}}) => EventStatus::SoldOut)]
#[test_case(json!({"status": 7, "event_sales_status": []}) => EventStatus::Scheduled; "unreadable")]
fn status(fields: Value) -> EventStatus {
    event(fields).status
}

fn tickets(low: Value, high: Value, is_free: bool) -> Value {
    json!({"ticket_availability": {
        "is_free": is_free,
        "minimum_ticket_price": {"currency": "EUR", "value": low},
        "maximum_ticket_price": {"currency": "EUR", "value": high},
    }})
}

#[test_case(json!({}) => None; "not told")]
#[test_case(json!({"is_free": true}) => Some("Free".to_owned()); "free by its own word")]
#[test_case(tickets(json!(0), json!(0), true) => Some("Free".to_owned()); "free by its tickets")]
#[test_case(tickets(json!(0), json!(0), false) => None; "zero of a donation")]
#[test_case(tickets(json!(0), json!(2000), false) => Some("€0-€20".to_owned()); "donation to a price")]
#[test_case(tickets(json!(1250), json!(null), false) => Some("€12.50".to_owned()); "one price")]
#[test_case(tickets(json!("12.50"), json!({}), false) => None; "no counts of cents")]
fn price(fields: Value) -> Option<String> {
    event(fields).price.map(|price| price.to_string())
}

#[test]
fn yen_have_no_cents() {
    let price =
        event(json!({"ticket_availability": {"minimum_ticket_price": {"currency": "JPY", "value": 1500}}}))
            .price;
    assert_eq!(price.unwrap().to_string(), "¥1500");
}

#[test]
fn hidden_dates_stay_hidden() {
    let times =
        json!({"timezone": "Europe/Paris", "local": "2026-12-12T20:00:00", "utc": "2026-12-12T19:00:00Z"});
    let event = event(json!({"start": times, "end": times, "hide_start_date": true, "hide_end_date": true}));
    assert_eq!((event.start, event.end), (Start::ToBeAnnounced, None));
}

#[tokio::test]
async fn there_is_no_search() {
    let server = MockServer::start().await;
    let error = first_page(&providers(&server), Source::Eventbrite, &filter("any"), now())
        .await
        .unwrap_err();
    assert!(matches!(error, ProviderError::NotSearchable), "{error:?}");
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn an_event_comes_with_its_whole_description() {
    let server = server().await;
    let body = upcoming(5).to_string();
    Mock::given(path("/v3/events/5/"))
        .and(header("authorization", format!("Bearer {MARK}-token").as_str()))
        .respond_with(answer(200, &body))
        .mount(&server)
        .await;
    let event = providers(&server).event(&"eventbrite#5".parse().unwrap()).await;
    assert_eq!(event.unwrap().unwrap().description, "Full.");
    let requests = server.received_requests().await.unwrap();
    let expand = requests[0].url.query_pairs().into_owned().collect::<Vec<_>>();
    assert!(value(&expand, "expand").unwrap().contains("event_sales_status"));
    assert!(
        requests
            .iter()
            .all(|request| !request.url.as_str().contains(MARK)),
        "the token is for the header"
    );
}

#[test_case(answer(404, r#"{"status_code": 404, "error": "NOT_FOUND"}"#); "unknown")]
#[test_case(answer(403, r#"{"status_code": 403, "error": "NOT_AUTHORIZED"}"#); "private")]
#[test_case(ResponseTemplate::new(301).insert_header("location", "/v3/events/6/"); "moved")]
#[tokio::test]
async fn an_event_that_nobody_may_see_is_none(template: ResponseTemplate) {
    let server = server().await;
    route(&server, "/v3/events/5/", template).await;
    let event = providers(&server).event(&"eventbrite#5".parse().unwrap()).await;
    assert_eq!(event.unwrap(), None);
}

#[test_case(answer(401, r#"{"status_code": 401, "error": "INVALID_AUTH"}"#) => "unauthorized")]
#[test_case(answer(403, r#"{"status_code": 403, "error": "NOT_AUTHORIZED"}"#) => "refused NOT_AUTHORIZED"; "somebody else's")]
#[test_case(answer(400, r#"{"status_code": 400, "error": "ARGUMENTS_ERROR", "error_description": "x"}"#) => "refused ARGUMENTS_ERROR"; "wrong arguments")]
#[test_case(answer(429, r#"{"error": "HIT_RATE_LIMIT"}"#).insert_header("x-rate-limit", "token:T 2000/2000 reset=874s, key:K 3/2000 reset=874s") => "rate limited 874"; "the hour is used up")]
#[test_case(html(403) => "unauthorized"; "a gateway's page")]
#[test_case(answer(502, "{}") => "unavailable"; "a gateway's status")]
#[tokio::test]
async fn refusals_are_told_apart(template: ResponseTemplate) -> String {
    let server = MockServer::start().await;
    route(&server, "/v3/organizations/7/events/", template).await;
    match slice(&server, "organization:7", Place::default())
        .await
        .unwrap_err()
    {
        ProviderError::Unauthorized => "unauthorized".to_owned(),
        ProviderError::Refused { code, .. } => format!("refused {}", code.unwrap_or_default()),
        ProviderError::RateLimited { retry_after } => {
            format!("rate limited {}", retry_after.unwrap().as_secs())
        }
        ProviderError::Unavailable { .. } => "unavailable".to_owned(),
        error => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn an_expansion_that_fails_is_done_without() {
    let server = server().await;
    Mock::given(path("/v3/events/5/"))
        .and(query_param_is_missing("expand"))
        .respond_with(answer(200, &upcoming(5).to_string()))
        .mount(&server)
        .await;
    route(
        &server,
        "/v3/events/5/",
        answer(500, r#"{"status_code": 500, "error": "EXPANSION_FAILED"}"#),
    )
    .await;
    let event = providers(&server).event(&"eventbrite#5".parse().unwrap()).await;
    assert_eq!(event.unwrap().unwrap().title, "Example");
}

#[test_case("organization:7", "/v3/organizations/7/events/", &[("time_filter", "current_future"), ("page_size", "50")])]
#[test_case("organizer:7", "/v3/organizers/7/events/", &[("start_date.range_start", "2026-11-21T12:00:00"), ("start_date.range_end", "2027-02-21T23:59:59")])]
#[test_case("venue:7", "/v3/venues/7/events/", &[("status", "all")])]
#[test_case("series:7", "/v3/series/7/events/", &[("order_by", "start_asc")])]
#[tokio::test]
async fn a_slice_reads_the_events_of_an_owner(category: &str, at: &str, expected: &[(&str, &str)]) {
    let server = server().await;
    route(
        &server,
        at,
        list(&json!([upcoming(5)]), json!({"has_more_items": false})),
    )
    .await;
    let page = slice(&server, category, Place::default()).await.unwrap();
    assert_eq!((page.events.len(), page.next), (1, Next::End));
    assert_eq!(page.events[0].description, "Full.");
    let requests = server.received_requests().await.unwrap();
    let pairs: Vec<_> = requests[0].url.query_pairs().into_owned().collect();
    for (name, expected) in expected {
        assert_eq!(value(&pairs, name), Some(*expected), "{name}");
    }
}

#[test_case("music"; "no owner")]
#[test_case("promoter:7"; "an unknown owner")]
#[test_case("organizer:a b"; "no id")]
#[tokio::test]
async fn a_slice_of_nobody_is_refused_without_a_call(category: &str) {
    let server = MockServer::start().await;
    let error = slice(&server, category, Place::default()).await.unwrap_err();
    assert!(matches!(error, ProviderError::Refused { .. }), "{error:?}");
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}

#[test_case(json!({"has_more_items": true, "continuation": "eyJwYWdlIjogMn0"}) => (Next::Page(3), Some("eyJwYWdlIjogMn0".to_owned())); "a token")]
#[test_case(json!({"has_more_items": true}) => (Next::Page(3), None); "a number where there is no token")]
#[test_case(json!({"has_more_items": false, "continuation": "eyJwYWdlIjogMn0"}) => (Next::End, None); "a token that leads nowhere")]
#[test_case(json!(null) => (Next::End, None); "no word")]
#[tokio::test]
async fn the_next_page(pagination: Value) -> (Next, Option<String>) {
    let server = server().await;
    let template = list(&json!([upcoming(5)]), pagination);
    route(&server, "/v3/organizers/7/events/", template).await;
    let page = slice(&server, "organizer:7", Place::number(2)).await.unwrap();
    (page.next, page.token)
}

#[tokio::test]
async fn a_token_of_the_page_before_is_handed_back() {
    let server = server().await;
    Mock::given(query_param("continuation", "a+b/="))
        .respond_with(list(&json!([]), json!({"has_more_items": true})))
        .mount(&server)
        .await;
    let place = Place {
        page: 1,
        token: Some("a+b/="),
    };
    let page = slice(&server, "organizer:7", place).await.unwrap();
    assert_eq!(
        (page.events.len(), page.next),
        (0, Next::End),
        "an empty page is the last"
    );
}

#[tokio::test]
async fn events_outside_the_window_are_left_out_and_end_the_slice() {
    let server = server().await;
    let dated = |id: u64, utc: &str| {
        let mut event = upcoming(id);
        event["start"] = json!({"timezone": "UTC", "local": utc.trim_end_matches('Z'), "utc": utc});
        event
    };
    let events = json!([
        dated(1, "2026-11-20T10:00:00Z"),
        dated(2, "2026-12-01T10:00:00Z"),
        dated(3, "2027-06-01T10:00:00Z")
    ]);
    let template = list(&events, json!({"has_more_items": true, "continuation": "x"}));
    route(&server, "/v3/series/7/events/", template).await;
    let page = slice(&server, "series:7", Place::default()).await.unwrap();
    let ids: Vec<_> = page.events.iter().map(|event| event.key.id.as_str()).collect();
    assert_eq!((ids, page.next, page.token), (vec!["2"], Next::End, None));
}

#[tokio::test]
async fn a_description_that_is_refused_leaves_the_summary() {
    let server = MockServer::start().await;
    let mut event = upcoming(5);
    event["summary"] = json!("In short.");
    route(&server, "/v3/events/5/", answer(200, &event.to_string())).await;
    route(&server, "/v3/events/5/description/", answer(400, "{}")).await;
    let event = providers(&server).event(&"eventbrite#5".parse().unwrap()).await;
    assert_eq!(event.unwrap().unwrap().description, "In short.");
}

#[tokio::test]
async fn reads_all_pages_of_subcategories_below_their_categories() {
    let server = MockServer::start().await;
    let categories =
        json!({"categories": [{"id": "103", "name": "Music"}], "pagination": {"has_more_items": false}});
    route(&server, "/v3/categories/", answer(200, &categories.to_string())).await;
    let page = |id: &str, name: &str, pagination: Value| {
        let one = json!({"id": id, "name": name, "parent_category": {"id": "103", "name": "Music"}});
        answer(
            200,
            &json!({"subcategories": [one], "pagination": pagination}).to_string(),
        )
    };
    Mock::given(path("/v3/subcategories/"))
        .and(query_param("continuation", "two"))
        .respond_with(page("3002", "Blues", json!({"has_more_items": false})))
        .mount(&server)
        .await;
    route(
        &server,
        "/v3/subcategories/",
        page(
            "3001",
            "Alternative",
            json!({"has_more_items": true, "continuation": "two"}),
        ),
    )
    .await;
    let categories = providers(&server).categories(Source::Eventbrite).await.unwrap();
    let rows: Vec<_> = categories
        .iter()
        .map(|one| (one.name.as_str(), one.external_id.as_str(), one.parent.as_deref()))
        .collect();
    assert_eq!(
        rows,
        [
            ("Music", "103", None),
            ("Alternative", "3001", Some("Music")),
            ("Blues", "3002", Some("Music")),
        ]
    );
}
