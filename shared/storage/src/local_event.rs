//! The platform's own events in the store.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem, Update as UpdateAction};
use domain::{AuditEntry, LocalEvent, LocalEventId, StoredEvent};

use crate::error::StorageError;
use crate::event::item;
use crate::store::Store;
use crate::transaction::Transacted;
use crate::update::{Update, number, text};

/// What became of a write that replaces a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaced {
    /// It is written.
    Done,
    /// Something else was written since it was read: nothing is written.
    Stale,
}

impl From<Transacted> for Replaced {
    fn from(transacted: Transacted) -> Self {
        match transacted {
            Transacted::Done => Self::Done,
            Transacted::Refused(_) => Self::Stale,
        }
    }
}

impl Store {
    /// The local event with this id: one eventually consistent read.
    pub async fn local_event(&self, id: LocalEventId) -> Result<Option<LocalEvent>, StorageError> {
        self.read_local_event(id, false).await
    }

    /// The local event with this id as it is now, to be replaced: one consistent read.
    pub async fn current_local_event(&self, id: LocalEventId) -> Result<Option<LocalEvent>, StorageError> {
        self.read_local_event(id, true).await
    }

    async fn read_local_event(
        &self,
        id: LocalEventId,
        consistent: bool,
    ) -> Result<Option<LocalEvent>, StorageError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.tables.local_events)
            .key("id", number(id))
            .consistent_read(consistent)
            .send()
            .await
            .map_err(|error| StorageError::of("reading a local event", error))?;
        answer.item.map(local_event).transpose()
    }

    /// Replaces the version before `event` by it, together with the entries that say why.
    pub async fn replace_local_event(
        &self,
        event: &LocalEvent,
        entries: &[AuditEntry],
    ) -> Result<Replaced, StorageError> {
        let condition = is_version(event.version.saturating_sub(1));
        let put = TransactWriteItem::builder()
            .put(self.put_local_event(event, &condition)?)
            .build();
        let audit = entries
            .iter()
            .map(|entry| self.audit(event.id, event.version, entry));
        let actions = std::iter::once(Ok(put)).chain(audit);
        let actions = actions.collect::<Result<_, _>>()?;
        let transacted = self.transact(actions, None, "changing a local event").await?;
        Ok(transacted.into())
    }

    /// Takes an import back: the local event goes, and what it was made from, `stored`, can be imported again and
    /// expires like any other. The id stays used.
    pub async fn withdraw(
        &self,
        event: &LocalEvent,
        stored: &StoredEvent,
        entry: &AuditEntry,
    ) -> Result<Replaced, StorageError> {
        let unmark = Update::default()
            .set("local_event_id", None)
            .set("imported_at", None)
            .set("import_month", None)
            .set("expires_at", item::expires_at(&stored.event, self.retention))
            // The fingerprint, because the time of expiry follows from what was read.
            .only_if("#local_event_id = :id AND #fingerprint = :fingerprint")
            .value("id", number(event.id))
            .value("fingerprint", text(item::fingerprint(&stored.event)?));
        let unwritable = |error| StorageError::unwritable("withdrawal", error);
        let unmark = UpdateAction::builder()
            .table_name(&self.tables.events)
            .set_key(Some(item::key(&stored.event.key)))
            .set_update_expression(unmark.expression())
            .set_condition_expression(unmark.condition())
            .set_expression_attribute_names(unmark.names())
            .set_expression_attribute_values(unmark.values())
            .build()
            .map_err(unwritable)?;
        let condition = is_version(event.version);
        let delete = Delete::builder()
            .table_name(&self.tables.local_events)
            .key("id", number(event.id))
            .set_condition_expression(condition.condition())
            .set_expression_attribute_names(condition.names())
            .set_expression_attribute_values(condition.values())
            .build()
            .map_err(unwritable)?;
        let actions = vec![
            TransactWriteItem::builder().update(unmark).build(),
            TransactWriteItem::builder().delete(delete).build(),
            self.audit(event.id, event.version + 1, entry)?,
        ];
        let transacted = self.transact(actions, None, "a withdrawal").await?;
        Ok(transacted.into())
    }

    /// The write of a local event under a condition.
    pub(crate) fn put_local_event(
        &self,
        event: &LocalEvent,
        condition: &Update,
    ) -> Result<Put, StorageError> {
        let item: HashMap<String, AttributeValue> =
            serde_dynamo::to_item(event).map_err(|error| StorageError::unwritable("local event", error))?;
        Put::builder()
            .table_name(&self.tables.local_events)
            .set_item(Some(item))
            .set_condition_expression(condition.condition())
            .set_expression_attribute_names(condition.names())
            .set_expression_attribute_values(condition.values())
            .build()
            .map_err(|error| StorageError::unwritable("local event", error))
    }
}

fn is_version(version: u64) -> Update {
    Update::default()
        .only_if("#version = :version")
        .value("version", number(version))
}

fn local_event(item: impl Into<serde_dynamo::Item>) -> Result<LocalEvent, StorageError> {
    serde_dynamo::from_item(item.into()).map_err(|error| StorageError::unreadable("local event", error))
}

/// The local event in an image of the LocalEvents table's stream; `None` for the empty image before the first or
/// after the last state of an item.
pub fn local_event_from_image(image: serde_dynamo::Item) -> Result<Option<LocalEvent>, StorageError> {
    if image.is_empty() {
        return Ok(None);
    }
    local_event(image).map(Some)
}
