//! Receivers of notifications that said that they are gone for good.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use domain::start::Rfc3339;
use ring::digest;

use crate::error::StorageError;
use crate::store::Store;
use crate::update::text;

impl Store {
    /// Whether the receiver at this address is gone: one eventually consistent read.
    pub async fn is_gone(&self, address: &str) -> Result<bool, StorageError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.tables.state)
            .set_key(Some(key(address)))
            .send()
            .await
            .map_err(|error| StorageError::of("reading a receiver", error))?;
        Ok(answer.item.is_some())
    }

    /// Notes that the receiver at this address is gone, until somebody removes the item.
    pub async fn mark_gone(&self, address: &str, now: DateTime<Utc>) -> Result<(), StorageError> {
        self.client
            .put_item()
            .table_name(&self.tables.state)
            .set_item(Some(key(address)))
            .item("gone_at", text(Rfc3339(now)))
            .send()
            .await
            .map_err(|error| StorageError::of("noting a receiver", error))?;
        Ok(())
    }
}

/// Hashed, because an address may hold a secret.
fn key(address: &str) -> super::Item {
    let hash = digest::digest(&digest::SHA256, address.as_bytes());
    super::key("WEBHOOK", BASE64_URL_SAFE_NO_PAD.encode(hash))
}
