use std::io::Write;
use std::sync::{Arc, Mutex, Once};

use edge::config::Environment;
use edge::telemetry::{self, Format};
use edge::{Answer, ApiError, Call, respond};
use serde_json::{Value, json};
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
        let subscriber = telemetry::subscriber(level, format, Lines(Arc::clone(&lines)));
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
        assert_eq!(record["span"]["request_id"], "request-1");
        assert_eq!(record["span"]["method"], "GET");
        assert_eq!(record["span"]["route"], "/events/{id}/");
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
