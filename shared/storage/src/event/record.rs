//! Writing what a provider says now.

use chrono::{DateTime, Utc};
use domain::{EventKey, ExternalEvent};

use crate::error::StorageError;
use crate::store::Store;

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

impl Store {
    /// Brings the store up to date with `events` as their provider showed them at `seen_at`.
    pub async fn record(
        &self,
        events: &[ExternalEvent],
        seen_at: DateTime<Utc>,
    ) -> Result<Recorded, StorageError> {
        let _ = (events, seen_at);
        unimplemented!()
    }
}
