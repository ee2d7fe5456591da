//! The item of an external event: its attributes have one author, this file.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike as _, Utc};
use domain::start::Rfc3339;
use domain::sync::SliceName;
use domain::text::fold;
use domain::{
    Category, EventKey, EventStatus, ExternalEvent, Import, LocalEventId, Source, StoredEvent, StoredOutline,
};
use ring::digest;
use serde::Deserialize;

use super::summary::Summary;
use crate::error::StorageError;
use crate::update::{Update, number, text};

/// The sort key of an event whose day is not known: after all others.
const NO_START: &str = "9999-12-31T23:59:59Z";

/// The longest folded city that is a key of the index, in bytes; queries are held to the same limit.
const MAX_CITY_LENGTH: usize = 200;

/// The key of an event's item.
pub(crate) fn key(key: &EventKey) -> HashMap<String, AttributeValue> {
    HashMap::from([("event_key".to_owned(), text(key))])
}

/// The partition of by_source in which the events of `month` are, `ticketmaster#2026-11`.
pub(crate) fn source_month(source: Source, month: &str) -> String {
    format!("{source}#{month}")
}

/// The partition of by_category in which the events of `month` are, `music#2026-11`.
pub(crate) fn category_month(category: Category, month: &str) -> String {
    format!("{}#{month}", category.slug())
}

/// The year and month of a time, `2026-11`.
pub(crate) fn month(at: DateTime<Utc>) -> String {
    at.format("%Y-%m").to_string()
}

/// What tells two states of an event apart: 16 bytes of SHA-256 over its JSON.
pub(crate) fn fingerprint_bytes(event: &ExternalEvent) -> Result<[u8; 16], StorageError> {
    let json =
        serde_json::to_vec(event).map_err(|error| StorageError::unwritable("external event", error))?;
    let hash = digest::digest(&digest::SHA256, &json);
    let mut head = [0; 16];
    head.iter_mut()
        .zip(hash.as_ref())
        .for_each(|(to, from)| *to = *from);
    Ok(head)
}

/// The fingerprint as it is stored: in base64url.
pub(crate) fn fingerprint(event: &ExternalEvent) -> Result<String, StorageError> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(fingerprint_bytes(event)?))
}

/// The attributes that follow from what a source says, each with its value, or `None` for one that must not be there.
#[derive(Debug, Clone)]
pub(crate) struct SourceAttributes(Vec<(&'static str, Option<AttributeValue>)>);

impl SourceAttributes {
    /// The attributes of `event` as it was seen at `seen_at`. An event that is not imported expires `retention` after
    /// its latest start, an imported one never.
    pub(crate) fn of(
        event: &ExternalEvent,
        seen_at: DateTime<Utc>,
        retention: Option<chrono::Duration>,
    ) -> Result<Self, StorageError> {
        let summary = serde_json::to_string(&Summary::from(event))
            .map_err(|error| StorageError::unwritable("external event", error))?;
        let start = sortable_start(event);
        let start_month = start.map_or_else(|| "tba".to_owned(), month);
        let start_text = start.map_or_else(|| NO_START.to_owned(), |start| Rfc3339(start).to_string());
        let city = Some(fold(&event.venue.city)).filter(|city| (1..=MAX_CITY_LENGTH).contains(&city.len()));
        let expires_at = retention.and_then(|retention| expires_at(event, retention));
        let description = Some(&event.description).filter(|description| !description.is_empty());
        Ok(Self(vec![
            ("summary", Some(text(summary))),
            ("description", description.map(text)),
            ("fingerprint", Some(text(fingerprint(event)?))),
            ("status", Some(text(event.status))),
            (
                "source_month",
                Some(text(source_month(event.key.source, &start_month))),
            ),
            ("city_key", city.map(text)),
            (
                "category_month",
                Some(text(category_month(event.category, &start_month))),
            ),
            (
                "start_key",
                Some(text(format_args!("{start_text}#{}", event.key))),
            ),
            ("synced_at", Some(text(Rfc3339(seen_at)))),
            ("expires_at", expires_at),
        ]))
    }

    /// The update that brings an item to this state and leaves everything else of it alone.
    pub(crate) fn update(self, seen_at: DateTime<Utc>) -> Update {
        let update = Update::default().set_once("created_at", text(Rfc3339(seen_at)));
        self.0
            .into_iter()
            .fold(update, |update, (name, value)| update.set(name, value))
    }
}

/// When an event that nobody imported goes: `retention` after its latest start; never if that is not known.
pub(crate) fn expires_at(event: &ExternalEvent, retention: chrono::Duration) -> Option<AttributeValue> {
    let start = sortable_start(event)?;
    Some(number(start.timestamp() + retention.num_seconds()))
}

/// The latest start, where it has a place among keys: a year of another length would not sort as text.
fn sortable_start(event: &ExternalEvent) -> Option<DateTime<Utc>> {
    event
        .latest_start()
        .filter(|start| (1000..9999).contains(&start.year()))
}

/// What an outline of an event is read from.
pub(crate) const OUTLINE: &[&str] = &[
    "event_key",
    "start_key",
    "status",
    "created_at",
    "synced_at",
    "slice",
    "local_event_id",
    "imported_at",
];

/// The attributes of an outline.
#[derive(Debug, Deserialize)]
pub(crate) struct OutlineItem {
    event_key: EventKey,
    start_key: String,
    status: EventStatus,
    created_at: DateTime<Utc>,
    synced_at: DateTime<Utc>,
    slice: Option<SliceName>,
    #[serde(flatten)]
    mark: Mark,
}

impl OutlineItem {
    pub(crate) fn outline(self) -> (EventKey, StoredOutline) {
        let start = self
            .start_key
            .split('#')
            .next()
            .filter(|start| *start != NO_START);
        let outline = StoredOutline {
            status: self.status,
            latest_start: start.and_then(|start| start.parse().ok()),
            created_at: self.created_at,
            synced_at: self.synced_at,
            slice: self.slice,
            import: self.mark.import(),
        };
        (self.event_key, outline)
    }
}

/// What reading an event takes, of the item or of its projection in an index.
#[derive(Debug, Deserialize)]
struct EventItem {
    event_key: EventKey,
    summary: String,
    status: EventStatus,
    #[serde(default)]
    description: String,
    created_at: DateTime<Utc>,
    synced_at: DateTime<Utc>,
    slice: Option<SliceName>,
    #[serde(flatten)]
    mark: Mark,
}

/// The attributes that an import adds.
#[derive(Debug, Deserialize)]
pub(crate) struct Mark {
    local_event_id: Option<LocalEventId>,
    imported_at: Option<DateTime<Utc>>,
}

impl Mark {
    /// The mark, if the event is imported.
    pub(crate) fn import(&self) -> Option<Import> {
        let (local_event_id, imported_at) = self.local_event_id.zip(self.imported_at)?;
        Some(Import {
            local_event_id,
            imported_at,
        })
    }
}

/// The event in an item.
pub(crate) fn stored_event(item: impl Into<serde_dynamo::Item>) -> Result<StoredEvent, StorageError> {
    let item: EventItem = serde_dynamo::from_item(item.into())
        .map_err(|error| StorageError::unreadable("external event", error))?;
    let summary: Summary<'_> = serde_json::from_str(&item.summary)
        .map_err(|error| StorageError::unreadable("external event", error))?;
    Ok(StoredEvent {
        event: summary.into_event(item.event_key, item.status, item.description),
        created_at: item.created_at,
        synced_at: item.synced_at,
        slice: item.slice,
        import: item.mark.import(),
    })
}

/// The key of an event, as a record of the ExternalEvents table's stream has it.
pub fn event_key_from_item(keys: serde_dynamo::Item) -> Result<EventKey, StorageError> {
    #[derive(Deserialize)]
    struct Keys {
        event_key: EventKey,
    }
    let keys: Keys =
        serde_dynamo::from_item(keys).map_err(|error| StorageError::unreadable("event key", error))?;
    Ok(keys.event_key)
}

/// The event in an image of the ExternalEvents table's stream; `None` for the empty image before the first or after
/// the last state of an item.
pub fn stored_event_from_image(image: serde_dynamo::Item) -> Result<Option<StoredEvent>, StorageError> {
    if image.is_empty() {
        return Ok(None);
    }
    stored_event(image).map(Some)
}
