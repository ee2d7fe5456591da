//! What becomes of every way in which a provider can answer, or not.

use std::io::Write as _;
use std::time::Duration;

use ::http::{HeaderMap, HeaderValue};
use domain::{EventKey, Source};
use flate2::{Compression, write::GzEncoder};
use providers::http::{Call, Credentials, Http, HttpError, Limits, Noticed, quota, retry_after};
use providers::{Config, Fault, Findings, Place, ProviderError, Providers};
use serde_json::json;
use test_case::test_case;
use testkit::{at, filter, now};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wiremock::matchers::{any, header, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::server::{
    SEATGEEK_EVENTS, TICKETMASTER_EVENTS, config, first_page, html, json as answer, providers,
};

async fn always(template: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(template).mount(&server).await;
    server
}

async fn search(server: &MockServer, source: Source) -> Result<Findings, ProviderError> {
    first_page(&providers(server), source, &filter("any"), now()).await
}

async fn calls(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

fn kind(error: &ProviderError) -> &'static str {
    match error {
        ProviderError::NotConfigured => "not configured",
        ProviderError::NotSearchable => "not searchable",
        ProviderError::Unauthorized => "unauthorized",
        ProviderError::RateLimited { .. } => "rate limited",
        ProviderError::Unavailable { .. } => "unavailable",
        ProviderError::Refused { .. } => "refused",
    }
}

fn fault(code: &str) -> String {
    json!({"fault": {"faultstring": "?", "detail": {"errorcode": code}}}).to_string()
}

#[test_case(answer(401, &fault("oauth.v2.InvalidApiKey")), "unauthorized", 1; "bad key")]
#[test_case(answer(429, &fault("policies.ratelimit.QuotaViolation")), "rate limited", 1; "day quota")]
#[test_case(answer(429, &fault("policies.ratelimit.SpikeArrestViolation")), "rate limited", 1; "burst")]
#[test_case(answer(400, r#"{"errors": [{"code": "DIS1035", "status": "400"}]}"#), "refused", 1; "paging too deep")]
#[test_case(answer(404, "{}"), "refused", 1; "no such route")]
#[test_case(answer(503, "{}"), "unavailable", 2; "a gateway's JSON")]
#[test_case(html(502), "unavailable", 2; "a gateway's page")]
#[test_case(html(200), "unavailable", 1; "a page instead of JSON")]
#[test_case(answer(200, r#"{"_embedded": {"events": [{"id""#), "unavailable", 1; "JSON that breaks off")]
#[test_case(answer(200, "[]"), "unavailable", 1; "another document")]
#[test_case(answer(200, ""), "unavailable", 1; "nothing")]
#[tokio::test]
async fn ticketmaster_answer(template: ResponseTemplate, expected: &str, attempts: usize) {
    let server = always(template).await;
    let error = search(&server, Source::Ticketmaster).await.unwrap_err();
    assert_eq!((kind(&error), calls(&server).await), (expected, attempts));
    assert_eq!(
        error.is_transient(),
        ["rate limited", "unavailable"].contains(&expected)
    );
}

#[test_case(answer(403, r#"{"errors": [{"code": 40307}], "status": 403}"#), "unauthorized", 1; "client missing")]
#[test_case(answer(400, r#"{"status": 400, "message": "page size too large"}"#), "refused", 1; "page too large")]
#[test_case(answer(406, ""), "rate limited", 1; "network filter")]
#[test_case(html(403), "rate limited", 1; "captcha")]
#[test_case(html(200), "rate limited", 1; "captcha with a good status")]
#[test_case(html(503), "unavailable", 2; "a gateway's page")]
#[test_case(answer(500, "{}"), "unavailable", 2; "server error")]
#[tokio::test]
async fn seatgeek_answer(template: ResponseTemplate, expected: &str, attempts: usize) {
    let server = always(template).await;
    let error = search(&server, Source::SeatGeek).await.unwrap_err();
    assert_eq!((kind(&error), calls(&server).await), (expected, attempts));
}

#[tokio::test]
async fn a_refusal_names_the_code_of_the_provider() {
    let server = always(answer(
        400,
        r#"{"errors": [{"code": "DIS1015", "detail": "secret"}]}"#,
    ))
    .await;
    let error = search(&server, Source::Ticketmaster).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the provider refuses the call with status 400 and code DIS1015"
    );
}

#[tokio::test]
async fn a_gateways_page_does_not_remove_an_event() {
    let server = always(html(404)).await;
    let key: EventKey = "ticketmaster#vvExample1".parse().unwrap();
    let error = providers(&server).event(&key).await.unwrap_err();
    assert!(
        matches!(
            error,
            ProviderError::Unavailable {
                fault: Fault::NotJson,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn what_is_not_configured_is_not_called() {
    let providers = Providers::new(Config::default());
    for source in Source::ALL {
        assert!(!providers.is_configured(source));
        let error = first_page(&providers, source, &filter("any"), now())
            .await
            .unwrap_err();
        assert!(matches!(error, ProviderError::NotConfigured), "{source}");
        assert!(matches!(
            providers.categories(source).await,
            Err(ProviderError::NotConfigured)
        ));
    }
}

#[tokio::test]
async fn a_second_attempt_that_succeeds_is_all_that_the_caller_sees() {
    let server = MockServer::start().await;
    let once = Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(503))
        .up_to_n_times(1);
    once.mount(&server).await;
    Mock::given(method("GET"))
        .respond_with(answer(200, TICKETMASTER_EVENTS))
        .mount(&server)
        .await;
    let page = search(&server, Source::Ticketmaster).await.unwrap();
    assert_eq!((page.events.len(), calls(&server).await), (4, 2));
}

#[tokio::test]
async fn a_sync_tries_three_times() {
    let server = always(ResponseTemplate::new(500)).await;
    let window = domain::sync::Window::next_days(now(), 1);
    let concert = testkit::slice(Source::SeatGeek, "concert", window);
    let read = providers(&server)
        .slice_page(&concert, window, Place::default())
        .await;
    assert!(read.unwrap_err().is_transient());
    assert_eq!(calls(&server).await, 3);
}

#[tokio::test]
async fn a_server_that_says_when_is_not_asked_again_at_once() {
    let server = always(ResponseTemplate::new(503).insert_header("retry-after", "7")).await;
    let error = search(&server, Source::SeatGeek).await.unwrap_err();
    assert_eq!(
        (error.retry_after(), calls(&server).await),
        (Some(Duration::from_secs(7)), 1)
    );
}

#[test_case(&[("retry-after", "120")] => Some(120); "seconds")]
#[test_case(&[("retry-after", "Sun, 22 Nov 2026 12:01:00 GMT")] => Some(60); "a date")]
#[test_case(&[("retry-after", "Sun, 22 Nov 2026 11:00:00 GMT")] => Some(0); "a date that has passed")]
#[test_case(&[("retry-after", "999999999")] => Some(86_400); "more than a day")]
#[test_case(&[("retry-after", "99999999999999999999999")] => None; "a number out of range")]
#[test_case(&[("retry-after", "-5")] => None; "a negative number")]
#[test_case(&[("retry-after", "soon")] => None; "a word")]
#[test_case(&[("x-rate-limit", "token:T 2000/2000 reset=874s, key:K 2000/2000 reset=900s")] => Some(900); "Eventbrite's buckets")]
#[test_case(&[("x-rate-limit", "token:T 70/2000 reset=874s, key:K 2000/2000 reset=7s")] => Some(7); "the empty one of Eventbrite's buckets")]
#[test_case(&[("x-rate-limit", "token:T 70/2000 reset=874s, x, y 1/ reset=s")] => None; "no empty bucket")]
#[test_case(&[("rate-limit-reset", "1795348830000")] => Some(30); "Ticketmaster's epoch in milliseconds")]
#[test_case(&[("rate-limit-reset", "1795348830000"), ("retry-after", "5")] => Some(5); "the standard header first")]
#[test_case(&[] => None; "nothing")]
#[test_case(&[("rate-limit-available", "0"), ("rate-limit-reset", "1795348830000")] => Some(30); "a quota that is used up")]
#[test_case(&[("rate-limit-available", "9"), ("rate-limit-reset", "1795348830000")] => None; "a quota of which calls are left")]
#[test_case(&[("x-rate-limit", "token:ABC 2000/2000 reset=874s")] => Some(874); "Eventbrite's quota")]
fn waits(headers: &[(&'static str, &'static str)]) -> Option<u64> {
    let headers: HeaderMap = headers
        .iter()
        .map(|&(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
        .collect();
    retry_after(&headers, at("2026-11-22T12:00:00Z")).map(|wait| wait.as_secs())
}

type Said = (Option<u32>, u32, Option<i64>);

/// The limit, what is left, and in how many seconds it starts over.
#[test_case(&[("rate-limit", "5000"), ("rate-limit-available", "4321"), ("rate-limit-over", "0"), ("rate-limit-reset", "1795348830000")] => Some((Some(5000), 4321, Some(30))); "Ticketmaster's")]
#[test_case(&[("x-rate-limit", "token:ABC 69/2000 reset=874s, key:DEF 1999/2000 reset=60s")] => Some((Some(2000), 1, Some(60))); "Eventbrite's, of two the one nearer to its end")]
#[test_case(&[("x-rate-limit", "token:ABC 2001/2000 reset=874s")] => Some((Some(2000), 0, Some(874))); "Eventbrite's, overdrawn")]
#[test_case(&[("x-ratelimit-limit", "30"), ("x-ratelimit-remaining", "7"), ("x-ratelimit-reset", "12")] => Some((Some(30), 7, Some(12))); "the usual, in seconds")]
#[test_case(&[("x-ratelimit-remaining", "7"), ("x-ratelimit-reset", "1795348805")] => Some((None, 7, Some(5))); "the usual, at an epoch")]
#[test_case(&[("ratelimit-limit", "30"), ("ratelimit-remaining", "0")] => Some((Some(30), 0, None)); "the standard's draft, without a reset")]
#[test_case(&[("rate-limit-available", "1"), ("rate-limit-reset", "9999999999999")] => Some((None, 1, Some(86_400))); "a reset in a far future")]
#[test_case(&[("rate-limit-available", "1"), ("rate-limit-reset", "18446744073709551615")] => Some((None, 1, None)); "a reset beyond all time")]
#[test_case(&[("rate-limit-available", "many"), ("x-rate-limit", "none")] => None; "words")]
#[test_case(&[("x-rate-limit", "token:ABC 69 of 2000")] => None; "another form")]
#[test_case(&[] => None; "nothing")]
fn says_of_the_quota(headers: &[(&'static str, &'static str)]) -> Option<Said> {
    let headers: HeaderMap = headers
        .iter()
        .map(|&(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
        .collect();
    let now = at("2026-11-22T12:00:00Z");
    let quota = quota(&headers, now)?;
    let seconds = quota.resets_at.map(|reset| (reset - now).num_seconds());
    Some((quota.limit, quota.remaining, seconds))
}

#[tokio::test]
async fn notices_every_request_and_what_was_said_of_the_quota() {
    let server = always(answer(503, "{}").insert_header("rate-limit-available", "17")).await;
    let providers = providers(&server);
    let _ = first_page(&providers, Source::Ticketmaster, &filter("jazz"), now()).await;
    assert_eq!(providers.take_noticed(Source::SeatGeek), Noticed::default());
    let noticed = providers.take_noticed(Source::Ticketmaster);
    assert_eq!((noticed.requests, noticed.quota.unwrap().remaining), (2, 17));
    assert_eq!(providers.take_noticed(Source::Ticketmaster), Noticed::default());
}

#[tokio::test]
async fn a_burst_is_over_within_a_second() {
    let server = always(answer(429, &fault("policies.ratelimit.SpikeArrestViolation"))).await;
    let error = search(&server, Source::Ticketmaster).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
}

#[tokio::test]
async fn a_rate_limit_carries_the_time_to_come_back() {
    let server = always(answer(429, "{}").insert_header("Retry-After", "90")).await;
    let error = search(&server, Source::Ticketmaster).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(90)));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = always(answer(200, SEATGEEK_EVENTS)).await;
    let server = always(ResponseTemplate::new(302).insert_header("location", elsewhere.uri())).await;
    let error = search(&server, Source::SeatGeek).await.unwrap_err();
    assert!(
        matches!(
            error,
            ProviderError::Unavailable {
                fault: Fault::Status(302),
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(calls(&elsewhere).await, 0);
}

#[tokio::test]
async fn calls_itself_by_name_and_takes_gzip() {
    let server = MockServer::start().await;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(SEATGEEK_EVENTS.as_bytes()).unwrap();
    let body = ResponseTemplate::new(200)
        .set_body_raw(encoder.finish().unwrap(), "application/json")
        .insert_header("content-encoding", "gzip");
    Mock::given(header("user-agent", "providers-test"))
        .and(header("accept-encoding", "gzip"))
        .respond_with(body)
        .mount(&server)
        .await;
    assert_eq!(search(&server, Source::SeatGeek).await.unwrap().events.len(), 3);
}

fn call(server: &str, limits: Limits) -> Call<'static> {
    Call {
        name: "test",
        url: server.parse().unwrap(),
        credentials: Credentials::None,
        limits,
    }
}

const SMALL: Limits = Limits {
    max_body: 1000,
    ..Limits::INTERACTIVE
};

#[tokio::test]
async fn a_body_over_the_limit_is_not_taken() {
    let http = Http::new(HeaderValue::from_static("test"));
    let exact = always(ResponseTemplate::new(200).set_body_bytes(vec![b' '; 1000])).await;
    assert_eq!(
        http.get(&call(&exact.uri(), SMALL)).await.unwrap().body.len(),
        1000
    );
    let large = always(ResponseTemplate::new(200).set_body_bytes(vec![b' '; 1001])).await;
    let error = http.get(&call(&large.uri(), SMALL)).await.unwrap_err();
    assert!(matches!(error, HttpError::TooLarge { limit: 1000 }), "{error:?}");
}

#[tokio::test]
async fn the_limit_counts_what_comes_out_of_compression() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![b' '; 1_000_000]).unwrap();
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 2000);
    let server = always(
        ResponseTemplate::new(200)
            .set_body_bytes(bomb)
            .insert_header("content-encoding", "gzip"),
    )
    .await;
    let limits = Limits {
        max_body: 10_000,
        ..SMALL
    };
    let http = Http::new(HeaderValue::from_static("test"));
    let error = http.get(&call(&server.uri(), limits)).await.unwrap_err();
    assert!(matches!(error, HttpError::TooLarge { .. }), "{error:?}");
}

/// A server that reads a request, writes `answer` and then hangs or closes.
pub(crate) async fn raw(answer: &'static str, hang: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                stream.write_all(answer.as_bytes()).await.unwrap();
                if hang {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    format!("http://{address}")
}

#[test_case(""; "before the answer")]
#[test_case("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"; "within the body")]
#[tokio::test]
async fn a_hung_provider_times_out(answer: &'static str) {
    let address = raw(answer, true).await;
    let config = Config {
        timeout: Duration::from_millis(50),
        ..config(&address)
    };
    let providers = Providers::new(config);
    let error = first_page(&providers, Source::SeatGeek, &filter("any"), now())
        .await
        .unwrap_err();
    let timed_out = matches!(
        error,
        ProviderError::Unavailable {
            fault: Fault::Http(HttpError::Timeout),
            ..
        }
    );
    assert!(timed_out, "{error:?}");
}

#[test_case(""; "before the answer")]
#[test_case("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"; "within the body")]
#[test_case("SSH-2.0-teapot\r\n"; "by speaking something else")]
#[tokio::test]
async fn a_connection_that_breaks_is_unavailable(answer: &'static str) {
    let address = raw(answer, false).await;
    let providers = Providers::new(config(&address));
    let error = first_page(&providers, Source::SeatGeek, &filter("any"), now())
        .await
        .unwrap_err();
    let broken = matches!(
        error,
        ProviderError::Unavailable {
            fault: Fault::Http(HttpError::Broken(_)),
            ..
        }
    );
    assert!(broken, "{error:?}");
}

#[tokio::test]
async fn nobody_listening_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let providers = Providers::new(config(&address));
    let error = first_page(&providers, Source::SeatGeek, &filter("any"), now())
        .await
        .unwrap_err();
    let unreachable = matches!(
        error,
        ProviderError::Unavailable {
            fault: Fault::Http(HttpError::Connect(_)),
            ..
        }
    );
    assert!(unreachable, "{error:?}");
}

#[tokio::test]
async fn an_https_address_is_never_called_in_plain_text() {
    let address = raw("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", false).await;
    let http = Http::new(HeaderValue::from_static("test"));
    let error = http
        .get(&call(&address.replace("http:", "https:"), SMALL))
        .await
        .unwrap_err();
    assert!(matches!(error, HttpError::Connect(_)), "{error:?}");
}

#[tokio::test]
async fn reads_a_json_document() {
    let server = always(answer(200, r#"{"keys": [7]}"#)).await;
    let http = Http::new(HeaderValue::from_static("test"));
    let address = server.uri().parse().unwrap();
    let document: serde_json::Value = http.get_json("keys", &address, SMALL).await.unwrap();
    assert_eq!(document, json!({"keys": [7]}));
    for template in [answer(404, "{}"), html(200), answer(200, "{")] {
        let server = always(template).await;
        let address = server.uri().parse().unwrap();
        assert!(
            http.get_json::<serde_json::Value>("keys", &address, SMALL)
                .await
                .is_err()
        );
    }
}
