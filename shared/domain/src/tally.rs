//! Which counters an event counts in, and how they move when it changes.
//!
//! A counter moves by the difference between what an event counted as before and what it counts as now. Counters are
//! therefore exact whenever each change is applied once, in whatever order changes of different events arrive.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::category::Category;
use crate::event::StoredEvent;
use crate::source::Source;
use crate::start::Rfc3339;
use crate::status::EventStatus;

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Counter {
    /// Events of a source.
    Source(Source),
    /// Events of a category.
    Category(Category),
    /// Events of a status.
    Status(EventStatus),
    /// Imports made in a month, `2026-11`.
    ImportMonth(String),
    /// Imported events in a place: city and country code, either may be empty.
    City(String, String),
}

/// How far a counter moves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Step {
    /// Change of the number of events.
    pub events: i64,
    /// Change of the number of imported events.
    pub imported: i64,
}

/// The moves of all counters that a set of changes causes. Moves that cancel out are not in it.
pub type Steps = BTreeMap<Counter, Step>;

/// What one event counts as: nothing if it does not exist.
fn counts_of(stored: &StoredEvent) -> Steps {
    let event = &stored.event;
    let imported = i64::from(stored.import.is_some());
    let step = Step { events: 1, imported };
    let mut steps = Steps::from([
        (Counter::Source(event.key.source), step),
        (Counter::Category(event.category), step),
        (Counter::Status(event.status), step),
    ]);
    if let Some(import) = stored.import {
        let month = Rfc3339(import.imported_at).to_string().chars().take(7).collect();
        steps.insert(Counter::ImportMonth(month), step);
        let country = event
            .venue
            .country
            .map(|country| country.to_string())
            .unwrap_or_default();
        // Only places with imports are counted: there are few of them, while cities are many.
        steps.insert(Counter::City(event.venue.city.clone(), country), step);
    }
    steps
}

/// Adds to `steps` what the change of one event from `before` to `after` moves.
pub fn add_change(steps: &mut Steps, before: Option<&StoredEvent>, after: Option<&StoredEvent>) {
    for (stored, sign) in [(before, -1), (after, 1)] {
        for (counter, step) in stored.map(counts_of).unwrap_or_default() {
            let entry = steps.entry(counter).or_default();
            entry.events += sign * step.events;
            entry.imported += sign * step.imported;
        }
    }
    steps.retain(|_, step| *step != Step::default());
}

/// `source#ticketmaster`, `category#music`, `status#scheduled`, `month#2026-11`, `city#US#New York`.
impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(source) => write!(f, "source#{source}"),
            Self::Category(category) => write!(f, "category#{}", category.slug()),
            Self::Status(status) => write!(f, "status#{status}"),
            Self::ImportMonth(month) => write!(f, "month#{month}"),
            Self::City(city, country) => write!(f, "city#{country}#{city}"),
        }
    }
}

/// A text that names no counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("names no counter")]
pub struct UnknownCounter;

impl FromStr for Counter {
    type Err = UnknownCounter;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, value) = text.split_once('#').ok_or(UnknownCounter)?;
        match kind {
            "source" => value.parse().map(Self::Source).map_err(|_| UnknownCounter),
            "category" => value.parse().map(Self::Category).map_err(|_| UnknownCounter),
            "status" => value.parse().map(Self::Status).map_err(|_| UnknownCounter),
            "month" => Ok(Self::ImportMonth(value.to_owned())),
            "city" => {
                let (country, city) = value.split_once('#').ok_or(UnknownCounter)?;
                Ok(Self::City(city.to_owned(), country.to_owned()))
            }
            _ => Err(UnknownCounter),
        }
    }
}
