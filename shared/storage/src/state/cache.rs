//! Answers of providers, kept for a while.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::error::StorageError;
use crate::store::Store;

/// An answer from the cache; its age is for the caller to judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedAnswer {
    /// The answer as it was given to [`Store::cache_answer`].
    pub body: Vec<u8>,
    /// When that was, in whole seconds.
    pub stored_at: DateTime<Utc>,
}

impl Store {
    /// The answer cached under `key`: one eventually consistent read.
    pub async fn cached_answer(&self, key: &str) -> Result<Option<CachedAnswer>, StorageError> {
        let _ = key;
        unimplemented!()
    }

    /// Caches an answer under `key` (a text of any length) for at least `keep`. `false` if it is too large to be kept.
    pub async fn cache_answer(
        &self,
        key: &str,
        body: &[u8],
        stored_at: DateTime<Utc>,
        keep: Duration,
    ) -> Result<bool, StorageError> {
        let _ = (key, body, stored_at, keep);
        unimplemented!()
    }
}
