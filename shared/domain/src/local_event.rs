//! Events of the platform.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{EventKey, LocalEventId};

/// What an import makes of an external event, valid but not yet stored: [`crate::import::draft`] is the only maker.
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
    /// Counts the changes; the base of its `ETag`.
    pub version: u64,
}
