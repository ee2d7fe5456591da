//! The platform's own events in the store.

use domain::{LocalEvent, LocalEventId};

use crate::error::StorageError;
use crate::store::Store;

impl Store {
    /// The local event with this id: one eventually consistent read.
    pub async fn local_event(&self, id: LocalEventId) -> Result<Option<LocalEvent>, StorageError> {
        let _ = id;
        unimplemented!()
    }
}
