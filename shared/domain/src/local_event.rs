//! Events of the platform, and what becomes of them after their import.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::content::{Content, ContentField, Edit};
use crate::id::{EventKey, LocalEventId};
use crate::validation::FieldErrors;

/// What a local event says: [`crate::import::draft`] makes the first, [`LocalEvent::edited`] the later ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalEventDraft {
    /// The name, 1 to 200 characters.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// Venue and city in one line.
    pub location: String,
    /// The start.
    pub start_time: DateTime<Utc>,
    /// The end, after the start.
    pub end_time: Option<DateTime<Utc>>,
    /// The venue.
    pub venue_name: String,
    /// The venue's street and number.
    pub venue_address: String,
    /// The external event it was made from.
    pub external: EventKey,
}

impl LocalEventDraft {
    /// `content` as a local event, unless there are `errors`.
    pub(crate) fn new(
        content: Content,
        external: EventKey,
        errors: FieldErrors,
    ) -> Result<Self, FieldErrors> {
        match content.start_time {
            Some(start_time) if errors.is_empty() => Ok(Self {
                title: content.title,
                description: content.description,
                location: content.location,
                start_time,
                end_time: content.end_time,
                venue_name: content.venue_name,
                venue_address: content.venue_address,
                external,
            }),
            _ => Err(errors),
        }
    }

    /// What it says, comparable with what its source says.
    pub fn content(&self) -> Content {
        Content {
            title: self.title.clone(),
            description: self.description.clone(),
            location: self.location.clone(),
            start_time: Some(self.start_time),
            end_time: self.end_time,
            venue_name: self.venue_name.clone(),
            venue_address: self.venue_address.clone(),
        }
    }
}

/// An event of the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalEvent {
    /// Its id, never used twice.
    pub id: LocalEventId,
    /// What it says.
    #[serde(flatten)]
    pub content: LocalEventDraft,
    /// The user who imported it.
    pub created_by: String,
    /// When that was.
    pub created_at: DateTime<Utc>,
    /// Counts the writes: each names the version that it replaces.
    pub version: u64,
    /// What the source said when it was imported.
    pub at_import: Content,
    /// What the source said since then that an organizer has accepted or dismissed.
    #[serde(default, skip_serializing_if = "Edit::is_empty")]
    pub reviewed: Edit,
    /// The request that imported it, where the caller named it by an `Idempotency-Key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

/// A field in which the source now says something that no organizer has decided on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingChange {
    /// The field.
    pub field: ContentField,
    /// What the source said at the import.
    pub at_import: Option<String>,
    /// What it says now.
    pub at_source: Option<String>,
    /// What the local event says.
    pub local: Option<String>,
}

/// What an organizer decides about pending changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Review {
    /// The fields that take over what the source says.
    pub accept: BTreeSet<ContentField>,
    /// The fields that stay as they are, until the source changes them again.
    pub reject: BTreeSet<ContentField>,
}

impl LocalEvent {
    /// The event with `edit` applied, or every reason why it cannot be. A start that is given must be in the future;
    /// one that stays may have passed.
    pub fn edited(&self, edit: &Edit, now: DateTime<Utc>) -> Result<Self, FieldErrors> {
        let content = self.content.content().with(edit);
        let mut errors = content.check();
        if edit.start_time.flatten().is_some_and(|start| start <= now) {
            errors.add("start_time", "Start time must be in the future");
        }
        let content = LocalEventDraft::new(content, self.content.external.clone(), errors)?;
        Ok(Self {
            content,
            version: self.version + 1,
            ..self.clone()
        })
    }

    /// The fields in which `source` says something new: neither what was last decided on, nor what the event says.
    pub fn pending_changes(&self, source: &Content) -> Vec<PendingChange> {
        let local = self.content.content();
        let decided = self.at_import.clone().with(&self.reviewed);
        source
            .differences(&decided)
            .filter(|&field| source.value(field) != local.value(field))
            .map(|field| PendingChange {
                field,
                at_import: self.at_import.value(field),
                at_source: source.value(field),
                local: local.value(field),
            })
            .collect()
    }

    /// The event after `review` of what `source` says, or every reason why it cannot be.
    pub fn reviewed(
        &self,
        review: &Review,
        source: &Content,
        now: DateTime<Utc>,
    ) -> Result<Self, FieldErrors> {
        let pending: BTreeSet<_> = self
            .pending_changes(source)
            .iter()
            .map(|change| change.field)
            .collect();
        let mut errors = FieldErrors::new();
        for (decision, fields) in [("accept", &review.accept), ("reject", &review.reject)] {
            for field in fields.difference(&pending) {
                errors.add(decision, format_args!("{field} has no pending change"));
            }
        }
        for field in review.accept.intersection(&review.reject) {
            errors.add("reject", format_args!("{field} is accepted as well"));
        }
        errors.into_result()?;
        let taken = |edit: Edit, field: &ContentField| edit.and(*field, source);
        let edited = self.edited(&review.accept.iter().fold(Edit::default(), taken), now)?;
        Ok(Self {
            reviewed: review
                .accept
                .union(&review.reject)
                .fold(self.reviewed.clone(), taken),
            ..edited
        })
    }
}
