//! What makes an external event fit to become one of the platform's own.

use chrono::{DateTime, Utc};

use crate::content::{Content, Edit};
use crate::event::ExternalEvent;
use crate::local_event::LocalEventDraft;
use crate::status::EventStatus;
use crate::validation::FieldErrors;

pub use crate::content::{MAX_DESCRIPTION_LENGTH, MAX_LINE_LENGTH, MAX_TITLE_LENGTH};

/// What an organizer wants the local event to say instead of what the source says; a `null` says nothing.
pub type ImportOverrides = Edit;

/// What the local event would say that `event` becomes with `overrides`, whether it can or not.
pub fn proposal(event: &ExternalEvent, overrides: &ImportOverrides) -> Content {
    let overrides = Edit {
        start_time: overrides.start_time.filter(Option::is_some),
        end_time: overrides.end_time.filter(Option::is_some),
        ..overrides.clone()
    };
    Content::of(event).with(&overrides)
}

/// The local event that `event` becomes with `overrides`, or every reason why it cannot.
pub fn draft(
    event: &ExternalEvent,
    overrides: &ImportOverrides,
    now: DateTime<Utc>,
) -> Result<LocalEventDraft, FieldErrors> {
    let content = proposal(event, overrides);
    let mut errors = content.check();
    if let Some(reason) = refusal(event.status) {
        errors.add("status", reason);
    }
    if event.ticket_url.is_none() {
        errors.add("ticket_url", "Ticket URL must be an http or https URL");
    }
    if content.start_time.is_some_and(|start| start <= now) {
        errors.add("start_time", "Start time must be in the future");
    }
    LocalEventDraft::new(content, event.key.clone(), errors)
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
