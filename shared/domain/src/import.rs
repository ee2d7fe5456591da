//! What makes an external event fit to become one of the platform's own.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::event::ExternalEvent;
use crate::local_event::LocalEventDraft;
use crate::status::EventStatus;
use crate::text::clean;
use crate::validation::FieldErrors;

/// The longest title of a local event, in characters: the platform's column.
pub const MAX_TITLE_LENGTH: usize = 200;

/// The longest description of a local event, in bytes: keeps an item far below DynamoDB's 400 KB.
pub const MAX_DESCRIPTION_LENGTH: usize = 50_000;

/// The longest of the other texts of a local event, in characters: the platform's columns.
pub const MAX_LINE_LENGTH: usize = 500;

/// What an organizer wants the local event to say instead of what the source says. Unknown fields are refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImportOverrides {
    /// The name.
    pub title: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// Venue and city in one line.
    pub location: Option<String>,
    /// The start.
    pub start_time: Option<DateTime<Utc>>,
    /// The end.
    pub end_time: Option<DateTime<Utc>>,
    /// The venue.
    pub venue_name: Option<String>,
    /// The venue's street and number.
    pub venue_address: Option<String>,
}

/// The local event that `event` becomes with `overrides`, or every reason why it cannot.
pub fn draft(
    event: &ExternalEvent,
    overrides: &ImportOverrides,
    now: DateTime<Utc>,
) -> Result<LocalEventDraft, FieldErrors> {
    let mut errors = FieldErrors::new();
    let text = |given: &Option<String>, source: &str| clean(given.as_deref().unwrap_or(source));
    let title = text(&overrides.title, &event.title);
    if title.is_empty() {
        errors.add("title", "Title is required");
    } else if title.chars().count() > MAX_TITLE_LENGTH {
        errors.add(
            "title",
            format_args!("Title must be at most {MAX_TITLE_LENGTH} characters long"),
        );
    }
    let description = text(&overrides.description, &event.description);
    if description.len() > MAX_DESCRIPTION_LENGTH {
        errors.add(
            "description",
            format_args!("Description must be at most {MAX_DESCRIPTION_LENGTH} bytes long"),
        );
    }
    let location = text(&overrides.location, &event.venue.line());
    let venue_name = text(&overrides.venue_name, &event.venue.name);
    let venue_address = text(&overrides.venue_address, &event.venue.address);
    for (field, line) in [
        ("location", &location),
        ("venue_name", &venue_name),
        ("venue_address", &venue_address),
    ] {
        if line.chars().count() > MAX_LINE_LENGTH {
            errors.add(
                field,
                format_args!("Must be at most {MAX_LINE_LENGTH} characters long"),
            );
        }
    }
    if let Some(reason) = refusal(event.status) {
        errors.add("status", reason);
    }
    if event.ticket_url.is_none() {
        errors.add("ticket_url", "Ticket URL must be an http or https URL");
    }
    let start_time = overrides.start_time.or_else(|| event.start.instant());
    let end_time = overrides.end_time.or(event.end);
    match start_time {
        None => errors.add("start_time", "Start time is not announced yet"),
        Some(start) if start <= now => errors.add("start_time", "Start time must be in the future"),
        Some(_) => {}
    }
    if start_time.zip(end_time).is_some_and(|(start, end)| end <= start) {
        errors.add("end_time", "End time must be after start time");
    }
    match start_time {
        Some(start_time) if errors.is_empty() => Ok(LocalEventDraft {
            title,
            description,
            location,
            start_time,
            end_time,
            venue_name,
            venue_address,
            external: event.key.clone(),
        }),
        _ => Err(errors),
    }
}

fn refusal(status: EventStatus) -> Option<&'static str> {
    match status {
        EventStatus::Cancelled => Some("Event is cancelled"),
        EventStatus::Ended => Some("Event has ended"),
        EventStatus::Removed => Some("Event was removed at its source"),
        EventStatus::Scheduled | EventStatus::Postponed | EventStatus::Rescheduled | EventStatus::SoldOut => {
            None
        }
    }
}
