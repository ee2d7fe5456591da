//! What a change in a table means for the platform.

use aws_lambda_events::event::dynamodb::EventRecord;
use chrono::{DateTime, Utc};
use domain::start::Rfc3339;
use domain::{Content, ContentField, EventKey, EventStatus, LocalEventId, StoredEvent};
use edge::webhook::Notification;
use serde_json::{Value, json};
use storage::{StorageError, local_event_from_image, stored_event_from_image};

/// The attribute that only records of ExternalEvents have.
const EXTERNAL_KEY: &str = "event_key";

/// The notification of a change, if it is one to be told. The same record always makes the same notification.
pub fn notification(record: EventRecord) -> Result<Option<Notification>, StorageError> {
    let cause = format!(
        "{}/{}",
        record.event_source_arn.as_deref().unwrap_or_default(),
        record.event_id
    );
    let change = record.change;
    let at = change.approximate_creation_date_time;
    let notice = if change.keys.contains_key(EXTERNAL_KEY) {
        let before = stored_event_from_image(change.old_image)?;
        let after = stored_event_from_image(change.new_image)?;
        before
            .zip(after)
            .and_then(|(before, after)| of_source(&before, &after))
    } else {
        let before = local_event_from_image(change.old_image)?;
        let after = local_event_from_image(change.new_image)?;
        match (before, after) {
            (None, Some(event)) => Some((
                "external_event.imported",
                about(event.id, &event.content.external),
            )),
            (Some(event), None) => Some(("local_event.withdrawn", about(event.id, &event.content.external))),
            _ => None,
        }
    };
    Ok(notice.map(|(kind, data)| Notification::new(&cause, body(kind, at, &data))))
}

/// What a source says anew of an event that is imported: of what a local event shows, or its status.
fn of_source(before: &StoredEvent, after: &StoredEvent) -> Option<(&'static str, Value)> {
    // An import and a withdrawal change the mark alone.
    let id = before.import.and(after.import)?.local_event_id;
    let (then, now) = (Content::of(&before.event), Content::of(&after.event));
    let mut changed: Vec<&str> = now.differences(&then).map(ContentField::as_str).collect();
    let status = after.event.status;
    let is_status_new = status != before.event.status;
    if is_status_new {
        changed.push("status");
    }
    if changed.is_empty() {
        return None;
    }
    let mut data = about(id, &after.event.key);
    data["status"] = json!(status);
    data["changed"] = json!(changed);
    data["changes_url"] = json!(format!("{}changes/", id.url()));
    let kind = if is_status_new && status == EventStatus::Cancelled {
        "external_event.cancelled"
    } else {
        "external_event.changed"
    };
    Some((kind, data))
}

fn about(id: LocalEventId, external: &EventKey) -> Value {
    json!({
        "local_event_id": id,
        "local_event_url": id.url(),
        "external_source": external.source,
        "external_event_id": external.id,
    })
}

fn body(kind: &str, at: DateTime<Utc>, data: &Value) -> String {
    json!({"type": kind, "timestamp": Rfc3339(at).to_string(), "data": data}).to_string()
}
