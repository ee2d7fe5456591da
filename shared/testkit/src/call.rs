//! Calls of the API: from API Gateway's event through the gate to a handler and back, in this process.

use std::io::Read as _;
use std::path::Path;

use chrono::{DateTime, Utc};
use edge::auth::{AuthConfig, AuthMode};
use edge::{Answer, ApiError, Authenticator, Call, Gate, respond};
use flate2::read::GzDecoder;
use http::{HeaderMap, HeaderValue};
use lambda_http::{Body, Request};
use serde_json::Value;

use crate::time::now;

/// The secret under which the tokens of the sample events are good.
const SECRET: &str = "for-the-sample-events-only-never-deploy-this";

/// What the caller gets.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed; null if there is none.
    pub body: Value,
}

/// What `handler` answers to `request` at [`now`], behind a gate that takes the tokens of the sample events.
pub async fn answer<H, F>(handler: H, request: Request) -> Reply
where
    H: Fn(Call) -> F,
    F: Future<Output = Result<Answer, ApiError>>,
{
    answer_at(now, handler, request).await
}

/// What `handler` answers at another time.
pub async fn answer_at<H, F>(clock: fn() -> DateTime<Utc>, handler: H, request: Request) -> Reply
where
    H: Fn(Call) -> F,
    F: Future<Output = Result<Answer, ApiError>>,
{
    let gate = Gate::new(Authenticator::new(AuthConfig {
        mode: AuthMode::Hs256 {
            previous: None,
            secret: SECRET.into(),
        },
        issuer: None,
        audience: None,
        roles_claim: "roles".to_owned(),
    }));
    // Boxed: it holds all of a handler, too much to be moved about.
    let response = Box::pin(respond(&gate.with_clock(clock), &handler, request)).await;
    let mut text = Vec::new();
    if response.headers().contains_key("content-encoding") {
        let body: &[u8] = response.body();
        GzDecoder::new(body)
            .read_to_end(&mut text)
            .expect("the body is gzip as its header says");
    } else {
        text.extend_from_slice(response.body());
    }
    Reply {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: match text.as_slice() {
            [] => Value::Null,
            text => serde_json::from_slice(text).expect("every body is JSON"),
        },
    }
}

/// The sample event `events/{name}.json`, as Lambda would hand it over.
pub fn sample<T: serde::de::DeserializeOwned>(name: &str) -> T {
    serde_json::from_str(&text(name)).expect("a sample event is of the function's kind")
}

/// The sample call `events/{name}.json`.
pub fn sample_call(name: &str) -> Request {
    lambda_http::request::from_str(&text(name)).expect("a sample event is one of API Gateway")
}

fn text(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../events/{name}.json"));
    std::fs::read_to_string(path).expect("the sample event is there")
}

/// `GET` of a path with its query, by a user who may do everything.
pub fn get(target: &str) -> Request {
    request("GET", target)
}

/// `POST` of JSON to a path, by a user who may do everything.
pub fn post(target: &str, body: &Value) -> Request {
    let mut request = with(request("POST", target), "content-type", "application/json");
    *request.body_mut() = Body::Text(body.to_string());
    request
}

/// The call with a header set.
pub fn with(mut request: Request, name: &'static str, value: &str) -> Request {
    let value = HeaderValue::from_str(value).expect("the value can be a header");
    request.headers_mut().insert(name, value);
    request
}

/// The sample call of an admin, at another place.
fn request(method: &str, target: &str) -> Request {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut event: Value = sample("analytics/all");
    event["rawPath"] = path.into();
    event["rawQueryString"] = query.into();
    event["requestContext"]["http"]["method"] = method.into();
    event["requestContext"]["http"]["path"] = path.into();
    lambda_http::request::from_str(&event.to_string()).expect("the event is one of API Gateway")
}
