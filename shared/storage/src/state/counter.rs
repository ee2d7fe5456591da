//! Counters, moved exactly once for each change.

use std::collections::{BTreeMap, HashSet};

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update as UpdateAction};
use chrono::{DateTime, TimeDelta, Utc};
use domain::StoredEvent;
use domain::tally::{Counter, Step, Steps, add_change};
use serde::Deserialize;

use crate::error::StorageError;
use crate::retry::pauses;
use crate::store::Store;
use crate::transaction::{is_condition, is_conflict};
use crate::update::{Update, number};

/// Where all counters are.
const PARTITION: &str = "COUNTERS";

/// The most actions of one transaction.
const MAX_ACTIONS: usize = 100;

/// The most bytes of a sort key.
const MAX_SORT_KEY: usize = 1024;

/// How long a change is known to be counted: twice the time for which a stream repeats it.
const MARKER_LIFETIME: TimeDelta = TimeDelta::days(2);

/// One change of one event, as the stream tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The stream's id of the change, by which a repeated delivery is recognised.
    pub id: String,
    /// The event before; `None` if it is new.
    pub before: Option<StoredEvent>,
    /// The event after; `None` if it is gone.
    pub after: Option<StoredEvent>,
}

/// What became of a set of changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    /// Changes that moved counters.
    pub counted: usize,
    /// Changes that had been counted before.
    pub repeated: usize,
    /// Changes that move no counter.
    pub unmoved: usize,
}

/// A change with the moves that it causes.
struct Move<'a> {
    id: &'a str,
    steps: Steps,
}

impl Store {
    /// All counters that are not zero, each with its totals: one query, however many events there are.
    pub async fn counters(&self) -> Result<BTreeMap<Counter, Step>, StorageError> {
        #[derive(Deserialize)]
        struct CounterItem {
            sk: String,
            events: i64,
            imported: i64,
        }
        let items = self.state_partition(PARTITION, "reading counters").await?;
        let items: Vec<CounterItem> =
            serde_dynamo::from_items(items).map_err(|error| StorageError::unreadable("counter", error))?;
        Ok(items
            .into_iter()
            .filter_map(|CounterItem { sk, events, imported }| {
                // A counter of a kind that is no longer kept counts for nothing.
                Some((sk.parse().ok()?, Step { events, imported }))
            })
            .filter(|(_, total)| *total != Step::default())
            .collect())
    }

    /// Moves the counters by `changes`, each exactly once however often it is delivered within two days of `now`.
    ///
    /// Each change that moves a counter leaves a marker in the transaction that moves the counters, so a repeated
    /// delivery, alone or among others, finds its marker and is left out.
    pub async fn apply_changes(
        &self,
        changes: &[Change],
        now: DateTime<Utc>,
    ) -> Result<Applied, StorageError> {
        let mut applied = Applied::default();
        let mut seen = HashSet::new();
        let mut chunk: Vec<Move<'_>> = Vec::new();
        let mut touched = HashSet::new();
        for change in changes {
            let mut steps = Steps::new();
            add_change(&mut steps, change.before.as_ref(), change.after.as_ref());
            if steps.is_empty() {
                applied.unmoved += 1;
            } else if !seen.insert(&change.id) {
                applied.repeated += 1;
            } else {
                let counters: HashSet<Counter> =
                    touched.union(&steps.keys().cloned().collect()).cloned().collect();
                if chunk.len() + 1 + counters.len() > MAX_ACTIONS {
                    self.apply_chunk(std::mem::take(&mut chunk), now, &mut applied)
                        .await?;
                    touched = steps.keys().cloned().collect();
                } else {
                    touched = counters;
                }
                chunk.push(Move {
                    id: &change.id,
                    steps,
                });
            }
        }
        self.apply_chunk(chunk, now, &mut applied).await?;
        Ok(applied)
    }

    /// Applies moves that fit one transaction, less those that were applied before.
    async fn apply_chunk(
        &self,
        mut moves: Vec<Move<'_>>,
        now: DateTime<Utc>,
        applied: &mut Applied,
    ) -> Result<(), StorageError> {
        let mut pauses = pauses();
        while !moves.is_empty() {
            let answer = self
                .client
                .transact_write_items()
                .set_transact_items(Some(self.actions(&moves, now)?))
                .send()
                .await;
            let Err(error) = answer else {
                applied.counted += moves.len();
                break;
            };
            let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
                error.as_service_error()
            else {
                return Err(StorageError::of("moving counters", error));
            };
            let reasons = cancelled.cancellation_reasons();
            // The markers come first among the actions, in the order of the moves.
            let mut markers = reasons.iter();
            let before = moves.len();
            moves.retain(|_| !markers.next().is_some_and(is_condition));
            let repeated = before - moves.len();
            applied.repeated += repeated;
            if repeated > 0 {
                continue;
            }
            if !reasons.iter().any(is_conflict) {
                return Err(StorageError::of("moving counters", error));
            }
            let pause = pauses
                .next()
                .ok_or_else(|| StorageError::contended("moving counters"))?;
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }

    fn actions(
        &self,
        moves: &[Move<'_>],
        now: DateTime<Utc>,
    ) -> Result<Vec<TransactWriteItem>, StorageError> {
        let expires_at = (now + MARKER_LIFETIME).timestamp();
        let mut totals = Steps::new();
        for (counter, step) in moves.iter().flat_map(|one| &one.steps) {
            let total = totals.entry(counter.clone()).or_default();
            total.events += step.events;
            total.imported += step.imported;
        }
        totals.retain(|_, total| *total != Step::default());
        let markers = moves.iter().map(|one| {
            let put = Put::builder()
                .table_name(&self.tables.state)
                .set_item(Some(super::key(format!("COUNTED#{}", one.id), "-")))
                .item("expires_at", number(expires_at))
                .condition_expression("attribute_not_exists(pk)")
                .build()
                .map_err(|error| StorageError::unwritable("marker", error))?;
            Ok(TransactWriteItem::builder().put(put).build())
        });
        let counters = totals.iter().map(|(counter, total)| {
            let update = Update::default()
                .add("events", number(total.events))
                .add("imported", number(total.imported));
            let action = UpdateAction::builder()
                .table_name(&self.tables.state)
                .set_key(Some(super::key(PARTITION, sort_key(counter))))
                .set_update_expression(update.expression())
                .set_expression_attribute_names(update.names())
                .set_expression_attribute_values(update.values())
                .build()
                .map_err(|error| StorageError::unwritable("counter", error))?;
            Ok(TransactWriteItem::builder().update(action).build())
        });
        markers.chain(counters).collect()
    }
}

/// The name of a counter, cut to what a sort key holds: a provider's city can have any length.
fn sort_key(counter: &Counter) -> String {
    let mut name = counter.to_string();
    name.truncate(name.floor_char_boundary(MAX_SORT_KEY));
    name
}
