//! Imports: one transaction makes an external event one of the platform's own.

use chrono::{DateTime, Utc};
use domain::{ExternalEvent, LocalEvent, LocalEventDraft, LocalEventId, StoredEvent};

use crate::error::StorageError;
use crate::store::Store;

/// What was validated, which the import must still find.
#[derive(Debug, Clone, Copy)]
pub enum Basis<'a> {
    /// An event from the store.
    Stored(&'a StoredEvent),
    /// An event that was not in the store, fresh from its provider: the import stores it too.
    Fetched(&'a ExternalEvent),
}

/// An import about to be made.
#[derive(Debug, Clone)]
pub struct NewImport<'a> {
    /// The external event.
    pub basis: Basis<'a>,
    /// The local event it becomes.
    pub draft: LocalEventDraft,
    /// The user who imports it.
    pub created_by: String,
    /// The time of the import.
    pub now: DateTime<Utc>,
}

/// What came of an import.
#[derive(Debug, Clone, PartialEq)]
pub enum ImportOutcome {
    /// The local event that now exists.
    Imported(LocalEvent),
    /// Somebody was first: nothing was written.
    AlreadyImported(LocalEventId),
    /// The external event is not what was validated: nothing was written, read and validate again.
    Changed,
}

impl Store {
    /// Imports an event, once however many try.
    pub async fn import(&self, import: NewImport<'_>) -> Result<ImportOutcome, StorageError> {
        let _ = import;
        unimplemented!()
    }

    /// The latest `limit` imports of `months` (`2026-11`, newest first), newest first, without their descriptions.
    pub async fn recent_imports(
        &self,
        months: &[String],
        limit: u32,
    ) -> Result<Vec<StoredEvent>, StorageError> {
        let _ = (months, limit);
        unimplemented!()
    }
}
