//! A function’s answer as an HTTP response.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;

/// Payload format 2.0; `multi_value_headers` is what libraries that also serve format 1.0 send along.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionResponse {
    status_code: u16,
    #[serde(default)]
    headers: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    multi_value_headers: Option<BTreeMap<String, Vec<Value>>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// `None` when the answer is no response. JSON without a `statusCode` is the body of a 200, as API Gateway infers.
pub(super) fn parse(answer: &Bytes) -> Option<Response<Bytes>> {
    let value: Value = serde_json::from_slice(answer).ok()?;
    if value.get("statusCode").is_none() {
        let json = HeaderValue::from_static("application/json");
        return Response::builder()
            .header(header::CONTENT_TYPE, json)
            .body(answer.clone())
            .ok();
    }
    let response: FunctionResponse = serde_json::from_value(value).ok()?;
    let body = match response.body {
        Some(body) if response.is_base64_encoded => Bytes::from(STANDARD.decode(body).ok()?),
        body => Bytes::from(body.unwrap_or_default()),
    };
    let mut http = Response::new(body);
    *http.status_mut() = StatusCode::from_u16(response.status_code).ok()?;
    let headers = http.headers_mut();
    for (name, value) in response.headers.unwrap_or_default() {
        headers.insert(name.parse::<HeaderName>().ok()?, header_value(&value)?);
    }
    for (name, values) in response.multi_value_headers.unwrap_or_default() {
        let name: HeaderName = name.parse().ok()?;
        headers.remove(&name);
        for value in &values {
            headers.append(name.clone(), header_value(value)?);
        }
    }
    for cookie in response.cookies.unwrap_or_default() {
        headers.append(header::SET_COOKIE, cookie.parse().ok()?);
    }
    // The length follows from the body; a wrong one would break the connection.
    headers.remove(header::CONTENT_LENGTH);
    if !http.body().is_empty() {
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        http.headers_mut().entry(header::CONTENT_TYPE).or_insert(plain);
    }
    Some(http)
}

fn header_value(value: &Value) -> Option<HeaderValue> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.to_string().parse().ok(),
    }
}
