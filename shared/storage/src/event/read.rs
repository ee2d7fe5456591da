//! Reading events by key.

use std::collections::{HashMap, HashSet};

use domain::{EventKey, Import, StoredEvent, StoredOutline};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::item::{self, Mark, OutlineItem};
use crate::error::StorageError;
use crate::store::{Item, Store};

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
        let events = self.read_items(keys, &[]).await?.into_iter();
        events
            .map(|item| {
                let stored = item::stored_event(item)?;
                Ok((stored.event.key.clone(), stored))
            })
            .collect()
    }

    /// What is known of those of `keys` that are stored, beside what their sources say. DynamoDB bills the whole items
    /// all the same.
    pub async fn outlines(
        &self,
        keys: &[EventKey],
    ) -> Result<HashMap<EventKey, StoredOutline>, StorageError> {
        let items: Vec<OutlineItem> = self.read_attributes(keys, item::OUTLINE).await?;
        Ok(items.into_iter().map(OutlineItem::outline).collect())
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
            .read_attributes(keys, &["event_key", "local_event_id", "imported_at"])
            .await?;
        Ok(items
            .into_iter()
            .filter_map(|item| Some((item.event_key, item.mark.import()?)))
            .collect())
    }

    /// These attributes of those of `keys` that are stored. DynamoDB bills the whole items all the same.
    pub(crate) async fn read_attributes<T: DeserializeOwned>(
        &self,
        keys: &[EventKey],
        attributes: &[&str],
    ) -> Result<Vec<T>, StorageError> {
        let items = self.read_items(keys, attributes).await?;
        serde_dynamo::from_items(items).map_err(|error| StorageError::unreadable("external event", error))
    }

    async fn read_items(&self, keys: &[EventKey], attributes: &[&str]) -> Result<Vec<Item>, StorageError> {
        let mut seen = HashSet::new();
        let keys = keys.iter().filter(|key| seen.insert(*key));
        self.read_batch(
            &self.tables.events,
            keys.map(item::key).collect(),
            attributes,
            "reading events",
        )
        .await
    }
}
