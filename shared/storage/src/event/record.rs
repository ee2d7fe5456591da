//! Writing what a provider says now: only what changed, never over newer data.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use chrono::{DateTime, Utc};
use domain::start::Rfc3339;
use domain::sync::{Slice, SliceName};
use domain::{EventKey, ExternalEvent};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize;

use super::item::{self, SourceAttributes};
use crate::error::StorageError;
use crate::store::Store;
use crate::update::{Update, text};

/// How many writes are under way at once.
const CONCURRENCY: usize = 16;

/// How often a write starts over because an import came in between: each event is imported once, withdrawn seldom.
const MAX_ROUNDS: usize = 4;

/// What became of a set of events.
#[derive(Debug, Default)]
pub struct Recorded {
    /// How many were new.
    pub created: u64,
    /// How many differed from what was stored.
    pub updated: u64,
    /// How many were as stored, or older than what is stored: nothing was written.
    pub unchanged: u64,
    /// Those that could not be written.
    pub failed: Vec<(EventKey, StorageError)>,
}

enum Outcome {
    Created,
    Updated,
    Unchanged,
}

/// What of a stored event decides whether and how it is written.
#[derive(Debug, Clone, Deserialize)]
struct StoredState {
    event_key: EventKey,
    fingerprint: String,
    synced_at: DateTime<Utc>,
    slice: Option<SliceName>,
    local_event_id: Option<u64>,
}

impl Store {
    /// Brings the store up to date with `events` as their provider showed them at `seen_at`.
    ///
    /// An unchanged event costs 0.5 read units and no write; a changed one is one conditional write, which leaves
    /// `created_at` and the import alone and never replaces what was seen later. Of an event that comes twice the
    /// last counts. A write that fails is named and spoils no other; an error means that nothing was written.
    pub async fn record(
        &self,
        events: &[ExternalEvent],
        seen_at: DateTime<Utc>,
    ) -> Result<Recorded, StorageError> {
        self.record_seen(events, None, seen_at).await
    }

    /// The same for events that a sync saw in a slice, which each of them remembers: unless it changes, that is one write
    /// in its life.
    pub async fn record_slice(
        &self,
        slice: &Slice,
        events: &[ExternalEvent],
        seen_at: DateTime<Utc>,
    ) -> Result<Recorded, StorageError> {
        self.record_seen(events, Some(&slice.into()), seen_at).await
    }

    /// Notes that events did not come with a slice any more, of which is not known whether they are gone: from now on they
    /// say only when they were last seen as they are stored.
    pub async fn forget_slice(&self, slice: &Slice, keys: &[EventKey]) -> Result<(), StorageError> {
        let slice = SliceName::from(slice);
        stream::iter(keys)
            .map(|key| self.forget_slice_of(&slice, key))
            .buffer_unordered(CONCURRENCY)
            .try_for_each(|()| async { Ok(()) })
            .await
    }

    async fn forget_slice_of(&self, slice: &SliceName, key: &EventKey) -> Result<(), StorageError> {
        let update = Update::default()
            .set("slice", None)
            .only_if("#slice = :slice")
            .value("slice", text(slice));
        let answer = self
            .client
            .update_item()
            .table_name(&self.tables.events)
            .set_key(Some(item::key(key)))
            .set_update_expression(update.expression())
            .set_condition_expression(update.condition())
            .set_expression_attribute_names(update.names())
            .set_expression_attribute_values(update.values())
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(StorageError::of("forgetting a slice", error)),
            },
        }
    }

    async fn record_seen(
        &self,
        events: &[ExternalEvent],
        slice: Option<&SliceName>,
        seen_at: DateTime<Utc>,
    ) -> Result<Recorded, StorageError> {
        let latest: HashMap<&EventKey, &ExternalEvent> =
            events.iter().map(|event| (&event.key, event)).collect();
        let keys: Vec<EventKey> = latest.keys().copied().cloned().collect();
        let stored: Vec<StoredState> = self
            .read_attributes(
                &keys,
                &["event_key", "fingerprint", "synced_at", "slice", "local_event_id"],
            )
            .await?;
        let stored: HashMap<EventKey, StoredState> = stored
            .into_iter()
            .map(|state| (state.event_key.clone(), state))
            .collect();
        let mut writes = stream::iter(latest.into_values().map(|event| {
            let state = stored.get(&event.key).cloned();
            async move { (event, self.record_one(event, slice, seen_at, state).await) }
        }))
        .buffer_unordered(CONCURRENCY);
        let mut recorded = Recorded::default();
        while let Some((event, outcome)) = writes.next().await {
            match outcome {
                Ok(Outcome::Created) => recorded.created += 1,
                Ok(Outcome::Updated) => recorded.updated += 1,
                Ok(Outcome::Unchanged) => recorded.unchanged += 1,
                Err(error) => recorded.failed.push((event.key.clone(), error)),
            }
        }
        Ok(recorded)
    }

    async fn record_one(
        &self,
        event: &ExternalEvent,
        slice: Option<&SliceName>,
        seen_at: DateTime<Utc>,
        mut state: Option<StoredState>,
    ) -> Result<Outcome, StorageError> {
        let fingerprint = item::fingerprint(event)?;
        // Whole seconds, as they are stored.
        let seen_second = seen_at.timestamp();
        for _ in 0..MAX_ROUNDS {
            if state.as_ref().is_some_and(|state| {
                let is_placed = slice.is_none() || state.slice.is_some();
                (state.fingerprint == fingerprint && is_placed) || state.synced_at.timestamp() > seen_second
            }) {
                return Ok(Outcome::Unchanged);
            }
            let imported = state.as_ref().is_some_and(|state| state.local_event_id.is_some());
            match self.write(event, slice, seen_at, imported).await? {
                Written::Over(None) => return Ok(Outcome::Created),
                Written::Over(Some(old)) if old.get("fingerprint") == Some(&text(&fingerprint)) => {
                    return Ok(Outcome::Unchanged);
                }
                Written::Over(Some(_)) => return Ok(Outcome::Updated),
                Written::Not(item) => {
                    let item = serde_dynamo::from_item(item)
                        .map_err(|error| StorageError::unreadable("external event", error))?;
                    state = Some(item);
                }
            }
        }
        Err(StorageError::contended("recording an event"))
    }

    /// One conditional write: an imported event never expires, so a write must know whether it is imported.
    async fn write(
        &self,
        event: &ExternalEvent,
        slice: Option<&SliceName>,
        seen_at: DateTime<Utc>,
        imported: bool,
    ) -> Result<Written, StorageError> {
        let retention = (!imported).then_some(self.retention);
        let mark = if imported {
            "attribute_exists"
        } else {
            "attribute_not_exists"
        };
        let update = SourceAttributes::of(event, seen_at, retention)?.update(seen_at);
        let (update, news) = match slice {
            Some(slice) => (
                update.set("slice", text(slice)),
                "(#fingerprint <> :fingerprint OR attribute_not_exists(#slice))",
            ),
            None => (update, "#fingerprint <> :fingerprint"),
        };
        let update = update
            .only_if(format!(
                "attribute_not_exists(#event_key) OR \
                 (#synced_at <= :seen_at AND {news} AND {mark}(#local_event_id))"
            ))
            .value("seen_at", text(Rfc3339(seen_at)));
        let answer = self
            .client
            .update_item()
            .table_name(&self.tables.events)
            .set_key(Some(item::key(&event.key)))
            .set_update_expression(update.expression())
            .set_condition_expression(update.condition())
            .set_expression_attribute_names(update.names())
            .set_expression_attribute_values(update.values())
            .return_values(ReturnValue::UpdatedOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(Written::Over(answer.attributes.filter(|old| !old.is_empty()))),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failure)) => {
                    Ok(Written::Not(failure.item.clone().unwrap_or_default()))
                }
                _ => Err(StorageError::of("recording an event", error)),
            },
        }
    }
}

/// What a conditional write did.
enum Written {
    /// Written, over these attributes if there were any.
    Over(Option<HashMap<String, AttributeValue>>),
    /// Not written: the item as it is.
    Not(HashMap<String, AttributeValue>),
}
