//! When what is stored was last read at its sources: asked for with almost every answer, changed by a sync now and then.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::sync::Coverage;
use storage::{LatestSync, StorageError, Store};

use crate::error::chain;
use crate::recent::Recent;

/// How long a process takes what it read for what there is. `last_synced` is by that much older than it could be, at
/// most, and still true.
const GOOD_FOR: TimeDelta = TimeDelta::seconds(5);

/// The latest syncs, as this process read them at most five seconds ago.
#[derive(Debug)]
pub struct LatestSyncs {
    store: Store,
    latest: Recent<Arc<[LatestSync]>>,
}

impl LatestSyncs {
    /// Those in `store`.
    pub const fn new(store: Store) -> Self {
        Self {
            store,
            latest: Recent::new(GOOD_FOR),
        }
    }

    /// Reads them before the first request, which thus finds the connection open and them at hand. A failure is left
    /// for that request to find.
    pub async fn warm(&self) {
        if let Err(error) = self.latest(Utc::now()).await {
            tracing::debug!(error = chain(&error), "the store is not reachable yet");
        }
    }

    /// The latest sync of every part of every catalogue.
    pub async fn latest(&self, now: DateTime<Utc>) -> Result<Arc<[LatestSync]>, StorageError> {
        if let Some(latest) = self.latest.get(now) {
            return Ok(latest);
        }
        let latest: Arc<[LatestSync]> = self.store.latest_syncs().await?.into();
        self.latest.keep(Arc::clone(&latest), now);
        Ok(latest)
    }

    /// What was last read to its end of every catalogue.
    pub async fn coverage(&self, now: DateTime<Utc>) -> Result<Coverage, StorageError> {
        let latest = self.latest(now).await?;
        Ok(latest.iter().filter_map(LatestSync::covered).collect())
    }
}
