//! The Lambda Runtime API for one process, which tells at once what the process asks and answers.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Router, serve::ListenerExt as _};
use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

use crate::error::BenchError;

/// What a process says.
#[derive(Debug)]
pub(crate) enum Said {
    /// It asks for an event.
    Next,
    /// It has answered.
    Answer(Bytes),
    /// It has failed.
    Error(Bytes),
}

/// The Runtime API of one process. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Api {
    /// `127.0.0.1:…`, for `AWS_LAMBDA_RUNTIME_API`.
    pub(crate) address: String,
    said: mpsc::UnboundedReceiver<Said>,
    events: mpsc::UnboundedSender<Bytes>,
    server: JoinHandle<()>,
}

struct Line {
    said: mpsc::UnboundedSender<Said>,
    events: Mutex<mpsc::UnboundedReceiver<Bytes>>,
}

impl Api {
    /// Starts it on a free port.
    pub(crate) async fn start() -> Result<Self, BenchError> {
        let failed = || BenchError::io("no port for the Runtime API");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed())?;
        let address = listener.local_addr().map_err(failed())?.to_string();
        let (saying, said) = mpsc::unbounded_channel();
        let (events, waiting) = mpsc::unbounded_channel();
        let line = Arc::new(Line {
            said: saying,
            events: Mutex::new(waiting),
        });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(error))
            .with_state(line);
        // Without this, small answers wait for the acknowledgement of what went before.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let server = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        Ok(Self {
            address,
            said,
            events,
            server,
        })
    }

    /// What the process says next; `None` after the end of the server.
    pub(crate) async fn said(&mut self) -> Option<Said> {
        self.said.recv().await
    }

    /// Has the process handle an event.
    pub(crate) fn send(&self, event: Bytes) {
        // The receiver lives as long as the server.
        let _received = self.events.send(event);
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(line): State<Arc<Line>>) -> Response {
    let _heard = line.said.send(Said::Next);
    let Some(event) = line.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let headers = [
        ("content-type", "application/json"),
        (
            "lambda-runtime-aws-request-id",
            "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        ),
        ("lambda-runtime-deadline-ms", "4102444800000"),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:000000000000:function:bench",
        ),
        (
            "lambda-runtime-trace-id",
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0",
        ),
    ];
    (headers, event).into_response()
}

async fn response(State(line): State<Arc<Line>>, body: Bytes) -> StatusCode {
    let _heard = line.said.send(Said::Answer(body));
    StatusCode::ACCEPTED
}

async fn error(State(line): State<Arc<Line>>, body: Bytes) -> StatusCode {
    let _heard = line.said.send(Said::Error(body));
    StatusCode::ACCEPTED
}
