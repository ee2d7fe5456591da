//! What a provider lists: a show under the provider's id, with its oddity, and changes made to it meanwhile.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

use crate::catalogue::{Show, quirk::Quirk, words};

/// Whether the event takes place, as far as the provider says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    Scheduled,
    Cancelled,
    /// Without a new date.
    Postponed,
    /// On a new date; the old one is here.
    Rescheduled(NaiveDateTime),
}

/// A change that a test makes to one event: `{"cancel": true}`, `{"rename": "…"}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    Cancel(bool),
    /// Without a new date.
    Postpone(bool),
    /// To another local start.
    Reschedule(NaiveDateTime),
    Rename(String),
    /// Vanish: out of every list, 404 by id.
    Remove(bool),
    /// Keep the page valid JSON, but give this event values of the wrong types.
    Garbage(bool),
}

/// One event of one provider.
#[derive(Debug, Clone)]
pub(crate) struct Listing {
    pub id: String,
    pub show: Arc<Show>,
    pub title: String,
    /// Local to the venue.
    pub start: NaiveDateTime,
    pub start_utc: DateTime<Utc>,
    pub standing: Standing,
    pub quirk: Option<Quirk>,
    pub garbage: bool,
    removed: bool,
    /// Everything that a text search looks at: ` word word `.
    text: OnceLock<String>,
    rendered: OnceLock<Box<RawValue>>,
}

impl Listing {
    pub(crate) fn new(id: String, show: Arc<Show>, title: String, quirk: Option<Quirk>) -> Self {
        Self {
            id,
            title,
            start: show.start,
            start_utc: to_utc(show.start, show.venue.city.timezone),
            standing: Standing::Scheduled,
            quirk,
            garbage: false,
            removed: false,
            text: OnceLock::new(),
            rendered: OnceLock::new(),
            show,
        }
    }

    /// This listing with another standing.
    pub(crate) fn standing(self, standing: Standing) -> Self {
        Self { standing, ..self }
    }

    fn text(&self) -> String {
        let show = &self.show;
        let mut found = words(&self.title);
        for performer in &show.performers {
            found.extend(words(&performer.name));
        }
        for name in [&show.venue.name, show.venue.city.name, show.genre.name] {
            found.extend(words(name));
        }
        format!(" {} ", found.join(" "))
    }

    fn changed(&self, change: &Change) -> Self {
        let mut listing = Self {
            text: OnceLock::new(),
            rendered: OnceLock::new(),
            ..self.clone()
        };
        let standing = |set: bool, standing| if set { standing } else { Standing::Scheduled };
        match change {
            Change::Cancel(set) => listing.standing = standing(*set, Standing::Cancelled),
            Change::Postpone(set) => listing.standing = standing(*set, Standing::Postponed),
            Change::Reschedule(start) => {
                listing.standing = Standing::Rescheduled(listing.start);
                listing.start = *start;
                listing.start_utc = to_utc(*start, listing.timezone());
            }
            Change::Rename(title) => listing.title.clone_from(title),
            Change::Remove(set) => listing.removed = *set,
            Change::Garbage(set) => listing.garbage = *set,
        }
        listing
    }

    pub(crate) fn timezone(&self) -> Tz {
        self.show.venue.city.timezone
    }

    pub(crate) fn position(&self) -> (f64, f64) {
        (self.show.venue.latitude, self.show.venue.longitude)
    }

    /// Whether every one of the folded `words` occurs as a whole word.
    pub(crate) fn mentions(&self, words: &[String]) -> bool {
        if words.is_empty() {
            return true;
        }
        let text = self.text.get_or_init(|| self.text());
        words.iter().all(|word| {
            text.match_indices(word.as_str())
                .any(|(at, _)| text[..at].ends_with(' ') && text[at + word.len()..].starts_with(' '))
        })
    }

    /// The provider's JSON of this event, written at its first use.
    pub(crate) fn rendered(&self, render: impl FnOnce(&Self) -> Value) -> &RawValue {
        self.rendered.get_or_init(|| raw(&render(self)))
    }
}

/// JSON that is written once and copied from then on.
pub(crate) fn raw(value: &Value) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// The instant of a local time; a time in a daylight-saving gap moves to the hour after it.
pub(crate) fn to_utc(local: NaiveDateTime, timezone: Tz) -> DateTime<Utc> {
    let local_in = |time| timezone.from_local_datetime(&time).earliest();
    local_in(local)
        .or_else(|| local_in(local + chrono::TimeDelta::hours(1)))
        .map_or_else(|| local.and_utc(), |time| time.to_utc())
}

/// All events of one provider, and the changes made to them.
#[derive(Debug)]
pub(crate) struct Listings {
    original: Vec<Arc<Listing>>,
    current: RwLock<Arc<Vec<Arc<Listing>>>>,
    by_id: HashMap<String, usize>,
}

impl Listings {
    pub(crate) fn new(listings: Vec<Listing>) -> Self {
        let original: Vec<_> = listings.into_iter().map(Arc::new).collect();
        let by_id = original
            .iter()
            .enumerate()
            .map(|(at, listing)| (listing.id.clone(), at))
            .collect();
        Self {
            current: RwLock::new(Arc::new(original.clone())),
            original,
            by_id,
        }
    }

    /// Everything that has not been removed, oldest day first.
    pub(crate) fn all(&self) -> Vec<Arc<Listing>> {
        let current = Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner));
        current
            .iter()
            .filter(|listing| !listing.removed)
            .cloned()
            .collect()
    }

    /// The listing of an id, unless it has been removed.
    pub(crate) fn get(&self, id: &str) -> Option<Arc<Listing>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        self.by_id
            .get(id)
            .map(|&at| &current[at])
            .filter(|listing| !listing.removed)
            .cloned()
    }

    /// Changes one event; `None` when there is none of that id.
    pub(crate) fn change(&self, id: &str, change: &Change) -> Option<Arc<Listing>> {
        let &at = self.by_id.get(id)?;
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let changed = Arc::new(current[at].changed(change));
        Arc::make_mut(&mut current)[at] = Arc::clone(&changed);
        Some(changed)
    }

    /// Takes back every change to the event of an id; `None` when there is none of that id.
    pub(crate) fn restore(&self, id: &str) -> Option<Arc<Listing>> {
        let &at = self.by_id.get(id)?;
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut current)[at] = Arc::clone(&self.original[at]);
        Some(Arc::clone(&self.original[at]))
    }

    /// Takes back every change.
    pub(crate) fn restore_all(&self) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(self.original.clone());
    }
}
