//! What is said about an event, in the terms of a local event: by its source, by an organizer, or by both.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};

use crate::event::ExternalEvent;
use crate::start::Rfc3339;
use crate::text::clean;
use crate::validation::FieldErrors;

/// The longest title of a local event, in characters: the platform's column.
pub const MAX_TITLE_LENGTH: usize = 200;

/// The longest description of a local event, in bytes: keeps an item far below DynamoDB's 400 KB.
pub const MAX_DESCRIPTION_LENGTH: usize = 50_000;

/// The longest of the other texts of a local event, in characters: the platform's columns.
pub const MAX_LINE_LENGTH: usize = 500;

/// A field that a source and an organizer both have a say in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContentField {
    /// The name.
    Title,
    /// What it is about.
    Description,
    /// Venue and city in one line.
    Location,
    /// The start.
    StartTime,
    /// The end.
    EndTime,
    /// The venue.
    VenueName,
    /// The venue's street and number.
    VenueAddress,
}

/// A text that names no field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("names no field that a source can change")]
pub struct UnknownField;

impl ContentField {
    /// Every field.
    pub const ALL: [Self; 7] = [
        Self::Title,
        Self::Description,
        Self::Location,
        Self::StartTime,
        Self::EndTime,
        Self::VenueName,
        Self::VenueAddress,
    ];

    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Description => "description",
            Self::Location => "location",
            Self::StartTime => "start_time",
            Self::EndTime => "end_time",
            Self::VenueName => "venue_name",
            Self::VenueAddress => "venue_address",
        }
    }
}

impl fmt::Display for ContentField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ContentField {
    type Err = UnknownField;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|field| field.as_str() == text)
            .ok_or(UnknownField)
    }
}

/// What is said about an event; it need not be enough for a local event, which [`Content::check`] tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The name.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// Venue and city in one line.
    pub location: String,
    /// The start, where it is announced.
    pub start_time: Option<DateTime<Utc>>,
    /// The end, where it is announced.
    pub end_time: Option<DateTime<Utc>>,
    /// The venue.
    pub venue_name: String,
    /// The venue's street and number.
    pub venue_address: String,
}

/// What takes the place of some fields of a [`Content`]. Unknown fields are refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Edit {
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Venue and city in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The start; `Some(None)`, in JSON `null`, takes it away.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub start_time: Option<Option<DateTime<Utc>>>,
    /// The end; `Some(None)`, in JSON `null`, takes it away.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub end_time: Option<Option<DateTime<Utc>>>,
    /// The venue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub venue_name: Option<String>,
    /// The venue's street and number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub venue_address: Option<String>,
}

/// Tells `null` from what is left out, which serde does not by itself.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl Content {
    /// What `event`'s source says.
    pub fn of(event: &ExternalEvent) -> Self {
        Self {
            title: clean(&event.title),
            description: clean(&event.description),
            location: clean(&event.venue.line()),
            start_time: event.start.instant(),
            end_time: event.end,
            venue_name: clean(&event.venue.name),
            venue_address: clean(&event.venue.address),
        }
    }

    /// This, with what `edit` says in the place of what was said before.
    #[must_use]
    pub fn with(self, edit: &Edit) -> Self {
        let text = |given: &Option<String>, before: String| given.as_deref().map_or(before, clean);
        Self {
            title: text(&edit.title, self.title),
            description: text(&edit.description, self.description),
            location: text(&edit.location, self.location),
            start_time: edit.start_time.unwrap_or(self.start_time),
            end_time: edit.end_time.unwrap_or(self.end_time),
            venue_name: text(&edit.venue_name, self.venue_name),
            venue_address: text(&edit.venue_address, self.venue_address),
        }
    }

    /// The value of a field as JSON has it: a text, possibly empty, or a time, `None` where it is not announced.
    pub fn value(&self, field: ContentField) -> Option<String> {
        let time = |time: Option<DateTime<Utc>>| time.map(|time| Rfc3339(time).to_string());
        match field {
            ContentField::Title => Some(self.title.clone()),
            ContentField::Description => Some(self.description.clone()),
            ContentField::Location => Some(self.location.clone()),
            ContentField::StartTime => time(self.start_time),
            ContentField::EndTime => time(self.end_time),
            ContentField::VenueName => Some(self.venue_name.clone()),
            ContentField::VenueAddress => Some(self.venue_address.clone()),
        }
    }

    /// The fields in which this differs from `other`, as JSON shows them.
    pub fn differences<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = ContentField> + 'a {
        ContentField::ALL
            .into_iter()
            .filter(|&field| self.value(field) != other.value(field))
    }

    /// Everything that keeps this from being a local event. Whether it lies in the future is for the caller to ask.
    pub fn check(&self) -> FieldErrors {
        let mut errors = FieldErrors::new();
        if self.title.is_empty() {
            errors.add("title", "Title is required");
        } else if self.title.chars().count() > MAX_TITLE_LENGTH {
            errors.add(
                "title",
                format_args!("Title must be at most {MAX_TITLE_LENGTH} characters long"),
            );
        }
        if self.description.len() > MAX_DESCRIPTION_LENGTH {
            errors.add(
                "description",
                format_args!("Description must be at most {MAX_DESCRIPTION_LENGTH} bytes long"),
            );
        }
        for (field, line) in [
            ("location", &self.location),
            ("venue_name", &self.venue_name),
            ("venue_address", &self.venue_address),
        ] {
            if line.chars().count() > MAX_LINE_LENGTH {
                errors.add(
                    field,
                    format_args!("Must be at most {MAX_LINE_LENGTH} characters long"),
                );
            }
        }
        if self.start_time.is_none() {
            errors.add("start_time", "Start time is not announced yet");
        }
        if self
            .start_time
            .zip(self.end_time)
            .is_some_and(|(start, end)| end <= start)
        {
            errors.add("end_time", "End time must be after start time");
        }
        errors
    }
}

impl Edit {
    /// This, with the value of `field` in `content` too.
    #[must_use]
    pub fn and(mut self, field: ContentField, content: &Content) -> Self {
        match field {
            ContentField::Title => self.title = Some(content.title.clone()),
            ContentField::Description => self.description = Some(content.description.clone()),
            ContentField::Location => self.location = Some(content.location.clone()),
            ContentField::StartTime => self.start_time = Some(content.start_time),
            ContentField::EndTime => self.end_time = Some(content.end_time),
            ContentField::VenueName => self.venue_name = Some(content.venue_name.clone()),
            ContentField::VenueAddress => self.venue_address = Some(content.venue_address.clone()),
        }
        self
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
