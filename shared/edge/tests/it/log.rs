use std::io::Write;
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use domain::Source;
use edge::config::Environment;
use edge::metric::{self, ProviderCall};
use edge::telemetry::{self, Format, Process};
use edge::trace::Trace;
use edge::view::SourceState;
use edge::{Answer, ApiError, Call, respond};
use lambda_http::RequestExt as _;
use serde_json::{Value, json};
use test_case::test_case;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter;

use crate::gate::{event, gate};
use crate::token::{Key, SECRET, bearer, claims};

/// What was logged on this thread while it lived.
struct Log {
    lines: Arc<Mutex<Vec<u8>>>,
    _guard: DefaultGuard,
}

#[derive(Clone)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Log {
    fn start(level: LevelFilter, format: Format) -> Self {
        // While there is just one subscriber, tracing decides by the thread that comes first to a line whether anybody
        // wants it; that thread may be another test's. With this one there are always two.
        static OTHER: Once = Once::new();
        OTHER.call_once(|| tracing::subscriber::set_global_default(tracing_subscriber::registry()).unwrap());
        let lines = Arc::default();
        let process = Process {
            stack: "a-stack".to_owned(),
            function: "a-function".to_owned(),
        };
        let subscriber = telemetry::subscriber(level, format, process, Lines(Arc::clone(&lines)));
        Self {
            lines,
            _guard: tracing::subscriber::set_default(subscriber),
        }
    }

    fn text(&self) -> String {
        String::from_utf8(self.lines.lock().unwrap().clone()).unwrap()
    }

    fn records(&self) -> Vec<Value> {
        self.text()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

async fn fail(_: Call) -> Result<Answer, ApiError> {
    Err(ApiError::internal(providers::ProviderError::from(
        providers::Fault::NotJson,
    )))
}

#[tokio::test]
async fn says_what_became_of_a_call_under_its_request_id() {
    let log = Log::start(LevelFilter::INFO, Format::Json);
    let headers = json!({"authorization": bearer("user")});
    respond(&gate(), &fail, event("GET", "/events/1/", "", &headers, None)).await;
    let records = log.records();
    let [cause, answered] = &records[..] else {
        panic!("{records:?}")
    };
    assert_eq!(cause["level"], "ERROR");
    assert_eq!(
        cause["error"],
        "the provider is unavailable: it answered with something else than JSON"
    );
    assert_eq!(answered["status"], 500);
    assert!(answered["duration_ms"].is_u64() && answered["cold_start"].is_boolean());
    for record in &records {
        assert_eq!(record["request_id"], "request-1");
        assert_eq!(record["method"], "GET");
        assert_eq!(record["route"], "/events/{id}/");
        assert_eq!(record["function"], "a-function");
    }
}

#[tokio::test]
async fn shows_no_secret_at_the_most_verbose_level() {
    let log = Log::start(LevelFilter::TRACE, Format::Json);
    let user = "marked-user@example.com";
    let token = Key::shared().token(&claims(json!({"user_id": user, "roles": "organizer"})));
    let headers = json!({"authorization": format!("Bearer {token}"), "content-type": "application/json"});
    let path = "/external-events/seatgeek/1/import/";
    let body = r#"{"title": "marked-title"}"#;
    let read = async |call: Call| {
        call.json::<Value>()?;
        fail(call).await
    };
    respond(&gate(), &read, event("POST", path, "", &headers, Some(body))).await;
    let forged = json!({"authorization": format!("Bearer {token}x")});
    respond(
        &gate(),
        &fail,
        event("GET", "/external-events/search/", "q=marked-query", &forged, None),
    )
    .await;
    // What libraries say about the wire stays unsaid, whatever it is.
    tracing::debug!(target: "hyper_util::client", "GET /?apikey=marked-key");
    tracing::trace!(target: "reqwest::connect", "to /?apikey=marked-key");
    tracing::debug!(target: "aws_smithy_runtime", "authorization: marked-key");
    let text = log.text();
    assert!(text.contains("answered"), "nothing was logged: {text}");
    for secret in [
        token.as_str(),
        SECRET,
        user,
        "marked-title",
        "marked-query",
        "marked-key",
    ] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}

#[test]
fn keeps_the_wire_quiet_at_every_level() {
    let log = Log::start(LevelFilter::ERROR, Format::Json);
    tracing::warn!(target: "hyper", "a warning of a library");
    tracing::error!(target: "hyper", "an error of a library");
    assert_eq!(log.records().len(), 1);
}

#[tokio::test]
async fn writes_for_eyes_too() {
    let log = Log::start(LevelFilter::INFO, Format::Text);
    respond(&gate(), &fail, event("GET", "/nowhere", "", &json!({}), None)).await;
    let text = log.text();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(
        text.contains("status=404") && text.contains("request-1"),
        "{text}"
    );
}

#[test]
fn names_a_setting_of_the_log_that_is_wrong() {
    let environment = Environment::of([("LOG_LEVEL", "loud"), ("AWS_LAMBDA_LOG_FORMAT", "XML")]);
    assert_eq!(
        telemetry::start(&environment).unwrap_err().faults(),
        [
            "LOG_LEVEL: expected one of error, warn, info, debug, trace, found \"loud\"",
            "AWS_LAMBDA_LOG_FORMAT: expected JSON or Text, found \"XML\"",
        ]
    );
}

#[tokio::test]
async fn names_the_request_even_where_only_errors_are_wanted() {
    let log = Log::start(LevelFilter::ERROR, Format::Json);
    let event = event(
        "GET",
        "/events/1/",
        "",
        &json!({"authorization": bearer("user")}),
        None,
    );
    respond(&gate(), &fail, event).await;
    let records = log.records();
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(records[0]["request_id"], "request-1");
}

#[tokio::test]
async fn names_the_trace_on_every_line_of_a_call_and_hands_it_on() {
    let log = Log::start(LevelFilter::INFO, Format::Json);
    let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    let event = event(
        "GET",
        "/events/1/",
        "",
        &json!({"authorization": bearer("user")}),
        None,
    );
    let mut context = lambda_http::Context::default();
    context.xray_trace_id = Some(header.to_owned());
    let handed_on = async |call: Call| {
        assert_eq!(Trace::current().unwrap().header(), header);
        fail(call).await
    };
    respond(&gate(), &handed_on, event.with_lambda_context(context)).await;
    assert_eq!(Trace::current(), None);
    for record in log.records() {
        assert_eq!(record["trace_id"], "1-5759e988-bd862e3fe1be46a994272793");
    }
}

/// The metrics of the only line of `log`: namespace, sets of dimensions, names and units.
fn metrics(log: &Log) -> (Value, Value) {
    let records = log.records();
    let [record] = &records[..] else {
        panic!("{records:?}")
    };
    let metrics = record["_aws"]["CloudWatchMetrics"][0].clone();
    assert_eq!(metrics["Namespace"], "ExternalEvents");
    assert!(record["_aws"]["Timestamp"].is_i64());
    for metric in metrics["Metrics"].as_array().unwrap() {
        assert!(record[metric["Name"].as_str().unwrap()].is_number(), "{record}");
    }
    for name in metrics["Dimensions"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|set| set.as_array().unwrap())
    {
        assert!(record[name.as_str().unwrap()].is_string(), "{record}");
    }
    (record.clone(), metrics)
}

#[test]
fn counts_a_call_of_a_provider_over_all_and_by_provider() {
    let log = Log::start(LevelFilter::ERROR, Format::Json);
    let call = ProviderCall {
        latency: Duration::from_millis(182),
        failed: true,
        closed: false,
        quota: Some((4_500, 5_000)),
    };
    metric::provider_call(Source::Ticketmaster, call);
    let (record, metrics) = metrics(&log);
    assert_eq!(metrics["Dimensions"], json!([["stack"], ["stack", "provider"]]));
    assert_eq!(
        metrics["Metrics"],
        json!([
            {"Name": "ProviderCalls", "Unit": "Count"},
            {"Name": "ProviderClosed", "Unit": "None"},
            {"Name": "ProviderErrors", "Unit": "Count"},
            {"Name": "ProviderLatency", "Unit": "Milliseconds"},
            {"Name": "QuotaUsed", "Unit": "Percent"},
        ])
    );
    assert_eq!(record["stack"], "a-stack");
    assert_eq!(record["provider"], "ticketmaster");
    assert_eq!(
        (
            &record["ProviderErrors"],
            &record["ProviderLatency"],
            &record["QuotaUsed"]
        ),
        (&json!(1), &json!(182), &json!(90.0))
    );
}

#[test]
fn says_nothing_of_a_quota_that_is_not_known() {
    let log = Log::start(LevelFilter::INFO, Format::Json);
    let call = ProviderCall {
        latency: Duration::ZERO,
        failed: false,
        closed: true,
        quota: Some((1, 0)),
    };
    metric::provider_call(Source::SeatGeek, call);
    let (record, _) = metrics(&log);
    assert_eq!(record.get("QuotaUsed"), None);
    assert_eq!(record["ProviderClosed"], 1);
}

#[test_case(SourceState::Cached, Some("fresh"))]
#[test_case(SourceState::Stale, Some("stale"))]
#[test_case(SourceState::Ok, Some("miss"))]
#[test_case(SourceState::Unavailable, Some("miss"))]
#[test_case(SourceState::NotConfigured, None)]
fn counts_what_the_cache_did_by_kind(state: SourceState, kind: Option<&str>) {
    let log = Log::start(LevelFilter::INFO, Format::Json);
    metric::cache_answer(Source::SeatGeek, state);
    match kind {
        Some(kind) => {
            let (record, metrics) = metrics(&log);
            assert_eq!(record["kind"], kind);
            assert_eq!(
                metrics["Dimensions"],
                json!([["stack"], ["stack", "provider", "kind"]])
            );
        }
        None => assert_eq!(log.text(), ""),
    }
}

#[test]
fn counts_a_sync_that_was_held_for_its_alarm() {
    let log = Log::start(LevelFilter::INFO, Format::Json);
    metric::sync_held(Source::SeatGeek);
    let (record, metrics) = metrics(&log);
    assert_eq!(record["SyncsHeld"], 1);
    assert_eq!(
        metrics["Dimensions"][0],
        json!(["stack"]),
        "what the alarm watches"
    );
}

#[test]
fn shows_no_metrics_to_eyes() {
    let log = Log::start(LevelFilter::TRACE, Format::Text);
    metric::queue_age(Duration::from_secs(1));
    assert_eq!(log.text(), "");
}
