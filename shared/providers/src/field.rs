//! Fields that the providers write alike.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, Utc};
use domain::text::clean_to;
use domain::{
    Amount, Coordinates, Currency, EventKey, EventStatus, ExternalId, PriceRange, Source, Start, Timezone,
};

use crate::lenient::{Number, Object, Text};
use crate::page::Skipped;

/// The longest title, name or line of an address kept, in bytes: keeps every key and item of the store in bounds.
pub(crate) const LINE: usize = 1000;

/// The most performers kept: 18 were seen.
const MAX_PERFORMERS: usize = 50;

/// The longest id shown in a [`Skipped`], where it was never checked.
const SHOWN: usize = 100;

/// The marks that make an object an event, an id and a title: without them there is nothing to keep.
pub(crate) fn identity(
    source: Source,
    id: &Text<'_>,
    title: &Text<'_>,
) -> Result<(EventKey, String), Skipped> {
    let skipped = |reason: String| Skipped {
        id: id.get().map(|id| clean_to(id, SHOWN)),
        reason,
    };
    let given = id.get().ok_or_else(|| skipped("has no id".to_owned()))?;
    let id: ExternalId = given
        .parse()
        .map_err(|error| skipped(format!("its id {error}")))?;
    let title = title.clean_to(LINE);
    if title.is_empty() {
        return Err(skipped("has no title".to_owned()));
    }
    Ok((EventKey::new(source, id), title))
}

/// The state, of which every provider has its own subset. What is no word for a change of plan (`onsale`, `offsale`,
/// `normal`, nothing) leaves the event as announced.
pub(crate) fn status(word: &Text<'_>) -> EventStatus {
    match word.get() {
        Some("cancelled" | "canceled") => EventStatus::Cancelled,
        Some("postponed") => EventStatus::Postponed,
        Some("rescheduled") => EventStatus::Rescheduled,
        _ => EventStatus::Scheduled,
    }
}

/// Whether a date can be meant: 1900 is Ticketmaster's word for "unknown", and years of other than four digits have no
/// place in a key.
pub(crate) fn is_real(date: NaiveDate) -> bool {
    (1901..=9000).contains(&date.year())
}

/// The day of `at` where the event takes place, in UTC if nobody knows where that is.
pub(crate) fn day(at: DateTime<Utc>, timezone: Option<Timezone>) -> NaiveDate {
    timezone
        .and_then(|timezone| timezone.local(at))
        .map_or_else(|| at.date_naive(), |local| local.date())
}

/// A start of which the instant is known, or can be told from the local time; the provider's own local time is kept.
pub(crate) fn exact(
    at: Option<DateTime<Utc>>,
    local: Option<NaiveDateTime>,
    timezone: Option<Timezone>,
) -> Option<Start> {
    match (at, local) {
        (Some(at), Some(_)) => Some(Start::Exact { at, local }),
        (Some(at), None) => Some(Start::exact(at, timezone)),
        (None, local) => Start::from_local(local?, timezone?),
    }
}

/// The range between two prices. One alone stands for both; zero to zero is how an unknown price is written, never a
/// free event.
pub(crate) fn price(low: Number, high: Number, currency: Currency) -> Option<PriceRange> {
    let [low, high] = [low, high].map(|number| number.0.and_then(Amount::from_units));
    let price = PriceRange::new(low.or(high)?, high.or(low)?, currency);
    (price.max() > Amount::ZERO).then_some(price)
}

/// The position, if both numbers are there and on Earth.
pub(crate) fn coordinates(latitude: Number, longitude: Number) -> Option<Coordinates> {
    Coordinates::new(latitude.0?, longitude.0?).ok()
}

/// The names of those who have one, in their order.
pub(crate) fn names<'t, 'a: 't, T: 't>(
    performers: &'t [Object<T>],
    name: impl Fn(&'t T) -> &'t Text<'a>,
) -> Vec<String> {
    let names = performers.iter().map(|performer| name(performer).clean_to(LINE));
    names
        .filter(|name| !name.is_empty())
        .take(MAX_PERFORMERS)
        .collect()
}
