//! What is kept of the sources beside their events: how each fares, and what was synced last of each. All of it is in one
//! partition, so that analytics reads it with one query; others read the kind that they need.

use std::collections::BTreeMap;
use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Source;

use super::Item;
use super::health::{self, StoredHealth};
use super::latest_sync::{self, LatestSync};
use crate::error::StorageError;
use crate::store::Store;

const PARTITION: &str = "SOURCES";

/// A kind of items: what their sort keys begin with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind(pub(super) &'static str);

/// Everything that is kept of the sources beside their events.
#[derive(Debug, Clone, PartialEq)]
pub struct Sources {
    /// How every source fares that was ever called.
    pub healths: BTreeMap<Source, StoredHealth>,
    /// The latest sync of every part of every catalogue that was ever read, by source and name.
    pub syncs: Vec<LatestSync>,
}

impl Kind {
    /// The key of the item of this kind with this name.
    pub(super) fn key(self, name: impl Display) -> Item {
        super::key(PARTITION, format!("{}{name}", self.0))
    }

    /// Takes the items of this kind out of `items`. As sort key they have but their names.
    pub(super) fn take_from(self, items: &mut Vec<Item>) -> Vec<Item> {
        let is_of_kind = |item: &mut Item| {
            let Some(AttributeValue::S(sort_key)) = item.get_mut("sk") else {
                return false;
            };
            let Some(name) = sort_key.strip_prefix(self.0) else {
                return false;
            };
            *sort_key = name.to_owned();
            true
        };
        items.extract_if(.., is_of_kind).collect()
    }
}

impl Store {
    /// Everything that is kept of the sources: one eventually consistent query, 0.5 read units for each 4 KB.
    pub async fn sources(&self) -> Result<Sources, StorageError> {
        let mut items = self.state_partition(PARTITION, "reading the sources").await?;
        Ok(Sources {
            healths: health::take_from(&mut items)?,
            syncs: latest_sync::take_from(&mut items)?,
        })
    }

    /// The items of one kind.
    pub(super) async fn sources_of(
        &self,
        kind: Kind,
        operation: &'static str,
    ) -> Result<Vec<Item>, StorageError> {
        self.state_range(PARTITION, kind.0, operation).await
    }
}
