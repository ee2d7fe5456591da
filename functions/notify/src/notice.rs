//! What a change in a table means for the platform.

use aws_lambda_events::event::dynamodb::EventRecord;
use domain::{Content, ContentField, EventStatus, LocalEvent, StoredEvent};
use edge::view::Timestamp;
use edge::webhook::{AnnouncedChange, AnnouncedEvent, Announcement, Notification};
use storage::{StorageError, local_event_from_image, stored_event_from_image};

/// The attribute that only records of ExternalEvents have.
const EXTERNAL_KEY: &str = "event_key";

/// The notification of a change, if it is one to be told. The same record always makes the same notification.
pub fn notification(record: EventRecord) -> Result<Option<Notification>, NoticeError> {
    let cause = format!(
        "{}/{}",
        record.event_source_arn.as_deref().unwrap_or_default(),
        record.event_id
    );
    let change = record.change;
    let timestamp = Timestamp(change.approximate_creation_date_time);
    let announcement = if change.keys.contains_key(EXTERNAL_KEY) {
        let before = stored_event_from_image(change.old_image)?;
        let after = stored_event_from_image(change.new_image)?;
        before
            .zip(after)
            .and_then(|(before, after)| of_source(&before, after, timestamp))
    } else {
        let before = local_event_from_image(change.old_image)?;
        let after = local_event_from_image(change.new_image)?;
        let data = |event: LocalEvent| AnnouncedEvent::new(event.id, event.content.external);
        match (before, after) {
            (None, Some(event)) => Some(Announcement::Imported {
                timestamp,
                data: data(event),
            }),
            (Some(event), None) => Some(Announcement::Withdrawn {
                timestamp,
                data: data(event),
            }),
            _ => None,
        }
    };
    let body = announcement.as_ref().map(serde_json::to_string).transpose()?;
    Ok(body.map(|body| Notification::new(&cause, body)))
}

/// What a source says anew of an event that is imported: of what a local event shows, or its status.
fn of_source(before: &StoredEvent, after: StoredEvent, timestamp: Timestamp) -> Option<Announcement> {
    // An import and a withdrawal change the mark alone.
    let id = before.import.and(after.import)?.local_event_id;
    let (then, now) = (Content::of(&before.event), Content::of(&after.event));
    let mut changed: Vec<_> = now.differences(&then).map(ContentField::as_str).collect();
    let status = after.event.status;
    let is_status_new = status != before.event.status;
    if is_status_new {
        changed.push("status");
    }
    if changed.is_empty() {
        return None;
    }
    let data = AnnouncedChange {
        event: AnnouncedEvent::new(id, after.event.key),
        status,
        changed,
        changes_url: format!("{}changes/", id.url()),
    };
    Some(match status {
        EventStatus::Cancelled if is_status_new => Announcement::Cancelled { timestamp, data },
        _ => Announcement::Changed { timestamp, data },
    })
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
