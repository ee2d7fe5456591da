//! The platform's own events in the store.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{LocalEvent, LocalEventId};

use crate::error::StorageError;
use crate::store::Store;
use crate::update::number;

impl Store {
    /// The local event with this id: one eventually consistent read.
    pub async fn local_event(&self, id: LocalEventId) -> Result<Option<LocalEvent>, StorageError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.tables.local_events)
            .key("id", number(id))
            .send()
            .await
            .map_err(|error| StorageError::of("reading a local event", error))?;
        answer
            .item
            .map(serde_dynamo::from_item)
            .transpose()
            .map_err(|error| StorageError::unreadable("local event", error))
    }
}

/// The item of a local event: its fields, by their names.
pub(crate) fn local_event_item(
    local_event: &LocalEvent,
) -> Result<HashMap<String, AttributeValue>, StorageError> {
    serde_dynamo::to_item(local_event).map_err(|error| StorageError::unwritable("local event", error))
}
