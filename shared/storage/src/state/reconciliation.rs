//! How far the comparison of the counters is.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::reconciliation::Reconciliation;
use serde::Deserialize;

use super::Written;
use crate::compressed::{compress, decompress};
use crate::error::StorageError;
use crate::store::Store;
use crate::update::{Update, number, text};

/// The latest comparison, as it was read. Only who writes over what it read may go on with it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StoredReconciliation {
    /// The comparison, if there ever was one.
    pub reconciliation: Option<Reconciliation>,
    version: u64,
}

impl Store {
    /// The latest comparison.
    pub async fn reconciliation(&self) -> Result<StoredReconciliation, StorageError> {
        let item = self
            .state_item_now(super::key("RECONCILIATION", "-"), "reading a reconciliation")
            .await?;
        item.map_or_else(|| Ok(StoredReconciliation::default()), read)
    }

    /// Replaces what was read; `false` if somebody else did so meanwhile.
    pub async fn save_reconciliation(
        &self,
        seen: &mut StoredReconciliation,
        reconciliation: Reconciliation,
    ) -> Result<bool, StorageError> {
        let json = serde_json::to_vec(&reconciliation)
            .map_err(|error| StorageError::unwritable("reconciliation", error))?;
        let body = compress(&json).map_err(|error| StorageError::unwritable("reconciliation", error))?;
        let update = Update::default()
            .set("run_id", text(&reconciliation.run_id))
            .set("body", AttributeValue::B(body))
            .set("version", number(seen.version + 1));
        let update = match seen.version {
            0 => update.only_if("attribute_not_exists(#pk)"),
            version => update.only_if("#version = :seen").value("seen", number(version)),
        };
        let written = self
            .update_state(
                super::key("RECONCILIATION", "-"),
                &update,
                "writing a reconciliation",
            )
            .await?;
        let is_written = matches!(written, Written::Done(_));
        if is_written {
            seen.version += 1;
            seen.reconciliation = Some(reconciliation);
        }
        Ok(is_written)
    }
}

fn read(mut item: super::Item) -> Result<StoredReconciliation, StorageError> {
    #[derive(Deserialize)]
    struct VersionItem {
        version: u64,
    }
    let unreadable = |error| StorageError::unreadable("reconciliation", error);
    let Some(AttributeValue::B(body)) = item.remove("body") else {
        return Err(StorageError::unreadable("reconciliation", "it has no body"));
    };
    let body = decompress(&body).map_err(unreadable)?;
    let reconciliation =
        serde_json::from_slice(&body).map_err(|error| StorageError::unreadable("reconciliation", error))?;
    let VersionItem { version } = super::read("reconciliation", item)?;
    Ok(StoredReconciliation {
        reconciliation: Some(reconciliation),
        version,
    })
}
