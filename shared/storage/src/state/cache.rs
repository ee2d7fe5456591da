//! Answers of providers, kept for a while.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use domain::start::Rfc3339;
use ring::digest;

use crate::compressed::{compress, decompress};
use crate::error::StorageError;
use crate::store::{Item, Store};
use crate::update::{number, text};

/// The most bytes of a compressed answer: DynamoDB's 400 KB an item, less a KB for the other attributes.
const MAX_LENGTH: usize = 399 * 1024;

/// An answer is alone in its partition.
const SORT_KEY: &str = "-";

/// An answer in the cache; its age is for the reader to judge, because DynamoDB removes what expired when it likes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedAnswer {
    /// What was asked: a text of any length.
    pub key: String,
    /// The answer.
    pub body: Vec<u8>,
    /// When it was given; stored in whole seconds.
    pub stored_at: DateTime<Utc>,
}

impl Store {
    /// The answers cached under `keys`, those that there are and that can be read: one eventually consistent read, 0.5 read
    /// units for each 4 KB compressed of each.
    pub async fn cached_answers(&self, keys: &[&str]) -> Result<Vec<CachedAnswer>, StorageError> {
        let keys: HashMap<String, &str> = keys.iter().map(|key| (partition(key), *key)).collect();
        let wanted = keys.keys().map(|partition| super::key(partition, SORT_KEY));
        let items = self
            .read_batch(&self.tables.state, wanted.collect(), &[], "reading the cache")
            .await?;
        let read = items.into_iter().map(|item| {
            let partition = item.get("pk").and_then(|partition| partition.as_s().ok());
            read(
                partition.and_then(|partition| keys.get(partition)).copied(),
                &item,
            )
        });
        Ok(read
            .filter_map(|answer| {
                let unreadable = |error: &StorageError| {
                    tracing::warn!(error = error as &dyn std::error::Error, "an answer is left out");
                };
                answer.inspect_err(unreadable).ok()
            })
            .collect())
    }

    /// Caches answers in place of older ones.
    pub async fn cache_answers(&self, answers: Vec<PackedAnswer>) -> Result<(), StorageError> {
        // Of two under one key the last counts.
        let items: HashMap<_, _> = answers
            .into_iter()
            .map(|PackedAnswer { partition, item }| (partition, item))
            .collect();
        let items = items.into_values().collect();
        self.write_batch(&self.tables.state, items, "writing the cache")
            .await
    }
}

/// An answer that is ready to be cached.
#[derive(Debug)]
pub struct PackedAnswer {
    partition: String,
    item: Item,
}

impl CachedAnswer {
    /// Compresses the answer, to be cached for at least `keep`; `None` if it is too large to be cached.
    pub fn pack(&self, keep: Duration) -> Result<Option<PackedAnswer>, StorageError> {
        let body = compress(&self.body).map_err(|error| StorageError::unwritable("answer", error))?;
        if body.as_ref().len() > MAX_LENGTH {
            return Ok(None);
        }
        let expires_at = self.stored_at.timestamp().saturating_add_unsigned(keep.as_secs());
        let partition = partition(&self.key);
        let mut item = super::key(&partition, SORT_KEY);
        item.extend([
            ("body".to_owned(), AttributeValue::B(body)),
            ("stored_at".to_owned(), text(Rfc3339(self.stored_at))),
            ("expires_at".to_owned(), number(expires_at)),
        ]);
        Ok(Some(PackedAnswer { partition, item }))
    }
}

fn read(key: Option<&str>, item: &Item) -> Result<CachedAnswer, StorageError> {
    let (Some(key), Some(AttributeValue::B(body)), Some(AttributeValue::S(stored_at))) =
        (key, item.get("body"), item.get("stored_at"))
    else {
        return Err(StorageError::unreadable(
            "cached answer",
            "an attribute is missing",
        ));
    };
    Ok(CachedAnswer {
        key: key.to_owned(),
        body: decompress(body).map_err(|error| StorageError::unreadable("cached answer", error))?,
        stored_at: stored_at
            .parse()
            .map_err(|error| StorageError::unreadable("cached answer", error))?,
    })
}

/// The partition of an answer. Hashed, a key of any length fits, and no search can be read off the table's keys.
fn partition(key: &str) -> String {
    let hash = digest::digest(&digest::SHA256, key.as_bytes());
    format!("CACHE#{}", BASE64_URL_SAFE_NO_PAD.encode(hash))
}
