//! How the providers fare: one item a provider, which every process reads and whoever calls the provider changes.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Source;
use domain::health::Health;
use serde::Deserialize;

use super::source::Kind;
use super::{Item, Written};
use crate::error::StorageError;
use crate::store::Store;
use crate::update::{Update, number};

const HEALTH: Kind = Kind("health#");

/// A provider's health as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct StoredHealth {
    /// The health.
    pub health: Health,
    /// Counts the changes: 0 as long as nothing is stored.
    version: u64,
}

/// What became of a change of a provider's health.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HealthChange {
    /// It is stored.
    Stored(StoredHealth),
    /// Somebody else was faster; this is what they stored.
    Outdated(StoredHealth),
}

impl Store {
    /// How every provider fares that was ever called: one eventually consistent query, 0.5 read units.
    pub async fn healths(&self) -> Result<BTreeMap<Source, StoredHealth>, StorageError> {
        let operation = "reading the providers' health";
        take_from(&mut self.sources_of(HEALTH, operation).await?)
    }

    /// Stores `health` in place of `seen`, on condition that nothing was stored in between: one write unit.
    pub async fn change_health(
        &self,
        source: Source,
        seen: &StoredHealth,
        health: &Health,
    ) -> Result<HealthChange, StorageError> {
        let stored = serde_dynamo::to_attribute_value::<_, AttributeValue>(health)
            .map_err(|error| StorageError::unwritable("health", error))?;
        let update = Update::default()
            .set("health", stored)
            .set("version", number(seen.version + 1));
        let update = match seen.version {
            0 => update.only_if("attribute_not_exists(#pk)"),
            version => update.only_if("#version = :seen").value("seen", number(version)),
        };
        let written = self
            .update_state(HEALTH.key(source), &update, "writing a provider's health")
            .await?;
        Ok(match written {
            Written::Done(item) => HealthChange::Stored(super::read("health", item)?),
            Written::Refused(item) => HealthChange::Outdated(super::read("health", item)?),
        })
    }
}

/// The healths among what is kept of the sources.
pub(super) fn take_from(items: &mut Vec<Item>) -> Result<BTreeMap<Source, StoredHealth>, StorageError> {
    #[derive(Deserialize)]
    struct HealthItem {
        sk: String,
        #[serde(flatten)]
        stored: StoredHealth,
    }
    let items: Vec<HealthItem> = serde_dynamo::from_items(HEALTH.take_from(items))
        .map_err(|error| StorageError::unreadable("health", error))?;
    // One of a provider that only another version knows is nothing to this one.
    let known = |item: HealthItem| Some((item.sk.parse().ok()?, item.stored));
    Ok(items.into_iter().filter_map(known).collect())
}
