//! What a change in a table means for the platform.

use aws_lambda_events::event::dynamodb::EventRecord;
use domain::start::Rfc3339;
use domain::{Content, ContentField, EventKey, EventStatus, ExternalId, LocalEventId, Source, StoredEvent};
use edge::webhook::Notification;
use serde::Serialize;
use storage::{StorageError, local_event_from_image, stored_event_from_image};

/// The attribute that only records of ExternalEvents have.
const EXTERNAL_KEY: &str = "event_key";

/// The JSON body of a notification.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: Kind,
    /// When it happened, in RFC 3339.
    timestamp: String,
    data: Data<'a>,
}

#[derive(Clone, Copy, Serialize)]
enum Kind {
    #[serde(rename = "external_event.imported")]
    Imported,
    #[serde(rename = "external_event.changed")]
    Changed,
    #[serde(rename = "external_event.cancelled")]
    Cancelled,
    #[serde(rename = "local_event.withdrawn")]
    Withdrawn,
}

#[derive(Serialize)]
struct Data<'a> {
    local_event_id: LocalEventId,
    local_event_url: String,
    external_source: Source,
    external_event_id: &'a ExternalId,
    #[serde(flatten)]
    news: Option<News>,
}

/// What a source says anew.
#[derive(Serialize)]
struct News {
    /// What has become of the event.
    status: EventStatus,
    /// The fields that are new, by their names in the API.
    changed: Vec<&'static str>,
    /// Where an organizer decides on them.
    changes_url: String,
}

/// The notification of a change, if it is one to be told. The same record always makes the same notification.
pub fn notification(record: EventRecord) -> Result<Option<Notification>, NoticeError> {
    let cause = format!(
        "{}/{}",
        record.event_source_arn.as_deref().unwrap_or_default(),
        record.event_id
    );
    let change = record.change;
    let told = if change.keys.contains_key(EXTERNAL_KEY) {
        let before = stored_event_from_image(change.old_image)?;
        let after = stored_event_from_image(change.new_image)?;
        before
            .zip(after)
            .and_then(|(before, after)| of_source(&before, after))
    } else {
        let before = local_event_from_image(change.old_image)?;
        let after = local_event_from_image(change.new_image)?;
        match (before, after) {
            (None, Some(event)) => Some((Kind::Imported, event.id, event.content.external, None)),
            (Some(event), None) => Some((Kind::Withdrawn, event.id, event.content.external, None)),
            _ => None,
        }
    };
    let Some((kind, id, external, news)) = told else {
        return Ok(None);
    };
    let body = Body {
        kind,
        timestamp: Rfc3339(change.approximate_creation_date_time).to_string(),
        data: Data {
            local_event_id: id,
            local_event_url: id.url(),
            external_source: external.source,
            external_event_id: &external.id,
            news,
        },
    };
    Ok(Some(Notification::new(&cause, serde_json::to_string(&body)?)))
}

/// What is told: of which local event, and of which external one.
type Told = (Kind, LocalEventId, EventKey, Option<News>);

/// What a source says anew of an event that is imported: of what a local event shows, or its status.
fn of_source(before: &StoredEvent, after: StoredEvent) -> Option<Told> {
    // An import and a withdrawal change the mark alone.
    let id = before.import.and(after.import)?.local_event_id;
    let (then, now) = (Content::of(&before.event), Content::of(&after.event));
    let mut changed: Vec<_> = now.differences(&then).map(ContentField::as_str).collect();
    let status = after.event.status;
    let is_status_new = status != before.event.status;
    if is_status_new {
        changed.push("status");
    }
    let kind = match status {
        _ if changed.is_empty() => return None,
        EventStatus::Cancelled if is_status_new => Kind::Cancelled,
        _ => Kind::Changed,
    };
    let changes_url = format!("{}changes/", id.url());
    let news = News {
        status,
        changed,
        changes_url,
    };
    Some((kind, id, after.event.key, Some(news)))
}

/// Why it is not known what a change means.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    /// An image is not what this function's version of the store writes.
    #[error(transparent)]
    Image(#[from] StorageError),
    /// The body cannot be written.
    #[error("the notification is no JSON")]
    Body(#[from] serde_json::Error),
}
