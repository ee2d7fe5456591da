//! The one way to read all of a table: piece by piece, for the comparison of the counters with what they count. What asks
//! on behalf of a caller has no use for it.

use domain::EventKey;
use serde::Deserialize;

use super::item;
use crate::error::StorageError;
use crate::store::Store;

/// Some of the stored events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannedKeys {
    /// Their keys.
    pub keys: Vec<EventKey>,
    /// Where to go on; `None` at the end.
    pub next: Option<EventKey>,
}

impl Store {
    /// The keys of the next stored events, `limit` at most, in an order of the table's own: half a read unit for each 4 KB.
    pub async fn scan_events(
        &self,
        after: Option<&EventKey>,
        limit: u32,
    ) -> Result<ScannedKeys, StorageError> {
        #[derive(Deserialize)]
        struct KeyItem {
            event_key: EventKey,
        }
        let answer = self
            .client
            .scan()
            .table_name(&self.tables.events)
            .projection_expression("event_key")
            .set_exclusive_start_key(after.map(item::key))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|error| StorageError::of("reading all events", error))?;
        let read = |items| {
            let items: Vec<KeyItem> = serde_dynamo::from_items(items)
                .map_err(|error| StorageError::unreadable("event key", error))?;
            Ok::<_, StorageError>(items.into_iter().map(|item| item.event_key))
        };
        let keys = read(answer.items.unwrap_or_default())?.collect();
        let mut next = read(answer.last_evaluated_key.into_iter().collect())?;
        Ok(ScannedKeys {
            keys,
            next: next.next(),
        })
    }
}
