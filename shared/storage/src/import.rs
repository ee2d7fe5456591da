//! Imports: one transaction makes an external event one of the platform's own.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    Update as UpdateAction,
};
use chrono::{DateTime, Utc};
use domain::start::Rfc3339;
use domain::{
    AuditAction, AuditEntry, Content, Edit, ExternalEvent, FieldChange, LocalEvent, LocalEventDraft,
    LocalEventId, StoredEvent,
};
use serde::Deserialize;

use crate::error::StorageError;
use crate::event::item::{self, SourceAttributes};
use crate::store::Store;
use crate::transaction::{Transacted, is_condition};
use crate::update::{Update, number, text};

/// What was validated, which the import must still find.
#[derive(Debug, Clone, Copy)]
pub enum Basis<'a> {
    /// An event from the store, with its description.
    Stored(&'a StoredEvent),
    /// An event that was not in the store, fresh from its provider: the import stores it too.
    Fetched(&'a ExternalEvent),
}

impl<'a> Basis<'a> {
    /// The event.
    pub fn event(self) -> &'a ExternalEvent {
        match self {
            Self::Stored(stored) => &stored.event,
            Self::Fetched(event) => event,
        }
    }
}

/// An import about to be made.
#[derive(Debug, Clone)]
pub struct NewImport<'a> {
    /// The external event.
    pub basis: Basis<'a>,
    /// The local event it becomes.
    pub draft: LocalEventDraft,
    /// The user who imports it.
    pub created_by: String,
    /// The time of the import.
    pub now: DateTime<Utc>,
    /// The request that asks for it, where its caller named it.
    pub request: Option<String>,
}

/// What came of an import.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "it is moved once, into an answer")]
pub enum ImportOutcome {
    /// The local event that now exists.
    Imported(LocalEvent),
    /// Somebody was first: nothing was written.
    AlreadyImported(LocalEventId),
    /// The external event is not what was validated: nothing was written, read and validate again.
    Changed,
}

impl Store {
    /// Imports an event, once however many try: the mark on the external event, the local event and its entry in the
    /// audit trail come into being together or not at all.
    ///
    /// The id is drawn first, so a lost race or a crash leaves a gap in the ids and nothing else.
    pub async fn import(&self, import: NewImport<'_>) -> Result<ImportOutcome, StorageError> {
        let mut ids = self.reserve_local_event_ids(1).await?;
        let id = ids
            .next()
            .ok_or_else(|| StorageError::unreadable("sequence", "it gave no id"))?;
        self.import_as(id, import).await
    }

    /// The same under an id that was reserved, and is used for no other attempt.
    pub async fn import_as(
        &self,
        id: LocalEventId,
        import: NewImport<'_>,
    ) -> Result<ImportOutcome, StorageError> {
        let local_event = LocalEvent {
            id,
            content: import.draft,
            created_by: import.created_by,
            created_at: import.now,
            version: 1,
            at_import: Content::of(import.basis.event()),
            reviewed: Edit::default(),
            request: import.request,
        };
        let entry = AuditEntry {
            action: AuditAction::Imported,
            by: local_event.created_by.clone(),
            at: import.now,
            // What the organizer had it say otherwise than its source.
            changes: FieldChange::between(&local_event.at_import, &local_event.content.content()),
        };
        let actions = vec![
            TransactWriteItem::builder()
                .update(self.mark(import.basis, id, import.now)?)
                .build(),
            TransactWriteItem::builder()
                .put(self.put_local_event(
                    &local_event,
                    &Update::default().only_if("attribute_not_exists(#id)"),
                )?)
                .build(),
            self.audit(id, local_event.version, &entry)?,
        ];
        // An id is drawn for one import, so that it names the transaction: a repeated request does nothing.
        let token = Some(format!("import-{id}"));
        match self.transact(actions, token, "an import").await? {
            Transacted::Done => Ok(ImportOutcome::Imported(local_event)),
            Transacted::Refused(reasons) => match reasons.first().filter(|reason| is_condition(reason)) {
                Some(refusal) => refused(refusal),
                None => Err(StorageError::unwritable("import", "its id is in use")),
            },
        }
    }

    /// Marks the external event, on the condition that it is still what was validated.
    fn mark(
        &self,
        basis: Basis<'_>,
        id: LocalEventId,
        now: DateTime<Utc>,
    ) -> Result<UpdateAction, StorageError> {
        let update = match basis {
            Basis::Stored(stored) => Update::default()
                .set("expires_at", None)
                .only_if("attribute_not_exists(#local_event_id) AND #fingerprint = :validated")
                .value("validated", text(item::fingerprint(&stored.event)?)),
            Basis::Fetched(event) => SourceAttributes::of(event, now, None)?
                .update(now)
                .only_if("attribute_not_exists(#event_key)"),
        };
        let update = update
            .set("local_event_id", number(id))
            .set("imported_at", text(Rfc3339(now)))
            .set("import_month", text(item::month(now)));
        UpdateAction::builder()
            .table_name(&self.tables.events)
            .set_key(Some(item::key(&basis.event().key)))
            .set_update_expression(update.expression())
            .set_condition_expression(update.condition())
            .set_expression_attribute_names(update.names())
            .set_expression_attribute_values(update.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|error| StorageError::unwritable("import", error))
    }

    /// The latest `limit` imports of `months` (`2026-11`, newest first), newest first, without their descriptions.
    pub async fn recent_imports(
        &self,
        months: &[String],
        limit: u32,
    ) -> Result<Vec<StoredEvent>, StorageError> {
        let limit = limit as usize;
        let mut imports = Vec::new();
        for month in months {
            if imports.len() >= limit {
                break;
            }
            let answer = self
                .client
                .query()
                .table_name(&self.tables.events)
                .index_name("by_import")
                .key_condition_expression("import_month = :month")
                .expression_attribute_values(":month", text(month))
                .scan_index_forward(false)
                .limit(i32::try_from(limit - imports.len()).unwrap_or(i32::MAX))
                .send()
                .await
                .map_err(|error| StorageError::of("reading imports", error))?;
            for item in answer.items.unwrap_or_default() {
                imports.push(item::stored_event(item)?);
            }
        }
        Ok(imports)
    }
}

/// What the item that refused the mark tells: imported by somebody else, or not what was validated.
fn refused(reason: &CancellationReason) -> Result<ImportOutcome, StorageError> {
    #[derive(Deserialize)]
    struct MarkedItem {
        local_event_id: Option<LocalEventId>,
    }
    let item: HashMap<String, AttributeValue> = reason.item().cloned().unwrap_or_default();
    let item: MarkedItem =
        serde_dynamo::from_item(item).map_err(|error| StorageError::unreadable("external event", error))?;
    Ok(item
        .local_event_id
        .map_or(ImportOutcome::Changed, ImportOutcome::AlreadyImported))
}
