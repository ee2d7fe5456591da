//! How the sources fare and when they were last read: asked for with almost every answer, changed now and then.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::sync::Coverage;
use storage::{Sources, StorageError, Store};

use crate::error::chain;
use crate::recent::Recent;

/// How long a process takes what it read for what there is. `last_synced` is by that much older than it could be, at
/// most, and still true.
const GOOD_FOR: TimeDelta = TimeDelta::seconds(5);

/// What the store keeps of the sources, as this process read it at most five seconds ago.
#[derive(Debug)]
pub struct RecentSources {
    store: Store,
    recent: Recent<Arc<Sources>>,
}

impl RecentSources {
    /// That in `store`.
    pub const fn new(store: Store) -> Self {
        Self {
            store,
            recent: Recent::new(GOOD_FOR),
        }
    }

    /// Reads it before the first request, which thus finds the connection open and it at hand. A failure is left for that
    /// request to find.
    pub async fn warm(&self) {
        if let Err(error) = self.read(Utc::now()).await {
            tracing::debug!(error = chain(&error), "the store is not reachable yet");
        }
    }

    /// What is kept of every source.
    pub async fn read(&self, now: DateTime<Utc>) -> Result<Arc<Sources>, StorageError> {
        if let Some(sources) = self.recent.get(now) {
            return Ok(sources);
        }
        let sources = Arc::new(self.store.sources().await?);
        self.recent.keep(Arc::clone(&sources), now);
        Ok(sources)
    }

    /// What was last read to its end of every catalogue.
    pub async fn coverage(&self, now: DateTime<Utc>) -> Result<Coverage, StorageError> {
        Ok(self.read(now).await?.coverage())
    }
}
