//! Reading events by key.

use std::collections::HashMap;

use domain::{EventKey, Import, StoredEvent};

use crate::error::StorageError;
use crate::store::Store;

impl Store {
    /// The event stored under `key`: one eventually consistent read, 0.5 read units for each 4 KB.
    pub async fn event(&self, key: &EventKey) -> Result<Option<StoredEvent>, StorageError> {
        let _ = key;
        unimplemented!()
    }

    /// Those of `keys` that are stored.
    pub async fn events(&self, keys: &[EventKey]) -> Result<HashMap<EventKey, StoredEvent>, StorageError> {
        let _ = keys;
        unimplemented!()
    }

    /// The marks of those of `keys` that are imported.
    pub async fn imports(&self, keys: &[EventKey]) -> Result<HashMap<EventKey, Import>, StorageError> {
        let _ = keys;
        unimplemented!()
    }
}
