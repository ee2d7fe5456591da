//! Imports, and what becomes of local events after them.

use domain::{
    AuditEntry, Content, EventStatus, FieldChange, FieldErrors, LocalEvent, LocalEventId, PendingChange,
    Source,
};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::{LocalEventReference, Timestamp, source, status};
use crate::error::ApiError;

/// An import that succeeded.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportResponse {
    /// A sentence.
    #[schema(example = "Event imported successfully")]
    pub message: &'static str,
    /// The event of the platform.
    #[serde(flatten)]
    pub local_event: LocalEventReference,
}

impl From<LocalEventId> for ImportResponse {
    fn from(id: LocalEventId) -> Self {
        Self {
            message: "Event imported successfully",
            local_event: id.into(),
        }
    }
}

/// What became of one event of an import, or would become of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportResult<'a> {
    /// The source, as it was given.
    pub source: &'a str,
    /// The id there, as it was given.
    pub external_id: &'a str,
    /// The HTTP status that the import of this event alone has.
    #[schema(example = 201)]
    pub status: u16,
    /// The event of the platform, the new one or that of an earlier import.
    #[serde(flatten)]
    pub local_event: Option<LocalEventReference>,
    /// Why it is not imported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What is wrong, by field.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<BTreeMap<String, Vec<String>>>)]
    pub details: Option<FieldErrors>,
    /// Seconds after which trying again makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// In a dry run, what the local event would say, whether it is fit or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<ProposedEvent<'a>>,
}

impl<'a> ImportResult<'a> {
    /// The result of an import of the event that the caller calls so; without an id, of one that was not written.
    pub fn new(
        source: &'a str,
        external_id: &'a str,
        outcome: Result<Option<LocalEventId>, &ApiError>,
    ) -> Self {
        let error = outcome.err();
        let id = outcome.unwrap_or_else(ApiError::local_event_id);
        Self {
            source,
            external_id,
            status: error.map_or(StatusCode::CREATED, ApiError::status).as_u16(),
            local_event: id.map(LocalEventReference::from),
            error: error.map(ToString::to_string),
            details: error.and_then(ApiError::details).cloned(),
            retry_after: error.and_then(ApiError::retry_after),
            event: None,
        }
    }
}

/// What a local event would say.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProposedEvent<'a> {
    /// The name.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// Venue and city in one line.
    pub location: String,
    /// The start, where it is announced.
    pub start_time: Option<Timestamp>,
    /// The end.
    pub end_time: Option<Timestamp>,
    /// The venue.
    pub venue_name: String,
    /// Street and number.
    pub venue_address: String,
    /// The user who would import it.
    pub created_by: &'a str,
}

impl<'a> ProposedEvent<'a> {
    /// What `content` says, imported by this user.
    pub fn new(content: Content, created_by: &'a str) -> Self {
        Self {
            title: content.title,
            description: content.description,
            location: content.location,
            start_time: content.start_time.map(Timestamp),
            end_time: content.end_time.map(Timestamp),
            venue_name: content.venue_name,
            venue_address: content.venue_address,
            created_by,
        }
    }
}

/// What became of many imports.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkImportResponse<'a> {
    /// A result for each event, in the order in which they were given, each once.
    pub results: Vec<ImportResult<'a>>,
    /// How many were imported, or would be.
    pub imported: usize,
    /// How many were not.
    pub failed: usize,
}

impl<'a> From<Vec<ImportResult<'a>>> for BulkImportResponse<'a> {
    fn from(results: Vec<ImportResult<'a>>) -> Self {
        let created = StatusCode::CREATED.as_u16();
        let imported = results.iter().filter(|result| result.status == created).count();
        Self {
            imported,
            failed: results.len() - imported,
            results,
        }
    }
}

/// An event of the platform.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocalEventResponse<'a> {
    /// Its id.
    #[schema(value_type = u64)]
    pub id: LocalEventId,
    /// The name.
    pub title: &'a str,
    /// What it is about.
    pub description: &'a str,
    /// Venue and city in one line.
    pub location: &'a str,
    /// The start.
    pub start_time: Timestamp,
    /// The end.
    pub end_time: Option<Timestamp>,
    /// The venue.
    pub venue_name: &'a str,
    /// Street and number.
    pub venue_address: &'a str,
    /// The user who imported it.
    pub created_by: &'a str,
    /// The id of the event it was made from, at its source.
    pub external_event_id: &'a str,
    /// That source.
    #[schema(schema_with = source)]
    pub external_source: Source,
    /// When it was imported.
    pub created_at: Timestamp,
}

impl<'a> From<&'a LocalEvent> for LocalEventResponse<'a> {
    fn from(event: &'a LocalEvent) -> Self {
        let content = &event.content;
        Self {
            id: event.id,
            title: &content.title,
            description: &content.description,
            location: &content.location,
            start_time: Timestamp(content.start_time),
            end_time: content.end_time.map(Timestamp),
            venue_name: &content.venue_name,
            venue_address: &content.venue_address,
            created_by: &event.created_by,
            external_event_id: content.external.id.as_str(),
            external_source: content.external.source,
            created_at: Timestamp(event.created_at),
        }
    }
}

/// What the source of a local event says now, where nobody has decided on it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangesResponse<'a> {
    /// The local event.
    #[serde(flatten)]
    pub local_event: LocalEventReference,
    /// Its state at the source.
    #[schema(schema_with = status)]
    pub source_status: EventStatus,
    /// The fields that differ.
    pub changes: Vec<ChangeResponse<'a>>,
}

/// A field that its source changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeResponse<'a> {
    /// The field.
    #[schema(example = "start_time")]
    pub field: &'static str,
    /// What the source said at the import.
    pub at_import: Option<&'a str>,
    /// What it says now.
    pub at_source: Option<&'a str>,
    /// What the local event says.
    pub local: Option<&'a str>,
}

impl<'a> ChangesResponse<'a> {
    /// The pending changes of a local event, and the state of its source.
    pub fn new(id: LocalEventId, source_status: EventStatus, changes: &'a [PendingChange]) -> Self {
        Self {
            local_event: id.into(),
            source_status,
            changes: changes
                .iter()
                .map(|change| ChangeResponse {
                    field: change.field.as_str(),
                    at_import: change.at_import.as_deref(),
                    at_source: change.at_source.as_deref(),
                    local: change.local.as_deref(),
                })
                .collect(),
        }
    }
}

/// The decisions about a local event.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryResponse<'a> {
    /// Oldest first.
    pub history: Vec<HistoryEntry<'a>>,
}

/// One decision.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryEntry<'a> {
    /// What was done: `imported`, `edited`, `accepted`, `rejected`, `withdrawn`.
    pub action: &'static str,
    /// By which user.
    pub by: &'a str,
    /// When.
    pub at: Timestamp,
    /// The fields that it was about.
    pub changes: Vec<HistoryChange<'a>>,
}

/// A field that was decided on.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryChange<'a> {
    /// The field.
    #[schema(example = "title")]
    pub field: &'static str,
    /// Its value before.
    pub before: Option<&'a str>,
    /// Its value after; of a rejected change, the value that was turned down.
    pub after: Option<&'a str>,
}

impl<'a> From<&'a [AuditEntry]> for HistoryResponse<'a> {
    fn from(entries: &'a [AuditEntry]) -> Self {
        let change = |change: &'a FieldChange| HistoryChange {
            field: change.field.as_str(),
            before: change.before.as_deref(),
            after: change.after.as_deref(),
        };
        let entry = |entry: &'a AuditEntry| HistoryEntry {
            action: entry.action.as_str(),
            by: &entry.by,
            at: Timestamp(entry.at),
            changes: entry.changes.iter().map(change).collect(),
        };
        Self {
            history: entries.iter().map(entry).collect(),
        }
    }
}
