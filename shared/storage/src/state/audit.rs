//! The audit trail of local events: written in the transaction of what it tells, kept for a year.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use chrono::TimeDelta;
use domain::{AuditEntry, LocalEventId};

use crate::error::StorageError;
use crate::store::Store;
use crate::update::number;

/// How long a decision can be looked up.
const LIFETIME: TimeDelta = TimeDelta::days(365);

impl Store {
    /// The decisions about a local event, oldest first; also those about one that was withdrawn. One query.
    pub async fn history(&self, id: LocalEventId) -> Result<Vec<AuditEntry>, StorageError> {
        let items = self.state_partition(&partition(id), "reading a history").await?;
        serde_dynamo::from_items(items).map_err(|error| StorageError::unreadable("audit entry", error))
    }

    /// The write of `entry`, which tells how the event came to this `version`.
    pub(crate) fn audit(
        &self,
        id: LocalEventId,
        version: u64,
        entry: &AuditEntry,
    ) -> Result<TransactWriteItem, StorageError> {
        let mut item: super::Item =
            serde_dynamo::to_item(entry).map_err(|error| StorageError::unwritable("audit entry", error))?;
        // As text, versions of one length sort as numbers.
        let sort_key = format!("{version:010}#{}", entry.action.as_str());
        item.extend(super::key(partition(id), sort_key));
        item.insert("expires_at".to_owned(), number((entry.at + LIFETIME).timestamp()));
        let put = Put::builder()
            .table_name(&self.tables.state)
            .set_item(Some(item))
            .build()
            .map_err(|error| StorageError::unwritable("audit entry", error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

fn partition(id: LocalEventId) -> String {
    format!("AUDIT#{id}")
}
