//! A batch of messages, each handled alone: what becomes of one is nothing to the others.

use std::time::Duration;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use tracing::Instrument as _;

use crate::error::chain;
use crate::metric;
use crate::queue::JobQueue;
use crate::trace::Trace;

/// A job as it was delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery<T> {
    /// The job.
    pub job: T,
    /// How often its message was delivered, this time included.
    pub receive_count: u32,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is dealt with, and gone.
    Done,
    /// It comes again: after the given time, else after the queue's visibility timeout.
    Retry {
        /// How long it stays hidden from now on.
        after: Option<Duration>,
    },
    /// No repetition mends it: it rests in the dead-letter queue.
    Poison {
        /// Why.
        reason: String,
    },
}

/// Handles the messages of `event` one after the other; a body that is no `T` is poison. The answer names those that
/// come again.
pub async fn run<T, F>(
    queue: &JobQueue,
    event: SqsEvent,
    handle: impl Fn(Delivery<T>) -> F,
) -> SqsBatchResponse
where
    T: DeserializeOwned,
    F: Future<Output = Outcome>,
{
    let mut response = SqsBatchResponse::default();
    for message in event.records {
        let id = message.message_id.clone().unwrap_or_default();
        // The message's trace, not that of the poller which happened to fetch it.
        let trace = message.attributes.get("AWSTraceHeader").map(Trace::of);
        let trace = trace.or_else(Trace::current);
        let span = tracing::error_span!(
            "message",
            message_id = id,
            trace_id = trace.as_ref().map(Trace::id)
        );
        let work = settle(queue, &message, &handle).instrument(span);
        if !Trace::within(trace, work).await {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            response.batch_item_failures.push(failure);
        }
    }
    response
}

/// Whether the message is dealt with.
async fn settle<T, F>(queue: &JobQueue, message: &SqsMessage, handle: impl Fn(Delivery<T>) -> F) -> bool
where
    T: DeserializeOwned,
    F: Future<Output = Outcome>,
{
    if let Some(age) = age(message) {
        metric::queue_age(age);
    }
    let body = message.body.as_deref().unwrap_or_default();
    let outcome = match serde_json::from_str(body) {
        Ok(job) => {
            handle(Delivery {
                job,
                receive_count: receive_count(message),
            })
            .await
        }
        Err(error) => Outcome::Poison {
            reason: format!("not readable as a job: {error}"),
        },
    };
    match outcome {
        Outcome::Done => true,
        Outcome::Retry { after } => {
            if let (Some(delay), Some(handle)) = (after, &message.receipt_handle)
                && let Err(error) = queue.postpone(handle, delay).await
            {
                // It then comes back by the visibility timeout, earlier than wanted but not lost.
                tracing::warn!(error = chain(&error), "the message could not be postponed");
            }
            false
        }
        Outcome::Poison { reason } => {
            tracing::error!(reason, "the message goes to the dead-letter queue");
            // What cannot be buried comes again, until the queue itself moves it.
            queue
                .bury(body, &reason)
                .await
                .inspect_err(|error| tracing::error!(error = chain(error), "the message could not be buried"))
                .is_ok()
        }
    }
}

/// How long ago the message was sent.
fn age(message: &SqsMessage) -> Option<Duration> {
    let sent_at = message.attributes.get("SentTimestamp")?.parse().ok()?;
    let age = Utc::now() - DateTime::from_timestamp_millis(sent_at)?;
    age.to_std().ok()
}

fn receive_count(message: &SqsMessage) -> u32 {
    let count = message.attributes.get("ApproximateReceiveCount");
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
}
