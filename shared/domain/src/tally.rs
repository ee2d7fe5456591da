//! Which counters an event counts in, and how they move when it changes.
//!
//! A counter moves by the difference between what an event counted as before and what it counts as now. Counters are
//! therefore exact whenever each change is applied once, in whatever order changes of different events arrive.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::Deserialize;

use crate::category::Category;
use crate::event::StoredEvent;
use crate::source::Source;
use crate::start::Rfc3339;
use crate::status::EventStatus;
use crate::text::fold;

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
    /// Imported events in a place.
    City(Place),
}

/// A city and its country's code, either of which may be empty. However it is spelt, it is the same place.
#[derive(Debug, Clone)]
pub struct Place {
    /// The city, as somebody spells it.
    pub city: String,
    /// The country.
    pub country: String,
    folded: String,
}

impl Place {
    /// The place of this city.
    pub fn new(city: impl Into<String>, country: impl Into<String>) -> Self {
        let city = city.into();
        Self {
            folded: fold(&city),
            city,
            country: country.into(),
        }
    }

    /// The place that a key or a marker names: its city is folded already.
    fn named(folded: &str, country: &str) -> Self {
        Self {
            city: folded.to_owned(),
            country: country.to_owned(),
            folded: folded.to_owned(),
        }
    }

    /// The same place with its city spelt otherwise.
    #[must_use]
    pub fn spelt(self, city: String) -> Self {
        Self { city, ..self }
    }

    fn meaning(&self) -> (&str, &str) {
        (&self.country, &self.folded)
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }
}

impl Eq for Place {}

impl Hash for Place {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.meaning().hash(state);
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        self.meaning().cmp(&other.meaning())
    }
}

/// How far a counter moves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct Step {
    /// Change of the number of events.
    pub events: i64,
    /// Change of the number of imported events.
    pub imported: i64,
}

/// The moves of all counters that a set of changes causes. Moves that cancel out are not in it.
pub type Steps = BTreeMap<Counter, Step>;

/// What one event is counted as. As text (`ticketmaster music scheduled`, for an import also its month and place:
/// `… 2026-11 CH zurich`), it is what a marker keeps of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    source: Source,
    category: Category,
    status: EventStatus,
    import: Option<(String, Place)>,
}

impl Counted {
    /// What `stored` counts as.
    pub fn of(stored: &StoredEvent) -> Self {
        let event = &stored.event;
        let import = stored.import.map(|import| {
            let month = Rfc3339(import.imported_at).to_string().chars().take(7).collect();
            let country = event.venue.country.map(|country| country.to_string());
            (month, Place::new(&event.venue.city, country.unwrap_or_default()))
        });
        Self {
            source: event.key.source,
            category: event.category,
            status: event.status,
            import,
        }
    }

    /// The counters that it is in.
    pub fn steps(&self) -> Steps {
        let step = Step {
            events: 1,
            imported: i64::from(self.import.is_some()),
        };
        let mut steps = Steps::from([
            (Counter::Source(self.source), step),
            (Counter::Category(self.category), step),
            (Counter::Status(self.status), step),
        ]);
        if let Some((month, place)) = &self.import {
            steps.insert(Counter::ImportMonth(month.clone()), step);
            // Only places with imports are counted: there are few of them, while cities are many.
            steps.insert(Counter::City(place.clone()), step);
        }
        steps
    }
}

/// Adds to `steps` what the change of one event from `before` to `after` moves; `None` is one that does not exist.
pub fn add_change(steps: &mut Steps, before: Option<&Counted>, after: Option<&Counted>) {
    for (counted, sign) in [(before, -1), (after, 1)] {
        for (counter, step) in counted.map(Counted::steps).unwrap_or_default() {
            let entry = steps.entry(counter).or_default();
            entry.events += sign * step.events;
            entry.imported += sign * step.imported;
        }
    }
    steps.retain(|_, step| *step != Step::default());
}

/// Whether this change of one event is its import: it bears a mark that it did not bear before.
pub fn is_import(before: Option<&StoredEvent>, after: Option<&StoredEvent>) -> bool {
    let mark = |stored: Option<&StoredEvent>| Some(stored?.import?.local_event_id);
    mark(after).is_some() && mark(after) != mark(before)
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            source,
            category,
            status,
            import,
        } = self;
        write!(f, "{source} {} {status}", category.slug())?;
        match import {
            Some((month, place)) => write!(f, " {month} {} {}", place.country, place.folded),
            None => Ok(()),
        }
    }
}

/// A text that says of no event what it is counted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("says of no event what it is counted as")]
pub struct NotCounted;

impl FromStr for Counted {
    type Err = NotCounted;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = text.splitn(6, ' ');
        let mut word = || words.next().ok_or(NotCounted);
        let (source, category, status) = (word()?, word()?, word()?);
        let import = match words.next() {
            Some(month) => {
                let (country, city) = (words.next().ok_or(NotCounted)?, words.next().ok_or(NotCounted)?);
                Some((month.to_owned(), Place::named(city, country)))
            }
            None => None,
        };
        Ok(Self {
            source: source.parse().map_err(|_| NotCounted)?,
            category: category.parse().map_err(|_| NotCounted)?,
            status: status.parse().map_err(|_| NotCounted)?,
            import,
        })
    }
}

/// `source#ticketmaster`, `category#music`, `status#scheduled`, `month#2026-11`, `city#US#new york`.
impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(source) => write!(f, "source#{source}"),
            Self::Category(category) => write!(f, "category#{}", category.slug()),
            Self::Status(status) => write!(f, "status#{status}"),
            Self::ImportMonth(month) => write!(f, "month#{month}"),
            Self::City(place) => write!(f, "city#{}#{}", place.country, place.folded),
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
                Ok(Self::City(Place::named(city, country)))
            }
            _ => Err(UnknownCounter),
        }
    }
}
