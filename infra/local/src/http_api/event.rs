//! A request as an event of payload format 2.0.
//!
//! Source: API Gateway developer guide, “Working with AWS Lambda proxy integrations for HTTP APIs”.

use std::{collections::BTreeMap, net::IpAddr};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use chrono::Utc;
use http::{HeaderMap, header, request::Parts};
use serde_json::{Value, json};

use crate::schedule::Place;

pub(super) fn event(
    parts: &Parts,
    body: &Bytes,
    source: IpAddr,
    request_id: &str,
    route_key: &str,
    path_parameters: &BTreeMap<String, String>,
    place: &Place,
) -> Value {
    let now = Utc::now();
    let host = text(&parts.headers, header::HOST.as_str()).unwrap_or_default();
    let domain = host.split(':').next().unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": parts.uri.path(),
        "rawQueryString": parts.uri.query().unwrap_or_default(),
        "headers": headers(&parts.headers, source, &host),
        "requestContext": {
            "accountId": place.account_id,
            "apiId": "local",
            "domainName": domain,
            "domainPrefix": domain.split('.').next(),
            "http": {
                "method": parts.method.as_str(),
                "path": parts.uri.path(),
                "protocol": format!("{:?}", parts.version),
                "sourceIp": source,
                "userAgent": text(&parts.headers, header::USER_AGENT.as_str()).unwrap_or_default(),
            },
            "requestId": request_id,
            "routeKey": route_key,
            "stage": "$default",
            "time": now.format("%d/%b/%Y:%H:%M:%S %z").to_string(),
            "timeEpoch": now.timestamp_millis(),
        },
        "isBase64Encoded": false,
    });
    // What a request does not have is absent from its event, not empty.
    let cookies: Vec<String> = text(&parts.headers, header::COOKIE.as_str())
        .map(|cookies| {
            cookies
                .split(';')
                .map(|cookie| cookie.trim().to_owned())
                .collect()
        })
        .unwrap_or_default();
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    let query = query(parts.uri.query().unwrap_or_default());
    if !query.is_empty() {
        event["queryStringParameters"] = json!(query);
    }
    if !path_parameters.is_empty() {
        event["pathParameters"] = json!(path_parameters);
    }
    if !body.is_empty() {
        let content_type = text(&parts.headers, header::CONTENT_TYPE.as_str()).unwrap_or_default();
        let readable = std::str::from_utf8(body).ok().filter(|_| is_text(&content_type));
        event["isBase64Encoded"] = json!(readable.is_none());
        event["body"] = json!(readable.map_or_else(|| STANDARD.encode(body), str::to_owned));
    }
    event
}

/// All values of a header, joined with commas.
fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let values: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// The request’s headers and those that API Gateway adds, names in lower case, without the cookies.
fn headers(headers: &HeaderMap, source: IpAddr, host: &str) -> BTreeMap<String, String> {
    let port = host.split(':').nth(1).unwrap_or("80");
    let added = [
        ("x-forwarded-for", source.to_string()),
        ("x-forwarded-port", port.to_owned()),
        ("x-forwarded-proto", "http".to_owned()),
    ];
    let sent = headers.keys().filter(|name| **name != header::COOKIE);
    sent.filter_map(|name| Some((name.as_str().to_owned(), text(headers, name.as_str())?)))
        .chain(added.map(|(name, value)| (name.to_owned(), value)))
        .collect()
}

/// The decoded parameters, values of the same name joined with commas.
fn query(query: &str) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::<String, String>::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        parameters
            .entry(name.into_owned())
            .and_modify(|values| *values = format!("{values},{value}"))
            .or_insert_with(|| value.into_owned());
    }
    parameters
}

/// The content types whose bodies API Gateway passes as they are; it encodes all others.
fn is_text(content_type: &str) -> bool {
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence.starts_with("text/")
        || matches!(
            essence.as_str(),
            "application/json" | "application/javascript" | "application/xml"
        )
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
}
