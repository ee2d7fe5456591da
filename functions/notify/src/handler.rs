//! Changes of the tables become messages, and messages become calls of the webhook.

use std::convert::Infallible;
use std::time::Duration;

use aws_lambda_events::event::dynamodb::Event;
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use chrono::{DateTime, Utc};
use edge::Invocation;
use edge::batch::{self, Delivery, Outcome};
use edge::error::chain;
use edge::webhook::{Notification, Webhook};
use http::StatusCode;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::context::Context;
use crate::notice::notification;

/// The pauses after the first failed attempts, as the Standard Webhooks specification suggests them; the last one
/// stays. The queue's redrive policy ends it.
const PAUSES: [Duration; 6] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
];

/// What invokes this function.
#[derive(Debug)]
pub enum Trigger {
    /// Changes of a table.
    Changes(Event),
    /// Notifications to deliver.
    Messages(SqsEvent),
}

impl<'de> Deserialize<'de> for Trigger {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = Value::deserialize(deserializer)?;
        let source = event.pointer("/Records/0/eventSource").and_then(Value::as_str);
        match source {
            Some("aws:sqs") => serde_json::from_value(event).map(Self::Messages),
            _ => serde_json::from_value(event).map(Self::Changes),
        }
        .map_err(D::Error::custom)
    }
}

/// What comes again.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Report {
    /// Changes, from the first that failed on.
    Changes(DynamoDbEventResponse),
    /// Messages.
    Messages(SqsBatchResponse),
}

/// Handles what invoked this function; what fails comes again.
pub async fn handle(
    context: &Context,
    trigger: Trigger,
    invocation: Invocation,
) -> Result<Report, Infallible> {
    Ok(match trigger {
        Trigger::Changes(event) => Report::Changes(announce(context, event).await),
        Trigger::Messages(event) => Report::Messages(
            batch::run(&context.queue, event, |delivery| {
                deliver(context, delivery, invocation.now)
            })
            .await,
        ),
    })
}

/// Queues a notification for each change that is one to be told. A batch that comes again makes the same ones, which
/// their ids tell the receiver.
async fn announce(context: &Context, event: Event) -> DynamoDbEventResponse {
    if context.webhook.is_none() {
        return DynamoDbEventResponse::default();
    }
    let mut first = None;
    let mut notifications = Vec::new();
    let mut unreadable = None;
    for record in event.records {
        let sequence_number = record.change.sequence_number.clone();
        first = first.or_else(|| sequence_number.clone());
        match notification(record) {
            Ok(notification) => notifications.extend(notification),
            Err(error) => {
                tracing::error!(error = chain(&error), sequence_number, "a change cannot be read");
                unreadable = Some(sequence_number);
                break;
            }
        }
    }
    match context.queue.send_all(&notifications).await {
        Ok(()) => unreadable.map_or_else(DynamoDbEventResponse::default, again_from),
        Err(error) => {
            tracing::error!(error = chain(&error), "notifications not queued");
            again_from(first)
        }
    }
}

fn again_from(sequence_number: Option<String>) -> DynamoDbEventResponse {
    let mut failure = DynamoDbBatchItemFailure::default();
    failure.item_identifier = sequence_number;
    let mut response = DynamoDbEventResponse::default();
    response.batch_item_failures.push(failure);
    response
}

/// Makes one attempt.
async fn deliver(context: &Context, delivery: Delivery<Notification>, now: DateTime<Utc>) -> Outcome {
    let Some(webhook) = &context.webhook else {
        tracing::warn!(webhook.id = delivery.job.id, "nobody is to be notified any more");
        return Outcome::Done;
    };
    match context.store.is_gone(webhook.address()).await {
        Ok(false) => attempt(context, webhook, &delivery, now).await,
        Ok(true) => gone(),
        Err(error) => {
            tracing::warn!(
                error = chain(&error),
                "it is not known whether deliveries are stopped"
            );
            retry(delivery.receive_count, None)
        }
    }
}

async fn attempt(
    context: &Context,
    webhook: &Webhook,
    delivery: &Delivery<Notification>,
    now: DateTime<Utc>,
) -> Outcome {
    let id = &delivery.job.id;
    match webhook.send(&delivery.job, now).await {
        Ok(receipt) if receipt.status.is_success() => {
            tracing::info!(webhook.id = id, status = receipt.status.as_u16(), "notified");
            Outcome::Done
        }
        Ok(receipt) if receipt.status == StatusCode::GONE => {
            tracing::error!(webhook.id = id, "the receiver is gone: deliveries stop");
            match context.store.mark_gone(webhook.address(), now).await {
                Ok(()) => gone(),
                Err(error) => {
                    tracing::error!(error = chain(&error), "deliveries could not be stopped");
                    retry(delivery.receive_count, None)
                }
            }
        }
        Ok(receipt) => {
            tracing::warn!(webhook.id = id, status = receipt.status.as_u16(), "not notified");
            retry(delivery.receive_count, receipt.retry_after)
        }
        Err(error) => {
            tracing::warn!(webhook.id = id, error = chain(&error), "not notified");
            retry(delivery.receive_count, None)
        }
    }
}

fn gone() -> Outcome {
    Outcome::Poison {
        reason: "the receiver answered 410 Gone: deliveries are stopped".to_owned(),
    }
}

fn retry(receive_count: u32, wanted: Option<Duration>) -> Outcome {
    let index = receive_count.saturating_sub(1) as usize;
    let pause = PAUSES[index.min(PAUSES.len() - 1)];
    Outcome::Retry {
        after: Some(wanted.map_or(pause, |wanted| wanted.max(pause))),
    }
}
