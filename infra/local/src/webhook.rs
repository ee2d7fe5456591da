//! A receiver of the platform’s notifications, which verifies and shows what arrives.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::Utc;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    console::Console,
    log_line::{Level, LogLine},
    start::{Options, StartError, address, listen},
    token,
};

/// How far the clocks of sender and receiver may differ, in seconds: the Standard Webhooks libraries’ tolerance.
const TOLERANCE: i64 = 300;

/// The parameter that says where notifications go.
const WEBHOOK_URL: &str = "WebhookUrl";

/// A notification that arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// Its `webhook-id`.
    pub id: String,
    /// Its body.
    pub body: Value,
    /// What it was answered.
    pub status: StatusCode,
}

/// The receiver. Clones share what arrived.
#[derive(Clone)]
pub struct WebhookReceiver {
    url: String,
    key: hmac::Key,
    console: Console,
    state: Arc<Mutex<Log>>,
}

#[derive(Default)]
struct Log {
    arrivals: Vec<Arrival>,
    answers: VecDeque<StatusCode>,
}

impl WebhookReceiver {
    /// A receiver at `url` that shares `secret` with the sender, and the secret as the specification writes it.
    pub(crate) fn new(url: String, secret: &SecretString, console: Console) -> (Self, String) {
        let bytes = secret.expose_secret().as_bytes();
        let receiver = Self {
            url,
            key: hmac::Key::new(hmac::HMAC_SHA256, bytes),
            console,
            state: Arc::default(),
        };
        (receiver, format!("whsec_{}", STANDARD.encode(bytes)))
    }

    /// Takes notifications until it is dropped.
    pub(crate) async fn serve(self, listener: TcpListener) {
        let router = Router::new().route("/", post(receive)).with_state(self.clone());
        if let Err(error) = axum::serve(listener, router).await {
            self.console.error(&error);
        }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What arrived so far, in order.
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.log().arrivals.clone()
    }

    /// Answers the next notifications so, one each, whether they are good or not.
    pub fn answer_next(&self, statuses: impl IntoIterator<Item = StatusCode>) {
        self.log().answers.extend(statuses);
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a body was signed by who has the secret, a short while ago.
    fn verifies(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let (Some(id), Some(timestamp), Some(signatures)) = (
            text("webhook-id"),
            text("webhook-timestamp"),
            text("webhook-signature"),
        ) else {
            return false;
        };
        let is_recent = timestamp
            .parse::<i64>()
            .is_ok_and(|sent| (Utc::now().timestamp() - sent).abs() <= TOLERANCE);
        let content = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
        is_recent
            && signatures
                .split(' ')
                .filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok())
                .any(|signature| hmac::verify(&self.key, &content, &signature).is_ok())
    }
}

/// A receiver of notifications, unless there is another one or there are none, with the parameters that lead to it.
pub(crate) async fn start(
    parameters: &BTreeMap<String, String>,
    declared: &[String],
    options: &Options,
    tasks: &mut JoinSet<()>,
) -> Result<Option<(WebhookReceiver, [(String, String); 3])>, StartError> {
    if parameters.contains_key(WEBHOOK_URL) || !declared.iter().any(|name| name == WEBHOOK_URL) {
        return Ok(None);
    }
    let listener = listen(0, "--port").await?;
    let url = format!("http://{}/", address(&listener)?);
    let (receiver, secret) =
        WebhookReceiver::new(url.clone(), &token::new_secret()?, options.console.clone());
    tasks.spawn(receiver.clone().serve(listener));
    let parameters = [
        (WEBHOOK_URL, url),
        ("WebhookSecret", secret),
        ("WebhookAllowPrivate", "true".to_owned()),
    ];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value));
    Ok(Some((receiver, parameters)))
}

async fn receive(State(receiver): State<WebhookReceiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let is_good = receiver.verifies(&headers, &body);
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok());
    let mut log = receiver.log();
    let status = match log.answers.pop_front() {
        Some(status) => status,
        None if is_good => StatusCode::NO_CONTENT,
        None => StatusCode::UNAUTHORIZED,
    };
    log.arrivals.push(Arrival {
        id: id.unwrap_or_default().to_owned(),
        body: body.clone(),
        status,
    });
    drop(log);
    let (level, signature) = if is_good {
        (Level::Info, "signature good")
    } else {
        (Level::Error, "signature bad")
    };
    let arrival = format_args!(
        "{} {} ({signature}, answered {})",
        body["type"].as_str().unwrap_or("?"),
        body["data"],
        status.as_u16()
    );
    LogLine::new(level, None, arrival).print(&receiver.console, "webhook");
    status
}
