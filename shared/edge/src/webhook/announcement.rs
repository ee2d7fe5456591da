//! What notifications say.

use domain::{ContentField, EventKey, EventStatus, ExternalId, LocalEventId, Source};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Array, ArrayBuilder};

use crate::view::{LocalEventReference, Timestamp, one_of, source, status};

/// The JSON body of a notification. Each kind is a webhook of the contract, by its name and with its description here.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type")]
pub enum Announcement {
    /// An event of a source has become an event of the platform.
    #[serde(rename = "external_event.imported")]
    Imported {
        /// When it happened, not when it is told.
        timestamp: Timestamp,
        /// What it happened to.
        data: AnnouncedEvent,
    },
    /// The source says something new of what an event of the platform shows, or has another status for it.
    #[serde(rename = "external_event.changed")]
    Changed {
        /// When it happened, not when it is told.
        timestamp: Timestamp,
        /// What is new.
        data: AnnouncedChange,
    },
    /// The source has called the event off.
    #[serde(rename = "external_event.cancelled")]
    Cancelled {
        /// When it happened, not when it is told.
        timestamp: Timestamp,
        /// What is new, the status among it.
        data: AnnouncedChange,
    },
    /// An import was taken back: the event of the platform is no more.
    #[serde(rename = "local_event.withdrawn")]
    Withdrawn {
        /// When it happened, not when it is told.
        timestamp: Timestamp,
        /// What it happened to.
        data: AnnouncedEvent,
    },
}

/// An event of the platform, and the event of a source that it was made from.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnnouncedEvent {
    /// The event of the platform.
    #[serde(flatten)]
    pub local_event: LocalEventReference,
    /// The source.
    #[schema(schema_with = source)]
    pub external_source: Source,
    /// The id there.
    #[schema(value_type = String)]
    pub external_event_id: ExternalId,
}

impl AnnouncedEvent {
    /// The event `id` of the platform, made from `external`.
    pub fn new(id: LocalEventId, external: EventKey) -> Self {
        Self {
            local_event: id.into(),
            external_source: external.source,
            external_event_id: external.id,
        }
    }
}

/// What a source says anew of an event.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnnouncedChange {
    /// The event.
    #[serde(flatten)]
    pub event: AnnouncedEvent,
    /// Its state at the source.
    #[schema(schema_with = status)]
    pub status: EventStatus,
    /// What is new, by its name in the API.
    #[schema(schema_with = news)]
    pub changed: Vec<&'static str>,
    /// The path where an organizer decides on it.
    #[schema(example = "/events/789/changes/")]
    pub changes_url: String,
}

fn news() -> Array {
    let names = ContentField::ALL.map(ContentField::as_str);
    let name = one_of(names.into_iter().chain(["status"]));
    ArrayBuilder::new().items(name).min_items(Some(1)).build()
}
