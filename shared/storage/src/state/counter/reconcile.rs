//! Comparing counters with what they count, and mending them while they move.

use aws_sdk_dynamodb::types::TransactWriteItem;
use chrono::{DateTime, Utc};
use domain::tally::{Counted, Counter, Step, Steps, add_change};
use domain::{EventKey, StoredEvent};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize;

use super::marker::{self, Marker, Over};
use super::{MAX_ACTIONS, MOVES, PARTITION, PLACES};
use crate::error::StorageError;
use crate::event::item;
use crate::store::Store;
use crate::transaction::Transacted;
use crate::update::{Update, number, text};

/// How many reads are under way at once.
const CONCURRENCY: usize = 32;

/// Some of the markers of a bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct Markers {
    /// What events are counted as; nothing of one that is known to be gone.
    pub counted: Vec<(EventKey, Option<Counted>)>,
    /// Whether these are the last of the bucket.
    pub is_last: bool,
}

/// An event that was counted otherwise than it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// What it was counted as.
    pub before: Option<Counted>,
    /// What it is; `None` if it is gone.
    pub after: Option<Counted>,
}

/// A counter that was not what it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The counter.
    pub counter: Counter,
    /// What it said.
    pub was: Step,
    /// What it says now.
    pub is: Step,
}

impl Store {
    /// Over how many buckets the markers are spread.
    pub const MARKER_BUCKETS: u8 = marker::BUCKETS;

    /// Those of `keys` that are not counted.
    pub async fn uncounted(&self, keys: &[EventKey]) -> Result<Vec<EventKey>, StorageError> {
        let markers = stream::iter(keys)
            .map(|key| async move { Ok((key, self.marker(key, false).await?)) })
            .buffered(CONCURRENCY);
        let uncounted = markers.try_filter_map(|(key, marker)| async move {
            let is_counted = marker.is_some_and(|marker| marker.counted().is_some());
            Ok((!is_counted).then(|| key.clone()))
        });
        uncounted.try_collect().await
    }

    /// The next markers of a bucket, `limit` at most, as they are at this instant.
    pub async fn markers(
        &self,
        bucket: u8,
        after: Option<&EventKey>,
        limit: u32,
    ) -> Result<Markers, StorageError> {
        let partition = marker::partition(bucket);
        let answer = self
            .client
            .query()
            .table_name(&self.tables.state)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(&partition))
            .set_exclusive_start_key(after.map(|key| crate::state::key(&partition, key.to_string())))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StorageError::of("reading markers", error))?;
        let is_last = answer.last_evaluated_key.is_none();
        let read = |mut item: crate::state::Item| {
            let key = item.remove("sk").and_then(|key| key.as_s().ok()?.parse().ok());
            let key: EventKey = key.ok_or_else(|| StorageError::unreadable("marker", "it is of no event"))?;
            Ok((key, Marker::read(item)?.into_counted()))
        };
        let items = answer.items.unwrap_or_default().into_iter();
        Ok(Markers {
            counted: items.map(read).collect::<Result<_, _>>()?,
            is_last,
        })
    }

    /// Makes the marker of an event say what the event is, and moves the counters with it; `None` if it did, or if whoever
    /// counts the event's changes is at it.
    ///
    /// The marker is read before the event, and written only over itself: if the event changes in between, whoever counts
    /// its changes comes after, and finds in the marker what to start from. Imports are left for them to count: how many
    /// there ever were no table tells.
    pub async fn mend_marker(
        &self,
        key: &EventKey,
        now: DateTime<Utc>,
    ) -> Result<Option<Mended>, StorageError> {
        let seen = self.marker(key, true).await?;
        let stored = self.event_now(key).await?;
        let before = seen.as_ref().and_then(Marker::counted).cloned();
        let after = stored.as_ref().map(Counted::of);
        if before == after {
            return Ok(None);
        }
        let mut steps = Steps::new();
        add_change(&mut steps, before.as_ref(), after.as_ref());
        let marker = Marker::mended(seen.as_ref(), after.clone());
        let mut actions = vec![self.put_marker(key, Over::Same(seen.as_ref()), &marker, now)?];
        for (counter, step) in &steps {
            actions.push(self.step(counter, *step)?);
        }
        actions.push(self.one_more_move(None, 0)?);
        match self.transact(actions, None, "mending a marker").await? {
            Transacted::Done => Ok(Some(Mended { before, after })),
            Transacted::Refused(_) => Ok(None),
        }
    }

    /// How many transactions have moved the counters.
    pub async fn moves(&self) -> Result<u64, StorageError> {
        #[derive(Deserialize)]
        struct MovesItem {
            moves: u64,
        }
        let item = self
            .state_item_now(crate::state::key(PARTITION, MOVES), "reading moves")
            .await?;
        let moves = item.map(|item| crate::state::read::<MovesItem>("number of moves", item));
        Ok(moves.transpose()?.map_or(0, |item| item.moves))
    }

    /// Makes the counters say `totals`, unless they made another move than the `moves` after which these were right:
    /// then nothing is known, and `None` given back.
    pub async fn mend_counters(
        &self,
        totals: &Steps,
        mut moves: u64,
    ) -> Result<Option<Vec<Difference>>, StorageError> {
        let said = self.counters().await?;
        let names = said.keys().chain(totals.keys());
        let mut differences: Vec<Difference> = names
            .map(|counter| Difference {
                counter: counter.clone(),
                was: said.get(counter).copied().unwrap_or_default(),
                is: totals.get(counter).copied().unwrap_or_default(),
            })
            .filter(|difference| difference.was != difference.is)
            .collect();
        differences.sort_by(|one, other| one.counter.cmp(&other.counter));
        differences.dedup();
        if self.moves().await? != moves {
            return Ok(None);
        }
        for chunk in differences.chunks(MAX_ACTIONS - 1) {
            let mut actions = chunk
                .iter()
                .map(|difference| self.set_counter(&difference.counter, difference.is))
                .collect::<Result<Vec<_>, _>>()?;
            actions.push(self.one_more_move(Some(moves), 0)?);
            match self.transact(actions, None, "mending counters").await? {
                Transacted::Done => moves += 1,
                Transacted::Refused(_) => return Ok(None),
            }
        }
        Ok(Some(differences))
    }

    fn set_counter(&self, counter: &Counter, total: Step) -> Result<TransactWriteItem, StorageError> {
        let update = Update::default()
            .set("events", number(total.events))
            .set("imported", number(total.imported));
        let update = match counter {
            Counter::City(place) => update
                .set_once("city", text(&place.city))
                .set("ranking", text(PLACES)),
            _ => update,
        };
        self.counter_action(super::key(counter), &update)
    }

    async fn marker(&self, key: &EventKey, is_now: bool) -> Result<Option<Marker>, StorageError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.tables.state)
            .set_key(Some(marker::marker_key(key)))
            .consistent_read(is_now)
            .send()
            .await
            .map_err(|error| StorageError::of("reading a marker", error))?;
        answer.item.map(Marker::read).transpose()
    }

    async fn event_now(&self, key: &EventKey) -> Result<Option<StoredEvent>, StorageError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.tables.events)
            .set_key(Some(item::key(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StorageError::of("reading an event", error))?;
        answer.item.map(item::stored_event).transpose()
    }
}
