//! Answers of providers, kept for a while.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use domain::start::Rfc3339;
use ring::digest;

use crate::compressed::{compress, decompress};
use crate::error::StorageError;
use crate::store::Store;
use crate::update::{number, text};

/// The most bytes of a compressed answer: DynamoDB's 400 KB an item, less a KB for the other attributes.
const MAX_LENGTH: usize = 399 * 1024;

/// An answer from the cache; its age is for the caller to judge, because DynamoDB removes what expired when it likes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedAnswer {
    /// The answer as it was given to [`Store::cache_answer`].
    pub body: Vec<u8>,
    /// When that was, in whole seconds.
    pub stored_at: DateTime<Utc>,
}

impl Store {
    /// The answer cached under `key`: one eventually consistent read, 0.5 read units for each 4 KB compressed.
    pub async fn cached_answer(&self, key: &str) -> Result<Option<CachedAnswer>, StorageError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.tables.state)
            .set_key(Some(super::key(partition(key), "-")))
            .send()
            .await
            .map_err(|error| StorageError::of("reading the cache", error))?;
        let Some(item) = answer.item else {
            return Ok(None);
        };
        let (Some(AttributeValue::B(body)), Some(AttributeValue::S(stored_at))) =
            (item.get("body"), item.get("stored_at"))
        else {
            return Err(StorageError::unreadable(
                "cached answer",
                "an attribute is missing",
            ));
        };
        let unreadable = |error| StorageError::unreadable("cached answer", error);
        Ok(Some(CachedAnswer {
            body: decompress(body).map_err(unreadable)?,
            stored_at: stored_at
                .parse()
                .map_err(|error| StorageError::unreadable("cached answer", error))?,
        }))
    }

    /// Caches an answer under `key` (a text of any length) for at least `keep`. `false` if it is too large to be kept.
    pub async fn cache_answer(
        &self,
        key: &str,
        body: &[u8],
        stored_at: DateTime<Utc>,
        keep: Duration,
    ) -> Result<bool, StorageError> {
        let body = compress(body).map_err(|error| StorageError::unwritable("answer", error))?;
        if body.as_ref().len() > MAX_LENGTH {
            return Ok(false);
        }
        let expires_at = stored_at.timestamp().saturating_add_unsigned(keep.as_secs());
        self.client
            .put_item()
            .table_name(&self.tables.state)
            .set_item(Some(super::key(partition(key), "-")))
            .item("body", AttributeValue::B(body))
            .item("stored_at", text(Rfc3339(stored_at)))
            .item("expires_at", number(expires_at))
            .send()
            .await
            .map_err(|error| StorageError::of("writing the cache", error))?;
        Ok(true)
    }
}

/// The partition of an answer. Hashed, a key of any length fits, and no search can be read off the table's keys.
fn partition(key: &str) -> String {
    let hash = digest::digest(&digest::SHA256, key.as_bytes());
    format!("CACHE#{}", BASE64_URL_SAFE_NO_PAD.encode(hash))
}
