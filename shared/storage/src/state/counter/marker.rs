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
pub(crate) const BUCKETS: u8 = 64;

/// How long it is remembered that an event is gone: twice the time for which a stream repeats its changes.
const MEMORY: TimeDelta = TimeDelta::days(2);

/// What an event is counted as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Marker {
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

    pub(crate) fn into_counted(self) -> Option<Counted> {
        self.counted
    }

    pub(crate) fn read(item: super::super::Item) -> Result<Self, StorageError> {
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

impl Store {
    /// Writes a marker over one that is by an earlier change and says `before`.
    pub(super) fn put_marker(
        &self,
        key: &EventKey,
        before: Option<&Counted>,
        marker: &Marker,
        now: DateTime<Utc>,
    ) -> Result<TransactWriteItem, StorageError> {
        let counted = |counted: Option<&Counted>| text(counted.map(ToString::to_string).unwrap_or_default());
        let earlier = "#order < :order AND #counted = :before";
        let condition = match before {
            Some(_) => earlier.to_owned(),
            None => format!("attribute_not_exists(#pk) OR ({earlier})"),
        };
        let is_gone = marker.counted.is_none();
        let mut names = HashMap::from([
            ("#order".to_owned(), "order".to_owned()),
            ("#counted".to_owned(), "counted".to_owned()),
        ]);
        if before.is_none() {
            names.insert("#pk".to_owned(), "pk".to_owned());
        }
        let mut item = marker_key(key);
        item.insert("order".to_owned(), text(&marker.order.0));
        item.insert("counted".to_owned(), counted(marker.counted.as_ref()));
        if is_gone {
            item.insert("expires_at".to_owned(), number((now + MEMORY).timestamp()));
        }
        let put = Put::builder()
            .table_name(&self.tables.state)
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .expression_attribute_values(":order", text(&marker.order.0))
            .expression_attribute_values(":before", counted(before))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|error| StorageError::unwritable("marker", error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// The partition of the markers in a bucket.
pub(crate) fn partition(bucket: u8) -> String {
    format!("COUNTED#{bucket:02}")
}

/// The key of an event's marker.
pub(crate) fn marker_key(key: &EventKey) -> HashMap<String, AttributeValue> {
    let name = key.to_string();
    let hash = digest::digest(&digest::SHA256, name.as_bytes());
    let bucket = hash.as_ref().first().copied().unwrap_or_default() % BUCKETS;
    super::super::key(partition(bucket), name)
}
