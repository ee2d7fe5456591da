//! Meetup: what its events mean, how it is asked, and how its tokens are fetched.

mod token;

use std::time::Duration;

use chrono::Utc;
use domain::search::{Near, SearchFilter};
use domain::sync::Window;
use domain::{Category, EventStatus, ExternalEvent, Source, Start};
use providers::meetup;
use providers::{Findings, Next, Place, ProviderError, SlicePage};
use serde_json::{Value, json};
use test_case::test_case;
use testkit::{at, filter, now};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::server::{MEETUP_EVENTS, first_page, html, json as answer, providers};

fn event(fields: Value) -> ExternalEvent {
    let mut event = json!({"id": "260000009", "title": "Example"});
    event
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    let answer = json!({"data": {"event": event}}).to_string();
    meetup::parse_event(answer.as_bytes()).unwrap().unwrap()
}

fn grant(token: &str, expires_in: u64) -> ResponseTemplate {
    let body = json!({"access_token": token, "refresh_token": "r", "expires_in": expires_in, "token_type": "bearer"});
    answer(200, &body.to_string())
}

/// A server with a token for an hour, whose every answer is `template`.
async fn server(template: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(path("/oauth2/access"))
        .respond_with(grant("T1", 3600))
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path("/gql-ext"))
        .and(header("authorization", "Bearer T1"))
        .respond_with(template)
        .mount(&server)
        .await;
    server
}

async fn requests(server: &MockServer, at: &str) -> Vec<Request> {
    let mut requests = server.received_requests().await.unwrap();
    requests.retain(|request| request.url.path() == at);
    requests
}

/// The variables of the only query so far.
async fn variables(server: &MockServer) -> (String, Value) {
    let [request] = requests(server, "/gql-ext").await.try_into().unwrap();
    let mut body: Value = request.body_json().unwrap();
    (
        body["query"].as_str().unwrap().to_owned(),
        body["variables"].take(),
    )
}

async fn search(server: &MockServer, filter: &SearchFilter) -> Result<Findings, ProviderError> {
    first_page(&providers(server), Source::Meetup, filter, now()).await
}

async fn slice(server: &MockServer, category: &str, place: Place<'_>) -> Result<SlicePage, ProviderError> {
    let window = Window::next_days(now(), 90);
    providers(server)
        .slice_page(&testkit::slice(Source::Meetup, category, window), window, place)
        .await
}

pub(crate) fn here(text: &str) -> SearchFilter {
    SearchFilter {
        near: Some(Near {
            centre: "39.8,-89.65".parse().unwrap(),
            radius_km: 50,
        }),
        ..filter(text)
    }
}

#[test]
fn reads_every_field_of_a_usual_event() {
    let page = meetup::parse_events(MEETUP_EVENTS.as_bytes()).unwrap();
    assert_eq!((page.skipped.len(), page.total, &page.more), (0, Some(5), &None));
    let event = &page.events[0];
    assert_eq!(event.key.to_string(), "meetup#260000001");
    assert_eq!(event.title, "Soldering Social");
    assert_eq!(event.description, "**Bring** a board.\n\nWe have irons.");
    assert_eq!(event.start.instant(), Some(at("2026-12-11T00:30:00Z")));
    assert_eq!(event.start.local_text().as_deref(), Some("2026-12-10T18:30:00"));
    assert_eq!(event.end, Some(at("2026-12-11T02:30:00Z")));
    assert_eq!(event.timezone, "America/Chicago".parse().ok());
    assert_eq!(event.venue.line(), "Tool Library, Springfield");
    assert_eq!(event.venue.country.unwrap().as_str(), "US");
    assert!((event.venue.coordinates.unwrap().latitude() - 39.8).abs() < 1e-9);
    assert_eq!(
        (
            event.category,
            event.source_category.as_str(),
            event.subcategory.as_str()
        ),
        (Category::Technology, "Technology", "Electronics")
    );
    assert_eq!(event.price.unwrap().to_string(), "$12.50");
    assert_eq!(
        event.image_url.as_ref().unwrap().as_str(),
        "https://images.example/highres.jpeg"
    );
    assert_eq!((event.online, event.status), (false, EventStatus::Scheduled));
}

#[test]
fn reads_the_odd_ones_as_what_they_are() {
    let page = meetup::parse_events(MEETUP_EVENTS.as_bytes()).unwrap();
    let [_, mending, bugs, walk] = page.events.as_slice() else {
        panic!("four events");
    };
    // Its id changes when somebody touches it.
    assert_eq!(mending.key.to_string(), "meetup#260000002");
    assert_eq!(
        (mending.online, mending.venue.line().as_str()),
        (true, "Tool Library, Springfield")
    );
    assert_eq!(mending.start.instant(), Some(at("2026-12-12T00:30:00Z")));
    assert_eq!(mending.end, Some(at("2026-12-12T02:00:00Z")));
    assert_eq!(mending.price.unwrap().to_string(), "Free");
    assert_eq!(bugs.start.instant(), Some(at("2026-12-12T18:00:00Z")));
    assert_eq!(bugs.timezone, "Europe/Berlin".parse().ok());
    assert_eq!(
        (bugs.status, bugs.category),
        (EventStatus::Cancelled, Category::Other)
    );
    assert_eq!(bugs.price.unwrap().to_string(), "€0-€5");
    // The position of what is online lies in the Pacific.
    assert_eq!(
        (bugs.online, bugs.venue.coordinates, bugs.venue.line().as_str()),
        (true, None, "")
    );
    assert_eq!(
        (walk.start, walk.status),
        (Start::ToBeAnnounced, EventStatus::Scheduled)
    );
    assert_eq!(walk.category, Category::Outdoors);
}

#[test_case("2026-12-10T18:30:00-06:00", None; "with an offset")]
#[test_case("2026-12-10T18:30-06:00", None; "without seconds")]
#[test_case("2026-12-11T00:30:00Z", None; "in UTC")]
#[test_case("2026-12-10T18:30:00-06:00[America/Chicago]", "America/Chicago".parse().ok(); "with a zone in brackets")]
#[test_case("2026-12-10T18:30-06:00[nowhere]", None; "with a zone that is none")]
fn reads_a_time_in_each_form(time: &str, zone: Option<domain::Timezone>) {
    let event = event(json!({ "dateTime": time }));
    assert_eq!(event.start.instant(), Some(at("2026-12-11T00:30:00Z")));
    assert_eq!(event.timezone, zone);
}

#[test_case(json!({"duration": "PT1H30M"}) => Some(90); "hours and minutes")]
#[test_case(json!({"duration": "PT30H"}) => Some(1800); "more than a day in hours")]
#[test_case(json!({"duration": "P1DT2H"}) => Some(1560); "days")]
#[test_case(json!({"duration": "P1M"}) => None; "months have no length")]
#[test_case(json!({"duration": "PT5"}) => None; "a number without a unit")]
#[test_case(json!({"duration": "PT9223372036854775807H"}) => None; "longer than time")]
#[test_case(json!({"duration": "2h"}) => None; "another form")]
#[test_case(json!({"endTime": "2026-12-10T18:00:00Z", "duration": "PT2H"}) => Some(60); "an end before a duration")]
#[test_case(json!({"endTime": "2026-12-10T10:00:00Z"}) => None; "an end before the start")]
fn minutes(mut fields: Value) -> Option<i64> {
    fields["dateTime"] = json!("2026-12-10T17:00:00Z");
    let event = event(fields);
    Some((event.end? - event.start.instant()?).num_minutes())
}

#[test_case(json!({"status": "ACTIVE"}) => EventStatus::Scheduled)]
#[test_case(json!({"status": "published"}) => EventStatus::Scheduled; "of the old API")]
#[test_case(json!({"status": "CANCELLED_PERM"}) => EventStatus::Cancelled)]
#[test_case(json!({"status": "AUTOSCHED_CANCELLED"}) => EventStatus::Cancelled)]
#[test_case(json!({"status": "PAST"}) => EventStatus::Ended)]
#[test_case(json!({"status": "SOMETHING_NEW"}) => EventStatus::Scheduled; "a word that is not known")]
fn status(fields: Value) -> EventStatus {
    event(fields).status
}

#[test_case(json!({}) => None; "not told")]
#[test_case(json!({"feeSettings": "x"}) => None; "unreadable")]
#[test_case(json!({"feeSettings": null}) => Some("Free".to_owned()); "null is free")]
#[test_case(json!({"feeSettings": {"required": false, "amount": 10.0, "currency": "USD"}}) => Some("$0-$10".to_owned()); "voluntary")]
#[test_case(json!({"feeSettings": {"required": true, "amount": 1000, "currency": "JPY"}}) => Some("¥1000".to_owned()); "major units")]
fn price(fields: Value) -> Option<String> {
    event(fields).price.map(|price| price.to_string())
}

#[test]
fn what_meetup_made_up_is_not_kept() {
    let event = event(json!({
        "venues": [{"name": "Hub", "city": "Lagos", "country": "ng", "postalCode": "meetup1"}],
        "featuredEventPhoto": {"id": "7", "baseUrl": "https://images.example/"},
    }));
    assert_eq!(event.venue.postal_code, "");
    assert_eq!(event.venue.country.unwrap().as_str(), "NG");
    assert_eq!(
        event.image_url.unwrap().as_str(),
        "https://images.example/7/676x380.webp"
    );
}

#[test]
fn drafts_are_passed_over_in_silence() {
    let draft = json!({"id": "1", "title": "Draft", "status": "DRAFT"});
    let one = json!({"data": {"event": draft}}).to_string();
    assert_eq!(meetup::parse_event(one.as_bytes()).unwrap(), None);
    let list = json!({"data": {"events": {"edges": [{"node": draft}]}}}).to_string();
    let page = meetup::parse_events(list.as_bytes()).unwrap();
    assert_eq!((page.events.len(), page.skipped.len()), (0, 0));
}

#[tokio::test]
async fn a_search_needs_a_position_and_words() {
    let server = server(answer(200, MEETUP_EVENTS)).await;
    let wanted = SearchFilter {
        from: Some(at("2026-12-01T00:00:00Z")),
        to: Some(at("2026-12-31T23:59:59Z")),
        size: 20,
        ..here("soldering")
    };
    let page = search(&server, &wanted).await.unwrap();
    // What has no date lies in no window.
    assert_eq!(page.events.len(), 3);
    let (query, variables) = variables(&server).await;
    assert!(query.contains("eventSearch"), "{query}");
    let asked = &variables["filter"];
    assert_eq!(asked["query"], "soldering");
    assert_eq!(
        (asked["lat"].as_f64(), asked["lon"].as_f64()),
        (Some(39.8), Some(-89.65))
    );
    assert!((asked["radius"].as_f64().unwrap() - 31.07).abs() < 0.01, "miles");
    assert_eq!(asked["startDateRange"], "2026-12-01T00:00:00Z");
    assert_eq!(asked["endDateRange"], "2026-12-31T23:59:59Z");
    assert_eq!(variables["first"], 20);
}

#[test_case(here("*") => (true, json!(39.8), json!(null)); "near a position")]
#[test_case(SearchFilter { city: Some("Springfield".to_owned()), country: "US".parse().ok(), ..filter("*") } => (true, json!(null), json!("us")); "in a city")]
#[tokio::test]
async fn what_is_on_here_is_asked_without_words(wanted: SearchFilter) -> (bool, Value, Value) {
    let server = server(answer(200, MEETUP_EVENTS)).await;
    search(&server, &wanted).await.unwrap();
    let (query, variables) = variables(&server).await;
    let asked = &variables["filter"];
    assert_eq!(asked.get("query"), None);
    (
        query.contains("recommendedEvents"),
        asked["lat"].clone(),
        asked["country"].clone(),
    )
}

#[test_case(filter("soldering"); "words without a position")]
#[test_case(SearchFilter { city: Some("Springfield".to_owned()), ..filter("soldering") }; "words in a city")]
#[test_case(filter("*"); "everything everywhere")]
#[tokio::test]
async fn a_search_that_cannot_be_asked_is_said_to_be_so(wanted: SearchFilter) {
    let server = server(answer(200, MEETUP_EVENTS)).await;
    let error = search(&server, &wanted).await.unwrap_err();
    assert!(matches!(error, ProviderError::NotSearchable), "{error:?}");
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}

fn group(page_info: Value) -> ResponseTemplate {
    let mut events: Value = serde_json::from_str(MEETUP_EVENTS).unwrap();
    let mut events = events["data"]["events"].take();
    events["pageInfo"] = page_info;
    answer(200, &json!({"data": {"group": {"events": events}}}).to_string())
}

#[test_case(json!({"hasNextPage": true, "endCursor": "abc"}) => (Next::Page(2), Some("abc".to_owned())); "a cursor")]
#[test_case(json!({"hasNextPage": false, "endCursor": "abc"}) => (Next::End, None); "a cursor that leads nowhere")]
#[test_case(json!({"hasNextPage": true}) => (Next::End, None); "no cursor")]
#[test_case(json!(null) => (Next::End, None); "no word")]
#[tokio::test]
async fn a_slice_reads_the_events_of_a_group(page_info: Value) -> (Next, Option<String>) {
    let server = server(group(page_info)).await;
    let place = Place {
        page: 1,
        token: Some("before"),
    };
    let page = slice(&server, "group:tool-library", place).await.unwrap();
    assert_eq!(page.events.len(), 4);
    let (_, variables) = variables(&server).await;
    assert_eq!(variables["urlname"], "tool-library");
    assert_eq!(variables["after"], "before");
    assert_eq!(variables["filter"]["afterDateTime"], "2026-11-22T12:00:00Z");
    assert!(
        variables["filter"]["status"]
            .as_array()
            .unwrap()
            .contains(&json!("CANCELLED"))
    );
    (page.next, page.token)
}

#[tokio::test]
async fn a_group_that_is_not_there_is_no_empty_group() {
    let server = server(answer(200, r#"{"data": {"group": null}}"#)).await;
    let error = slice(&server, "group:nobody", Place::default())
        .await
        .unwrap_err();
    assert!(
        matches!(error, ProviderError::Refused { status: 404, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_slice_of_no_group_is_refused_without_a_call() {
    let server = server(group(json!(null))).await;
    let error = slice(&server, "technology", Place::default()).await.unwrap_err();
    assert!(matches!(error, ProviderError::Refused { .. }), "{error:?}");
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}

#[test_case(r#"{"data": {"event": null}}"# => None; "vanished")]
#[test_case(r#"{"data": {"event": {"id": "abc", "token": "77", "title": "Found"}}}"# => Some("meetup#77".to_owned()); "there")]
#[tokio::test]
async fn an_event_is_asked_for_by_id(body: &str) -> Option<String> {
    let server = server(answer(200, body)).await;
    let event = providers(&server)
        .event(&"meetup#abc".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(variables(&server).await.1, json!({"id": "abc"}));
    event.map(|event| event.key.to_string())
}

#[tokio::test]
async fn reads_topic_categories() {
    let body = r#"{"data": {"topicCategories": {"edges": [{"node": {"id": "546", "name": "Technology"}}, {"node": null}]}}}"#;
    let server = server(answer(200, body)).await;
    let categories = providers(&server).categories(Source::Meetup).await.unwrap();
    assert_eq!(categories.len(), 1);
    assert_eq!(
        (categories[0].name.as_str(), categories[0].external_id.as_str()),
        ("Technology", "546")
    );
}

fn error_body(extensions: Value) -> ResponseTemplate {
    answer(
        200,
        &json!({"data": null, "errors": [{"message": "no", "extensions": extensions}]}).to_string(),
    )
}

#[test_case(error_body(json!({"code": "RATE_LIMITED", "consumedPoints": 500, "resetAt": "2001-01-01T00:00:00Z"})) => "rate limited Some(0)")]
#[test_case(error_body(json!({"code": "RATE_LIMITED"})) => "rate limited None"; "without a time")]
#[test_case(error_body(json!({"classification": "ValidationError"})) => "refused ValidationError")]
#[test_case(error_body(json!({"code": "UNAUTHENTICATED"})) => "unauthorized")]
#[test_case(error_body(json!({"classification": "DataFetchingException"})) => "unavailable"; "an error of its own")]
#[test_case(answer(200, r#"{"errors": [{"code": "auth_fail"}]}"#) => "unauthorized"; "under 200")]
#[test_case(answer(401, r#"{"errors": [{"code": "auth_fail"}]}"#) => "unauthorized"; "under 401")]
#[test_case(answer(503, r#"{"errors": [{"message": "deprecated"}]}"#) => "unavailable"; "the old address")]
#[test_case(html(400) => "unavailable"; "a gateway's page")]
#[test_case(answer(200, "{}") => "unavailable"; "nothing at all")]
#[tokio::test]
async fn errors_are_told_apart(template: ResponseTemplate) -> String {
    let server = MockServer::start().await;
    Mock::given(path("/oauth2/access"))
        .respond_with(grant("T1", 3600))
        .mount(&server)
        .await;
    Mock::given(path("/gql-ext"))
        .respond_with(template)
        .mount(&server)
        .await;
    match search(&server, &here("any")).await.unwrap_err() {
        ProviderError::Unauthorized => "unauthorized".to_owned(),
        ProviderError::Refused { code, .. } => format!("refused {}", code.unwrap_or_default()),
        ProviderError::RateLimited { retry_after } => {
            format!("rate limited {:?}", retry_after.map(|wait| wait.as_secs()))
        }
        ProviderError::Unavailable { .. } => "unavailable".to_owned(),
        error => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn a_limit_lasts_until_it_is_reset() {
    let reset = (Utc::now() + chrono::Duration::seconds(50)).to_rfc3339();
    let server = server(error_body(json!({"code": "RATE_LIMITED", "resetAt": reset}))).await;
    let wait = search(&server, &here("any")).await.unwrap_err().retry_after();
    assert!(wait.is_some_and(|wait| wait <= Duration::from_secs(50) && wait > Duration::from_secs(5)));
}

#[tokio::test]
async fn data_beside_errors_is_used() {
    let mut partial: Value = serde_json::from_str(MEETUP_EVENTS).unwrap();
    partial["errors"] =
        json!([{"message": "no topics", "extensions": {"classification": "DataFetchingException"}}]);
    let server = server(answer(200, &partial.to_string())).await;
    assert_eq!(search(&server, &here("any")).await.unwrap().events.len(), 4);
}
