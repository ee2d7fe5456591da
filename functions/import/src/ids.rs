//! Ids of local events, at hand before they are needed.

use std::collections::VecDeque;

use domain::LocalEventId;
use storage::{StorageError, Store};
use tokio::sync::Mutex;

/// How many are reserved at least: an import writes to the sequence once in as many, and a process that ends leaves a
/// gap of fewer.
const BLOCK: u64 = 20;

/// Ids that this process reserved and has not given away. One that was given away never comes back, whatever became of
/// its import: nobody can tell whether an import without an answer was made.
#[derive(Debug)]
pub struct LocalEventIds {
    store: Store,
    // Held while more are reserved: who comes meanwhile finds enough.
    left: Mutex<VecDeque<LocalEventId>>,
}

impl LocalEventIds {
    /// None yet, of the sequence in `store`.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            left: Mutex::default(),
        }
    }

    /// `count` ids that nobody else has or had, the smallest first.
    pub(crate) async fn draw(&self, count: usize) -> Result<Vec<LocalEventId>, StorageError> {
        let mut left = self.left.lock().await;
        let missing = count.saturating_sub(left.len());
        if missing > 0 {
            let block = BLOCK.max(missing as u64);
            left.extend(self.store.reserve_local_event_ids(block).await?);
        }
        let count = count.min(left.len());
        Ok(left.drain(..count).collect())
    }
}
