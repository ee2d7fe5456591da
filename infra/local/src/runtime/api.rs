//! The Runtime API, version 2018-06-01, for one process.
//!
//! Each process has an address of its own, so that its requests need no further sign of who asks.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use serde::Deserialize;
use tokio::sync::{Notify, mpsc, oneshot};

use super::PAYLOAD_LIMIT;

/// Where the answer of an invocation goes.
type Reply = oneshot::Sender<Result<Bytes, FunctionError>>;

/// One event on its way into a process.
pub(super) struct Invocation {
    pub(super) request_id: String,
    pub(super) payload: Bytes,
    pub(super) deadline: SystemTime,
    pub(super) function_arn: String,
    pub(super) reply: Reply,
}

/// What a function reports when its handler fails or panics.
#[derive(Debug, Deserialize, thiserror::Error)]
#[error("{error_message}")]
#[serde(rename_all = "camelCase", default)]
pub struct FunctionError {
    /// The error’s kind, in the function’s words.
    pub error_type: String,
    /// The error’s text.
    pub error_message: String,
}

impl Default for FunctionError {
    fn default() -> Self {
        Self {
            error_type: "Unhandled".to_owned(),
            error_message: "the function reported no reason".to_owned(),
        }
    }
}

impl FunctionError {
    fn parse(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }
}

/// What the process and the pool tell each other.
pub(super) struct Endpoint {
    invocations: tokio::sync::Mutex<mpsc::Receiver<Invocation>>,
    /// The invocation that the process works on: its id and where the answer goes.
    current: Mutex<Option<(String, Reply)>>,
    /// Id of the latest invocation: what the process printed may be read after its answer.
    latest: Mutex<Option<String>>,
    init_error: Mutex<Option<FunctionError>>,
    /// Told when the process asks for an event.
    asked: Notify,
}

impl Endpoint {
    pub(super) fn new(invocations: mpsc::Receiver<Invocation>) -> Self {
        Self {
            invocations: tokio::sync::Mutex::new(invocations),
            current: Mutex::default(),
            latest: Mutex::default(),
            init_error: Mutex::default(),
            asked: Notify::new(),
        }
    }

    pub(super) fn router(self: Arc<Self>) -> Router {
        Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route(
                "/2018-06-01/runtime/invocation/{request_id}/response",
                post(response),
            )
            .route("/2018-06-01/runtime/invocation/{request_id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            // What is larger than Lambda takes must arrive here to be refused with Lambda’s words.
            .layer(DefaultBodyLimit::max(4 * PAYLOAD_LIMIT))
            .with_state(self)
    }

    /// Waits until the process asks for an event: its initialisation is over.
    pub(super) async fn asked(&self) {
        self.asked.notified().await;
    }

    pub(super) fn take_init_error(&self) -> Option<FunctionError> {
        self.init_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// The id of the invocation that the process works on, or has worked on last.
    pub(super) fn request_id(&self) -> Option<String> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn current(&self) -> MutexGuard<'_, Option<(String, Reply)>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands the answer to whoever waits for it; an id that is not the current one is refused as Lambda refuses it.
    fn answer(&self, request_id: &str, answer: Result<Bytes, FunctionError>) -> StatusCode {
        match self.current().take_if(|(current, _)| current == request_id) {
            Some((_, reply)) => {
                // Nobody waits any more when the function timed out at this very moment.
                let _unheard = reply.send(answer);
                StatusCode::ACCEPTED
            }
            None => StatusCode::BAD_REQUEST,
        }
    }
}

async fn next(State(endpoint): State<Arc<Endpoint>>) -> Response {
    endpoint.asked.notify_one();
    let Some(invocation) = endpoint.invocations.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let Invocation {
        request_id,
        payload,
        deadline,
        function_arn,
        reply,
    } = invocation;
    let deadline = deadline
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_millis();
    let trace = request_id.replace('-', "");
    let headers = [
        ("Content-Type", "application/json".to_owned()),
        ("Lambda-Runtime-Aws-Request-Id", request_id.clone()),
        ("Lambda-Runtime-Deadline-Ms", deadline.to_string()),
        ("Lambda-Runtime-Invoked-Function-Arn", function_arn),
        (
            "Lambda-Runtime-Trace-Id",
            format!("Root=1-{}-{};Sampled=0", &trace[..8], &trace[8..]),
        ),
    ];
    *endpoint.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(request_id.clone());
    *endpoint.current() = Some((request_id, reply));
    (headers, payload).into_response()
}

async fn response(
    State(endpoint): State<Arc<Endpoint>>,
    Path(request_id): Path<String>,
    body: Bytes,
) -> StatusCode {
    if body.len() <= PAYLOAD_LIMIT {
        return endpoint.answer(&request_id, Ok(body));
    }
    let too_large = FunctionError {
        error_type: "Function.ResponseSizeTooLarge".to_owned(),
        error_message: format!(
            "Response payload size exceeded maximum allowed payload size ({PAYLOAD_LIMIT} bytes)."
        ),
    };
    endpoint.answer(&request_id, Err(too_large));
    StatusCode::PAYLOAD_TOO_LARGE
}

async fn error(
    State(endpoint): State<Arc<Endpoint>>,
    Path(request_id): Path<String>,
    body: Bytes,
) -> StatusCode {
    endpoint.answer(&request_id, Err(FunctionError::parse(&body)))
}

async fn init_error(State(endpoint): State<Arc<Endpoint>>, body: Bytes) -> StatusCode {
    *endpoint.init_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(FunctionError::parse(&body));
    StatusCode::ACCEPTED
}
