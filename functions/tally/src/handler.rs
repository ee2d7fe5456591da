//! Batches of the stream of ExternalEvents.

use std::convert::Infallible;

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use edge::Invocation;
use edge::error::chain;
use storage::{Change, ChangeOrder, StorageError, event_key_from_item, stored_event_from_image};

use crate::context::Context;

/// Moves the counters by a batch of changes. What could not be counted comes again, from the first such record on;
/// what was counted before does not count twice.
pub async fn handle(
    context: &Context,
    event: Event,
    invocation: Invocation,
) -> Result<DynamoDbEventResponse, Infallible> {
    let first = event
        .records
        .first()
        .and_then(|record| record.change.sequence_number.clone());
    let mut changes = Vec::with_capacity(event.records.len());
    let mut unreadable = None;
    for record in event.records {
        let sequence_number = record.change.sequence_number.clone();
        match change(record) {
            Ok(change) => changes.push(change),
            Err(error) => {
                tracing::error!(error = chain(&error), sequence_number, "a change cannot be read");
                unreadable = Some(sequence_number);
                break;
            }
        }
    }
    let response = match context.store.apply_changes(&changes, invocation.now).await {
        Ok(applied) => {
            tracing::info!(
                changes.counted = applied.counted,
                changes.repeated = applied.repeated,
                changes.unmoved = applied.unmoved,
                "counters moved"
            );
            unreadable.map_or_else(DynamoDbEventResponse::default, again_from)
        }
        Err(error) => {
            tracing::error!(
                error = chain(&error),
                changes.total = changes.len(),
                "counters not moved"
            );
            again_from(first)
        }
    };
    Ok(response)
}

fn change(record: EventRecord) -> Result<Change, StorageError> {
    let stream = record.event_source_arn.unwrap_or_default();
    let sequence_number = record.change.sequence_number.unwrap_or_default();
    Ok(Change {
        key: event_key_from_item(record.change.keys)?,
        order: ChangeOrder::new(&stream, &sequence_number),
        before: stored_event_from_image(record.change.old_image)?,
        after: stored_event_from_image(record.change.new_image)?,
    })
}

fn again_from(sequence_number: Option<String>) -> DynamoDbEventResponse {
    let mut failure = DynamoDbBatchItemFailure::default();
    failure.item_identifier = sequence_number;
    let mut response = DynamoDbEventResponse::default();
    response.batch_item_failures.push(failure);
    response
}
