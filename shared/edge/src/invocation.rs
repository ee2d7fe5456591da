//! Invocations that are no HTTP calls: schedules, queues, streams.

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use lambda_runtime::{LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::Instrument as _;

use crate::error::chain;
use crate::trace::Trace;

/// What is known of an invocation besides its event.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Lambda's id of it, the same for every retry of an asynchronous one.
    pub request_id: String,
    /// When it began.
    pub now: DateTime<Utc>,
}

/// Whether this is the process's first invocation, which waited for its start.
pub(crate) fn is_cold_start() -> bool {
    static FIRST: AtomicBool = AtomicBool::new(true);
    FIRST.swap(false, Ordering::Relaxed)
}

/// Serves a function's invocations until Lambda ends it. Every line in the log has the invocation's id; a failure is
/// logged with all its causes and given back to Lambda, whose retries then apply.
pub async fn serve_events<T, R, E, F>(
    handler: impl Fn(T, Invocation) -> F,
) -> Result<(), lambda_runtime::Error>
where
    T: DeserializeOwned,
    R: Serialize,
    E: Error + Send + Sync + 'static,
    F: Future<Output = Result<R, E>>,
{
    lambda_runtime::run(service_fn(async |event: LambdaEvent<T>| {
        let request_id = event.context.request_id;
        let trace = event.context.xray_trace_id.map(Trace::of);
        let span = tracing::error_span!(
            "invocation",
            request_id,
            trace_id = trace.as_ref().map(Trace::id),
            cold_start = is_cold_start(),
        );
        let invocation = Invocation {
            request_id,
            now: Utc::now(),
        };
        // Boxed: the layout of an SDK call's future, nested in the runtime's, is deeper than the compiler follows.
        let work = Box::pin(handler(event.payload, invocation)).instrument(span.clone());
        let outcome = Trace::within(trace, work).await;
        outcome.map_err(|error| {
            span.in_scope(|| tracing::error!(error = chain(&error), "the invocation failed"));
            lambda_runtime::Error::from(error)
        })
    }))
    .await
}
