//! An event as its source describes it, and as we keep it.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::category::Category;
use crate::coordinate::Coordinates;
use crate::country::CountryCode;
use crate::id::{EventKey, LocalEventId};
use crate::price::PriceRange;
use crate::start::Start;
use crate::status::EventStatus;
use crate::sync::SliceName;
use crate::timezone::Timezone;
use crate::web_link::WebLink;

/// Where an event takes place. Unknown text is empty.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Venue {
    /// Its name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Street and number.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// The city.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub city: String,
    /// State or region, as a code where the source has one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub state: String,
    /// The country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<CountryCode>,
    /// The postal code.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub postal_code: String,
    /// The position.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coordinates: Option<Coordinates>,
}

impl Venue {
    /// Name and city in one line, the `location` of the API: `Madison Square Garden, New York`.
    pub fn line(&self) -> String {
        match (self.name.as_str(), self.city.as_str()) {
            (name, "") => name.to_owned(),
            ("", city) => city.to_owned(),
            (name, city) => format!("{name}, {city}"),
        }
    }
}

/// An event as its source describes it now. Whatever the source leaves out is empty or `None`, never invented.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExternalEvent {
    /// Source and id.
    pub key: EventKey,
    /// The name.
    pub title: String,
    /// What the source says about it, as plain text; often empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// When it starts, with how much of that is known.
    pub start: Start,
    /// When it ends, where the source says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<DateTime<Utc>>,
    /// The IANA time zone of the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<Timezone>,
    /// Its state.
    pub status: EventStatus,
    /// Where it takes place.
    #[serde(default)]
    pub venue: Venue,
    /// Whether it can be attended online.
    #[serde(default, skip_serializing_if = "is_false")]
    pub online: bool,
    /// The category in our own terms.
    pub category: Category,
    /// The category in the source's terms.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source_category: String,
    /// The finer category in the source's terms.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subcategory: String,
    /// Who performs, most important first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub performers: Vec<String>,
    /// What tickets cost, where the source says so: absence never means "free".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<PriceRange>,
    /// Where tickets are sold; every source's terms ask for this link to be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_url: Option<WebLink>,
    /// A picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<WebLink>,
    /// Whether this is an extra to another event (parking, VIP upgrade, club level) rather than an event.
    #[serde(default, skip_serializing_if = "is_false")]
    pub add_on: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl ExternalEvent {
    /// The earliest instant at which the event can start; `None` if not even its day is known.
    pub fn earliest_start(&self) -> Option<DateTime<Utc>> {
        self.start.earliest(self.timezone)
    }

    /// The latest instant at which the event can start; `None` if not even its day is known.
    pub fn latest_start(&self) -> Option<DateTime<Utc>> {
        self.start.latest(self.timezone)
    }

    /// The order of results: by start time, events without a time at the end of their day and those without a date at
    /// the very end; then by source, then by id.
    pub fn by_start(one: &Self, other: &Self) -> Ordering {
        let instant = |event: &Self| event.latest_start().unwrap_or(DateTime::<Utc>::MAX_UTC);
        instant(one)
            .cmp(&instant(other))
            .then_with(|| one.key.cmp(&other.key))
    }
}

/// The mark of an event that has become one of the platform's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The platform's event.
    pub local_event_id: LocalEventId,
    /// When.
    pub imported_at: DateTime<Utc>,
}

/// An event as the store keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredEvent {
    /// What the source said when it was last read.
    pub event: ExternalEvent,
    /// When it first came in.
    pub created_at: DateTime<Utc>,
    /// When it was seen at its source as it is stored.
    pub synced_at: DateTime<Utc>,
    /// The slice in which a sync last saw it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice: Option<SliceName>,
    /// Its mark, once it is imported.
    pub import: Option<Import>,
}

impl StoredEvent {
    /// What is known of it beside what its source says.
    pub fn outline(&self) -> StoredOutline {
        StoredOutline {
            status: self.event.status,
            latest_start: self.event.latest_start(),
            created_at: self.created_at,
            synced_at: self.synced_at,
            slice: self.slice.clone(),
            import: self.import,
        }
    }
}

/// What the store knows of an event beside what its source says: enough to complete what the source has just said.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredOutline {
    /// The state in which it is stored.
    pub status: EventStatus,
    /// The latest instant at which it can start, as it is stored.
    pub latest_start: Option<DateTime<Utc>>,
    /// When it first came in.
    pub created_at: DateTime<Utc>,
    /// When it was seen at its source as it is stored.
    pub synced_at: DateTime<Utc>,
    /// The slice in which a sync last saw it, if one did.
    pub slice: Option<SliceName>,
    /// Its mark, once it is imported.
    pub import: Option<Import>,
}
