use std::io::Read as _;

use edge::{Answer, ApiError, Call, Gate, respond};
use flate2::read::GzDecoder;
use http::{Response, StatusCode};
use lambda_http::{Body, Request};
use serde::Deserialize;
use serde_json::{Value, json};
use test_case::test_case;

use crate::token::{authenticator, bearer, now};

/// An event of payload format 2.0.
pub(crate) fn event(method: &str, path: &str, query: &str, headers: &Value, body: Option<&str>) -> Request {
    let event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
        "headers": headers, "isBase64Encoded": false, "body": body,
        "requestContext": {
            "accountId": "123456789012", "apiId": "api", "domainName": "localhost", "requestId": "request-1",
            "routeKey": "$default", "stage": "$default", "time": "22/Nov/2026:12:00:00 +0000", "timeEpoch": 0,
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test"}
        }
    });
    lambda_http::request::from_str(&event.to_string()).unwrap()
}

pub(crate) fn gate() -> Gate {
    Gate::new(authenticator()).with_clock(now)
}

/// An answer as the caller would get it, without a request.
pub(crate) fn answer(answer: &Answer) -> Response<Body> {
    let mut response = Response::new(Body::Text(String::from_utf8(answer.body().to_vec()).unwrap()));
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    response
}

fn json_of(response: &Response<Body>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

fn organizer() -> Value {
    json!({"authorization": bearer("organizer")})
}

fn with(mut headers: Value, name: &str, value: &str) -> Value {
    headers[name] = json!(value);
    headers
}

/// Answers with what the handler was called with.
async fn echo(call: Call) -> Result<Answer, ApiError> {
    let query: Vec<_> = call.query().collect();
    Answer::ok(&json!({
        "route": call.route.template(), "query": query, "caller": call.caller().ok().map(|caller| caller.id.as_str()),
    }))
}

#[tokio::test]
async fn hands_the_call_to_the_handler() {
    let request = event(
        "GET",
        "/external-events/search/",
        "q=a%20b&q=c%2Bd&x",
        &organizer(),
        None,
    );
    let response = respond(&gate(), &echo, request).await;
    assert_eq!(response.status(), 200);
    assert_eq!(
        json_of(&response),
        json!({"route": "/external-events/search/", "query": [["q", "a b"], ["q", "c+d"], ["x", ""]], "caller": "7"})
    );
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "no-store");
}

#[test_case("GET", "/external-events/search/", "user", 200)]
#[test_case("GET", "/external-events/openapi.json", "", 200; "public")]
#[test_case("GET", "/external-events/search/", "", 401)]
#[test_case("GET", "/events/1/", "", 401)]
#[test_case("POST", "/external-events/seatgeek/1/import/", "", 401)]
#[test_case("POST", "/external-events/seatgeek/1/import/", "user", 403)]
#[test_case("POST", "/external-events/seatgeek/1/import/", "organizer", 200)]
#[test_case("POST", "/external-events/seatgeek/1/import/", "admin", 200)]
#[test_case("GET", "/external-events/analytics/", "organizer", 403)]
#[test_case("GET", "/external-events/analytics/", "admin", 200)]
#[test_case("GET", "/nowhere", "", 404)]
#[test_case("PUT", "/external-events/", "admin", 405)]
#[tokio::test]
async fn lets_through_who_may(method: &str, path: &str, roles: &str, status: u16) {
    let headers = match roles {
        "" => json!({}),
        roles => json!({"authorization": bearer(roles)}),
    };
    let response = respond(&gate(), &echo, event(method, path, "", &headers, None)).await;
    assert_eq!(response.status(), status);
    if status != 200 {
        let body = json_of(&response);
        assert_eq!(body["status_code"], status);
        assert_eq!(body["request_id"], "request-1");
    }
}

#[tokio::test]
async fn refuses_parameters_where_there_are_none() {
    let request = event("GET", "/events/1/", "verbose=1", &organizer(), None);
    let response = respond(&gate(), &echo, request).await;
    assert_eq!(response.status(), 400);
    assert!(json_of(&response)["details"]["verbose"].is_array());
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Note {
    title: Option<String>,
    stars: Option<u8>,
}

async fn read_note(call: Call) -> Result<Answer, ApiError> {
    let note = call.json::<Note>()?;
    Answer::ok(&note.map(|note| json!({"title": note.title, "stars": note.stars})))
}

async fn post(headers: &Value, body: Option<&str>) -> (u16, Value) {
    let request = event("POST", "/external-events/seatgeek/1/import/", "", headers, body);
    let response = respond(&gate(), &read_note, request).await;
    (response.status().as_u16(), json_of(&response))
}

#[test_case("application/json")]
#[test_case("Application/JSON; charset=utf-8")]
#[test_case("application/merge-patch+json")]
#[tokio::test]
async fn reads_a_json_body(content_type: &str) {
    let headers = with(organizer(), "content-type", content_type);
    let (status, body) = post(&headers, Some(r#"{"title": "Opening"}"#)).await;
    assert_eq!((status, &body["title"]), (200, &json!("Opening")));
}

#[tokio::test]
async fn takes_an_empty_body_for_none() {
    assert_eq!(post(&organizer(), None).await, (200, Value::Null));
    assert_eq!(post(&organizer(), Some("")).await, (200, Value::Null));
}

#[test_case(None; "undeclared")]
#[test_case(Some("text/plain"); "text")]
#[test_case(Some("application/x-www-form-urlencoded"); "a form")]
#[tokio::test]
async fn refuses_a_body_that_is_not_declared_as_json(content_type: Option<&str>) {
    let headers = content_type.map_or_else(organizer, |kind| with(organizer(), "content-type", kind));
    assert_eq!(post(&headers, Some("{}")).await.0, 415);
}

#[test_case("{", &["body"]; "broken")]
#[test_case("[]x", &["body"]; "trailing text")]
#[test_case(r#""text""#, &["body"]; "no object")]
#[test_case(r#"{"title": 5}"#, &["title"]; "a wrong type")]
#[test_case(r#"{"stars": 300, "titel": "x", "title": "good"}"#, &["stars", "titel"]; "several faults")]
#[tokio::test]
async fn names_what_is_wrong_with_a_body(body: &str, fields: &[&str]) {
    let headers = with(organizer(), "content-type", "application/json");
    let (status, answer) = post(&headers, Some(body)).await;
    let named: Vec<_> = answer["details"].as_object().unwrap().keys().collect();
    assert_eq!(status, 400);
    assert_eq!(named, fields);
}

#[tokio::test]
async fn refuses_a_body_over_256_kilobytes() {
    let headers = with(organizer(), "content-type", "application/json");
    let body = |length: usize| format!(r#"{{"title":"{}"}}"#, "x".repeat(length - 12));
    assert_eq!(post(&headers, Some(&body(Call::MAX_BODY))).await.0, 200);
    assert_eq!(post(&headers, Some(&body(Call::MAX_BODY + 1))).await.0, 413);
}

async fn long(_: Call) -> Result<Answer, ApiError> {
    Answer::ok(&json!({"text": "x".repeat(2000)}))
}

#[test_case("gzip", true)]
#[test_case("br, GZIP;q=0.5", true)]
#[test_case("*", true)]
#[test_case("gzip;q=0", false)]
#[test_case("gzip;q=0, *", false; "gzip refused, anything else taken")]
#[test_case("identity", false)]
#[test_case("x-gzip-like", false)]
#[tokio::test]
async fn compresses_long_answers_for_those_who_take_gzip(accepted: &str, compressed: bool) {
    let headers = with(organizer(), "accept-encoding", accepted);
    let response = respond(&gate(), &long, event("GET", "/events/1/", "", &headers, None)).await;
    assert_eq!(response.headers().contains_key("content-encoding"), compressed);
    assert_eq!(response.headers()["vary"], "Accept-Encoding");
    let mut text = String::new();
    let body: &[u8] = response.body();
    if compressed {
        assert!(matches!(response.body(), Body::Binary(_)));
        GzDecoder::new(body).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(body.to_vec()).unwrap();
    }
    assert_eq!(
        serde_json::from_str::<Value>(&text).unwrap()["text"]
            .as_str()
            .unwrap()
            .len(),
        2000
    );
}

#[tokio::test]
async fn leaves_short_answers_as_they_are() {
    let headers = with(organizer(), "accept-encoding", "gzip");
    let response = respond(&gate(), &echo, event("GET", "/events/1/", "", &headers, None)).await;
    assert!(!response.headers().contains_key("content-encoding"));
}

async fn tagged(call: Call) -> Result<Answer, ApiError> {
    Answer::ok(&json!({"id": 1}))?.revalidated(&call)
}

#[tokio::test]
async fn spares_the_caller_what_it_has() {
    let gate = gate();
    let ask =
        async |headers: &Value| respond(&gate, &tagged, event("GET", "/events/1/", "", headers, None)).await;
    let first = ask(&organizer()).await;
    let tag = first.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(
        (first.status(), &first.headers()["cache-control"]),
        (StatusCode::OK, &"private, no-cache".parse().unwrap())
    );
    for given in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"other\", {tag}"),
        "*".to_owned(),
    ] {
        let again = ask(&with(organizer(), "if-none-match", &given)).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{given}");
        assert_eq!(again.headers()["etag"], tag.as_str());
        assert!(again.body().is_empty());
    }
    let changed = ask(&with(organizer(), "if-none-match", "\"other\"")).await;
    assert_eq!(changed.status(), StatusCode::OK);
}

async fn paged(call: Call) -> Result<Answer, ApiError> {
    Answer::ok(&json!({}))?.with_next_page(&call, "a+b/=")
}

#[tokio::test]
async fn links_to_the_next_page_of_the_same_query() {
    let request = event(
        "GET",
        "/external-events/",
        "city=New%20York&page_token=old",
        &organizer(),
        None,
    );
    let response = respond(&gate(), &paged, request).await;
    assert_eq!(
        response.headers()["link"],
        r#"</external-events/?city=New+York&page_token=a%2Bb%2F%3D>; rel="next""#
    );
}

async fn created(_: Call) -> Result<Answer, ApiError> {
    let id = domain::LocalEventId::new(789);
    Answer::created(id, &edge::view::ImportResponse::from(id))
}

#[tokio::test]
async fn says_where_the_created_event_is() {
    let request = event(
        "POST",
        "/external-events/seatgeek/1/import/",
        "",
        &organizer(),
        None,
    );
    let response = respond(&gate(), &created, request).await;
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["location"], "/events/789/");
    assert_eq!(
        json_of(&response),
        json!({"message": "Event imported successfully", "local_event_id": 789, "local_event_url": "/events/789/"})
    );
}

async fn fail(_: Call) -> Result<Answer, ApiError> {
    Err(ApiError::internal("table external-events-prod is gone"))
}

#[tokio::test]
async fn says_nothing_of_an_internal_cause() {
    let response = respond(&gate(), &fail, event("GET", "/events/1/", "", &organizer(), None)).await;
    assert_eq!(response.status(), 500);
    assert!(!String::from_utf8_lossy(response.body()).contains("prod"));
}

/// Every sample event, and what the gate makes of it before a handler sees it.
const SAMPLES: [(&str, u16, &str); 32] = [
    ("analytics/all", 200, "/external-events/analytics/"),
    ("analytics/not-an-admin", 403, ""),
    ("analytics/unauthenticated", 401, ""),
    ("detail/bad-id", 400, ""),
    ("detail/browse", 200, "/external-events/"),
    ("detail/browse-next-page", 200, "/external-events/"),
    ("detail/categories", 200, "/external-events/categories/"),
    ("detail/event", 200, "/external-events/{source}/{external_id}/"),
    ("detail/local-event", 200, "/events/{id}/"),
    (
        "detail/not-found",
        200,
        "/external-events/{source}/{external_id}/",
    ),
    ("detail/openapi", 200, "/external-events/openapi.json"),
    ("detail/unknown-route", 404, ""),
    ("detail/wrong-method", 405, ""),
    (
        "import/bad-override",
        200,
        "/external-events/{source}/{external_id}/import/",
    ),
    ("import/bulk", 200, "/external-events/import/"),
    (
        "import/dry-run",
        200,
        "/external-events/{source}/{external_id}/import/",
    ),
    ("import/not-an-organizer", 403, ""),
    (
        "import/not-json",
        200,
        "/external-events/{source}/{external_id}/import/",
    ),
    (
        "import/overrides",
        200,
        "/external-events/{source}/{external_id}/import/",
    ),
    (
        "import/single",
        200,
        "/external-events/{source}/{external_id}/import/",
    ),
    ("import/unauthenticated", 401, ""),
    ("local-events/changes", 200, "/events/{id}/changes/"),
    ("local-events/edit", 200, "/events/{id}/"),
    ("local-events/history", 200, "/events/{id}/history/"),
    ("local-events/review", 200, "/events/{id}/changes/"),
    ("local-events/withdraw", 200, "/events/{id}/"),
    ("search/bad-dates", 200, "/external-events/search/"),
    ("search/concert", 200, "/external-events/search/"),
    ("search/forged-token", 401, ""),
    ("search/no-query", 200, "/external-events/search/"),
    ("search/unauthenticated", 401, ""),
    ("search/unknown-parameter", 200, "/external-events/search/"),
];

/// The `JwtSecret` under which the tokens of the sample events are good: give it to `sam local invoke` as a parameter.
const SAMPLE_SECRET: &str = "for-the-sample-events-only-never-deploy-this";

#[tokio::test]
async fn takes_every_sample_event() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events");
    let gate = Gate::new(edge::Authenticator::new(crate::token::config(
        edge::auth::AuthMode::Hs256 {
            secret: SAMPLE_SECRET.into(),
            previous: None,
        },
    )));
    let mut found = Vec::new();
    for function in ["analytics", "detail", "import", "local-events", "search"] {
        for file in std::fs::read_dir(format!("{folder}/{function}")).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            found.push(format!("{function}/{}", name.trim_end_matches(".json")));
        }
    }
    found.sort();
    assert_eq!(found, SAMPLES.map(|(name, ..)| name));
    for (name, status, template) in SAMPLES {
        let text = std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap();
        let response = respond(&gate, &echo, lambda_http::request::from_str(&text).unwrap()).await;
        assert_eq!(response.status(), status, "{name}");
        if status == 200 {
            assert_eq!(json_of(&response)["route"], template, "{name}");
        }
    }
}
