//! The HTTP API in front of the functions.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use local::{
    http_api::HttpApi,
    template::{EventSource, HttpRoute},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::probe::{self, Output};

const ROUTES: [(&str, &str); 7] = [
    ("GET", "/events/search"),
    ("GET", "/events/{source}/{id}"),
    ("ANY", "/events/{source}/{id}"),
    ("POST", "/events/{source}/{id}/import"),
    ("GET", "/events/{source}/{id}/"),
    ("GET", "/files/{proxy+}"),
    ("ANY", "$default"),
];

fn api_of(routes: &[(&str, &str)], timeout: Duration) -> HttpApi {
    let route = |(method, path): &(&str, &str)| HttpRoute {
        method: (*method).to_owned(),
        path: (*path).to_owned(),
    };
    let mut function = probe::function(routes.iter().map(route).map(EventSource::HttpRoute).collect());
    function.timeout = timeout;
    let output = Output::default();
    let runtime = Arc::new(probe::runtime(&function, &output));
    HttpApi::new(&[function], runtime, probe::place(), output.console())
}

fn api() -> HttpApi {
    api_of(&ROUTES, Duration::from_secs(20))
}

async fn send(api: &HttpApi, request: http::request::Builder, body: impl Into<Bytes>) -> Response<Bytes> {
    let (parts, ()) = request.body(()).unwrap().into_parts();
    api.respond(&parts, body.into(), Ipv4Addr::LOCALHOST.into()).await
}

/// The event that the request became: the probe answers with it, which makes it the body of a 200.
async fn event(api: &HttpApi, request: http::request::Builder, body: impl Into<Bytes>) -> Value {
    let response = send(api, request, body).await;
    assert_eq!(response.status(), StatusCode::OK, "{response:?}");
    serde_json::from_slice(response.body()).unwrap()
}

#[tokio::test]
async fn turns_a_request_into_an_event_of_payload_format_2() {
    let request = Request::post("/events/acme/a%2Fb%20c/import?q=rock+band&source=a&source=b&empty=")
        .header("Host", "localhost:3000")
        .header("User-Agent", "curl/8")
        .header("Content-Type", "application/json; charset=utf-8")
        .header("X-Twice", "one")
        .header("X-Twice", "two")
        .header("Cookie", "a=1; b=2");
    let event = event(&api(), request, r#"{"title":"é"}"#).await;
    assert_eq!(event["version"], "2.0");
    assert_eq!(event["routeKey"], "POST /events/{source}/{id}/import");
    assert_eq!(event["rawPath"], "/events/acme/a%2Fb%20c/import");
    assert_eq!(event["rawQueryString"], "q=rock+band&source=a&source=b&empty=");
    assert_eq!(
        event["queryStringParameters"],
        json!({"q": "rock band", "source": "a,b", "empty": ""})
    );
    assert_eq!(event["pathParameters"], json!({"source": "acme", "id": "a/b c"}));
    assert_eq!(event["cookies"], json!(["a=1", "b=2"]));
    assert_eq!(event["headers"]["x-twice"], "one,two");
    assert_eq!(event["headers"].get("cookie"), None);
    assert_eq!(event["headers"]["x-forwarded-for"], "127.0.0.1");
    assert_eq!(event["body"], r#"{"title":"é"}"#);
    assert_eq!(event["isBase64Encoded"], false);
    let context = &event["requestContext"];
    assert_eq!(context["accountId"], "000000000000");
    assert_eq!(context["stage"], "$default");
    assert_eq!(context["routeKey"], event["routeKey"]);
    assert_eq!(
        context["http"],
        json!({
            "method": "POST", "path": "/events/acme/a%2Fb%20c/import", "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1", "userAgent": "curl/8",
        })
    );
    assert!(context["timeEpoch"].as_i64().unwrap() > 1_700_000_000_000);
}

#[tokio::test]
async fn leaves_out_what_a_request_does_not_have() {
    let event = event(&api(), Request::get("/events/search"), "").await;
    for absent in ["cookies", "queryStringParameters", "pathParameters", "body"] {
        assert_eq!(event.get(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn encodes_a_body_that_is_not_text() {
    let request = Request::post("/any").header("Content-Type", "application/octet-stream");
    let event = event(&api(), request, &[0_u8, 1, 255][..]).await;
    assert_eq!(
        (&event["body"], &event["isBase64Encoded"]),
        (&json!("AAH/"), &json!(true))
    );
}

#[tokio::test]
async fn selects_the_most_specific_route() {
    let api = api();
    for (method, path, expected) in [
        ("GET", "/events/search", "GET /events/search"),
        ("GET", "/events/acme/1", "GET /events/{source}/{id}"),
        ("GET", "/events/acme/1/", "GET /events/{source}/{id}/"),
        ("DELETE", "/events/acme/1", "ANY /events/{source}/{id}"),
        (
            "POST",
            "/events/acme/1/import",
            "POST /events/{source}/{id}/import",
        ),
        ("POST", "/events/search", "$default"),
        ("GET", "/files/a/b/c", "GET /files/{proxy+}"),
        ("GET", "/files/", "$default"),
        ("GET", "/events//1", "$default"),
        ("GET", "/", "$default"),
    ] {
        let event = event(&api, Request::builder().method(method).uri(path), "").await;
        assert_eq!(event["routeKey"], expected, "{method} {path}");
    }
}

#[tokio::test]
async fn answers_404_where_no_route_matches() {
    let api = api_of(&[("GET", "/events")], Duration::from_secs(20));
    let response = send(&api, Request::get("/elsewhere"), "").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(body["message"], "Not Found");
}

#[tokio::test]
async fn turns_a_functions_response_into_http() {
    let response = send(&api(), Request::get("/any?do=respond"), "").await;
    assert_eq!(response.status(), StatusCode::CREATED);
    assert_eq!(response.headers()["x-kind"], "probe");
    assert_eq!(response.headers()["x-number"], "7");
    assert_eq!(response.headers()["content-type"], "application/octet-stream");
    let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1; Secure", "b=2"]);
    assert_eq!(response.body().as_ref(), [0, 1, 255]);
}

#[tokio::test]
async fn answers_502_for_a_function_that_fails_ends_or_talks_nonsense_and_recovers() {
    let api = api();
    for order in ["fail", "panic", "exit", "malformed"] {
        let response = send(&api, Request::get(format!("/any?do={order}")), "").await;
        assert_eq!(response.status(), StatusCode::BAD_GATEWAY, "{order}");
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(
            (&body["error"], &body["status_code"]),
            (&json!("Internal server error"), &json!(502))
        );
        assert!(body["request_id"].is_string());
        assert_eq!(
            send(&api, Request::get("/any"), "").await.status(),
            StatusCode::OK,
            "after {order}"
        );
    }
}

#[tokio::test]
async fn answers_504_for_a_function_that_takes_too_long() {
    let api = api_of(&ROUTES, Duration::from_millis(300));
    let response = send(&api, Request::get("/any?do=hang"), "").await;
    assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn answers_413_for_a_body_that_is_too_large() {
    let api = api();
    for megabytes in [7, 11] {
        let body = vec![b'x'; megabytes * 1024 * 1024];
        let response = send(
            &api,
            Request::post("/any").header("Content-Type", "text/plain"),
            body,
        )
        .await;
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE, "{megabytes} MB");
    }
}

#[tokio::test]
async fn serves_on_a_socket() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let server = tokio::spawn(Arc::new(api()).serve(listener));
    client
        .write_all(b"GET /events/search HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains(r#""sourceIp":"127.0.0.1""#), "{answer}");
    server.abort();
}
