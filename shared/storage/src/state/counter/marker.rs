//! What each event is counted as, and by which of its changes.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use chrono::{DateTime, TimeDelta, Utc};
use domain::EventKey;
use domain::tally::Counted;
use ring::digest;
use serde::Deserialize;

use super::ChangeOrder;
use crate::error::StorageError;
use crate::store::Store;
use crate::update::{number, text};

/// Over how many partitions the markers are spread: no partition takes all writes, and each is read in one piece.
pub(super) const BUCKETS: u8 = 64;

/// How long it is remembered that an event is gone: twice the time for which a stream repeats its changes.
const MEMORY: TimeDelta = TimeDelta::days(2);

/// What comes before the order of every change: no stream's label begins with it.
const BEFORE_ALL: &str = "!";

/// What an event is counted as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marker {
    /// The last change that was counted.
    order: ChangeOrder,
    /// What the event is counted as; `None` once it is gone.
    counted: Option<Counted>,
}

impl Marker {
    pub(super) fn new(order: &ChangeOrder, counted: Option<Counted>) -> Self {
        Self {
            order: order.clone(),
            counted,
        }
    }

    /// Whether it is by the change at `order`, or a later one.
    pub(super) fn is_at(&self, order: &ChangeOrder) -> bool {
        self.order >= *order
    }

    pub(super) fn counted(&self) -> Option<&Counted> {
        self.counted.as_ref()
    }

    pub(super) fn into_counted(self) -> Option<Counted> {
        self.counted
    }

    /// The marker that says so instead, by the same change; by one before all others if there was none.
    pub(super) fn mended(seen: Option<&Self>, counted: Option<Counted>) -> Self {
        let order = seen.map_or_else(
            || ChangeOrder(BEFORE_ALL.to_owned()),
            |marker| marker.order.clone(),
        );
        Self { order, counted }
    }

    pub(super) fn read(item: super::super::Item) -> Result<Self, StorageError> {
        #[derive(Deserialize)]
        struct MarkerItem {
            order: String,
            counted: String,
        }
        let MarkerItem { order, counted } = super::super::read("marker", item)?;
        let counted = match counted.as_str() {
            "" => None,
            text => Some(
                text.parse()
                    .map_err(|error: domain::tally::NotCounted| StorageError::unreadable("marker", error))?,
            ),
        };
        Ok(Self {
            order: ChangeOrder(order),
            counted,
        })
    }
}

/// What a marker may be written over.
#[derive(Debug, Clone, Copy)]
pub(super) enum Over<'a> {
    /// None, or one that is by an earlier change than this and says so.
    Earlier(&'a ChangeOrder, Option<&'a Counted>),
    /// Exactly this one.
    Same(Option<&'a Marker>),
}

impl Over<'_> {
    /// The condition, and the values that it compares with.
    fn condition(self) -> (&'static str, Vec<(&'static str, AttributeValue)>) {
        const EARLIER: &str = "#order < :order AND #counted = :before";
        match self {
            Self::Earlier(order, counted) => (
                match counted {
                    Some(_) => EARLIER,
                    None => "attribute_not_exists(#order) OR (#order < :order AND #counted = :before)",
                },
                vec![(":order", text(&order.0)), (":before", said(counted))],
            ),
            Self::Same(Some(marker)) => (
                "#order = :seen AND #counted = :before",
                vec![
                    (":seen", text(&marker.order.0)),
                    (":before", said(marker.counted.as_ref())),
                ],
            ),
            Self::Same(None) => ("attribute_not_exists(#order)", Vec::new()),
        }
    }
}

/// What a marker says.
fn said(counted: Option<&Counted>) -> AttributeValue {
    text(counted.map(ToString::to_string).unwrap_or_default())
}

impl Store {
    /// Writes a marker.
    pub(super) fn put_marker(
        &self,
        key: &EventKey,
        over: Over<'_>,
        marker: &Marker,
        now: DateTime<Utc>,
    ) -> Result<TransactWriteItem, StorageError> {
        let (condition, values) = over.condition();
        let names = ["order", "counted"].into_iter().filter_map(|name| {
            let placeholder = format!("#{name}");
            condition
                .contains(&placeholder)
                .then(|| (placeholder, name.to_owned()))
        });
        let mut item = marker_key(key);
        item.insert("order".to_owned(), text(&marker.order.0));
        item.insert("counted".to_owned(), said(marker.counted.as_ref()));
        if marker.counted.is_none() {
            item.insert("expires_at".to_owned(), number((now + MEMORY).timestamp()));
        }
        let values: HashMap<String, AttributeValue> = values
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let put = Put::builder()
            .table_name(&self.tables.state)
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names.collect()))
            .set_expression_attribute_values((!values.is_empty()).then_some(values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|error| StorageError::unwritable("marker", error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// The partition of the markers in a bucket.
pub(super) fn partition(bucket: u8) -> String {
    format!("COUNTED#{bucket:02}")
}

/// The key of an event's marker.
pub(super) fn marker_key(key: &EventKey) -> HashMap<String, AttributeValue> {
    let name = key.to_string();
    let hash = digest::digest(&digest::SHA256, name.as_bytes());
    let bucket = hash.as_ref().first().copied().unwrap_or_default() % BUCKETS;
    super::super::key(partition(bucket), name)
}
