//! Reading events by key.

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use domain::{EventKey, Import, StoredEvent};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::item::{self, Mark};
use crate::error::StorageError;
use crate::retry::pauses;
use crate::store::Store;

type Item = HashMap<String, AttributeValue>;

/// The most keys of one BatchGetItem.
const BATCH: usize = 100;

/// How many of them are under way at once.
const CONCURRENCY: usize = 4;

impl Store {
    /// The event stored under `key`: one eventually consistent read, 0.5 read units for each 4 KB.
    pub async fn event(&self, key: &EventKey) -> Result<Option<StoredEvent>, StorageError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.tables.events)
            .set_key(Some(item::key(key)))
            .send()
            .await
            .map_err(|error| StorageError::of("reading an event", error))?;
        answer.item.map(item::stored_event).transpose()
    }

    /// Those of `keys` that are stored.
    pub async fn events(&self, keys: &[EventKey]) -> Result<HashMap<EventKey, StoredEvent>, StorageError> {
        let items = self.read_items(keys, None).await?;
        by_key(items)
    }

    /// The same without their descriptions, which are most of what comes over the wire. DynamoDB bills whole items all
    /// the same.
    pub async fn events_in_brief(
        &self,
        keys: &[EventKey],
    ) -> Result<HashMap<EventKey, StoredEvent>, StorageError> {
        let items = self.read_items(keys, Some(item::BRIEF)).await?;
        by_key(items)
    }

    /// The marks of those of `keys` that are imported.
    pub async fn imports(&self, keys: &[EventKey]) -> Result<HashMap<EventKey, Import>, StorageError> {
        #[derive(Deserialize)]
        struct MarkedItem {
            event_key: EventKey,
            #[serde(flatten)]
            mark: Mark,
        }
        let items: Vec<MarkedItem> = self
            .read_attributes(keys, "event_key, local_event_id, imported_at")
            .await?;
        Ok(items
            .into_iter()
            .filter_map(|item| Some((item.event_key, item.mark.import()?)))
            .collect())
    }

    /// Some attributes of those of `keys` that are stored. DynamoDB bills the whole items all the same.
    pub(crate) async fn read_attributes<T: DeserializeOwned>(
        &self,
        keys: &[EventKey],
        attributes: &str,
    ) -> Result<Vec<T>, StorageError> {
        let items = self.read_items(keys, Some(attributes)).await?;
        serde_dynamo::from_items(items).map_err(|error| StorageError::unreadable("external event", error))
    }

    async fn read_items(
        &self,
        keys: &[EventKey],
        attributes: Option<&str>,
    ) -> Result<Vec<Item>, StorageError> {
        let mut seen = HashSet::new();
        let keys: Vec<_> = keys
            .iter()
            .filter(|key| seen.insert(*key))
            .map(item::key)
            .collect();
        let batches: Vec<_> = keys.chunks(BATCH).map(<[_]>::to_vec).collect();
        stream::iter(batches)
            .map(|batch| self.read_batch(batch, attributes))
            .buffered(CONCURRENCY)
            .try_concat()
            .await
    }

    /// Reads up to [`BATCH`] items, asking again for those that DynamoDB leaves out for want of capacity or room.
    async fn read_batch(&self, keys: Vec<Item>, attributes: Option<&str>) -> Result<Vec<Item>, StorageError> {
        let table = &self.tables.events;
        let request = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .set_projection_expression(attributes.map(str::to_owned))
            // One of the words that DynamoDB reserves.
            .set_expression_attribute_names(
                attributes
                    .filter(|attributes| attributes.contains("#status"))
                    .map(|_| HashMap::from([("#status".to_owned(), "status".to_owned())])),
            )
            .build()
            .map_err(|error| StorageError::unwritable("event key", error))?;
        let mut pending = HashMap::from([(table.clone(), request)]);
        let mut items = Vec::new();
        let mut pauses = pauses();
        loop {
            let answer = self
                .client
                .batch_get_item()
                .set_request_items(Some(pending))
                .send()
                .await
                .map_err(|error| StorageError::of("reading events", error))?;
            items.extend(
                answer
                    .responses
                    .into_iter()
                    .flatten()
                    .flat_map(|(_, items)| items),
            );
            pending = answer.unprocessed_keys.unwrap_or_default();
            if pending.is_empty() {
                return Ok(items);
            }
            let pause = pauses
                .next()
                .ok_or_else(|| StorageError::throttled("reading events"))?;
            tokio::time::sleep(pause).await;
        }
    }
}

fn by_key(items: Vec<Item>) -> Result<HashMap<EventKey, StoredEvent>, StorageError> {
    let events = items.into_iter().map(item::stored_event);
    events
        .map(|stored| stored.map(|stored| (stored.event.key.clone(), stored)))
        .collect()
}
