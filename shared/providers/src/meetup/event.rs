//! From Meetup's event to ours.

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use domain::import::MAX_DESCRIPTION_LENGTH;
use domain::{
    Amount, CountryCode, Currency, EventStatus, ExternalEvent, PriceRange, Source, Start, Timezone, Venue,
    WebLink,
};

use super::{category, wire};
use crate::field::{self, LINE};
use crate::lenient::{Nullable, Text};
use crate::page::Skipped;

/// The currency of what costs nothing: ISO 4217's code for transactions without one.
const NO_CURRENCY: &str = "XXX";

/// The size of pictures whose address has to be put together.
const PICTURE: &str = "676x380.webp";

/// Whether it has been announced: drafts and templates may be visible to their makers.
pub(super) fn is_listed(wire: &wire::Event<'_>) -> bool {
    !matches!(
        wire.status.get(),
        Some("AUTOSCHED_DRAFT" | "BLOCKED" | "DRAFT" | "PENDING" | "PROPOSED" | "TEMPLATE")
    )
}

/// The event goes by its token: its id changes when somebody touches an occurrence of a series.
pub(super) fn event(wire: &wire::Event<'_>) -> Result<ExternalEvent, Skipped> {
    let (key, title) = field::identity(Source::Meetup, Text::first(&[&wire.token, &wire.id]), &wire.title)?;
    let (begins, zone) = moment(&wire.date_time);
    let timezone = wire.group.timezone.parse().or(zone);
    let start = begins.map_or(Start::ToBeAnnounced, |begins| Start::Exact {
        at: begins.to_utc(),
        local: Some(begins.naive_local()),
    });
    let venues = wire.venues.items();
    let is_online = |venue: &wire::Venue<'_>| venue.kind.get() == Some("online");
    let topic_category = wire.group.topic_category.name.clean_to(LINE);
    let topics = wire.topics.edges.items();
    Ok(ExternalEvent {
        description: wire.description.clean_to(MAX_DESCRIPTION_LENGTH),
        start,
        end: end(wire, begins),
        timezone,
        status: status(&wire.status),
        venue: venues
            .iter()
            .find(|place| !is_online(place))
            .map(|place| venue(place))
            .unwrap_or_default(),
        online: matches!(wire.kind.get(), Some("ONLINE" | "HYBRID"))
            || venues.iter().any(|venue| is_online(venue)),
        category: category::category(&topic_category),
        source_category: topic_category,
        subcategory: topics
            .first()
            .map(|topic| topic.node.name.clean_to(LINE))
            .unwrap_or_default(),
        performers: Vec::new(),
        price: price(&wire.fee_settings),
        ticket_url: wire.url.parse(),
        image_url: image(&wire.featured_event_photo),
        add_on: false,
        key,
        title,
    })
}

/// A local time with its offset, and the zone if that follows in brackets. Some have no seconds.
fn moment(text: &Text<'_>) -> (Option<DateTime<FixedOffset>>, Option<Timezone>) {
    let Some(text) = text.get() else {
        return (None, None);
    };
    let (time, zone) = match text.split_once('[') {
        Some((time, zone)) => (time, zone.trim_end_matches(']').parse().ok()),
        None => (text, None),
    };
    let at =
        DateTime::parse_from_rfc3339(time).or_else(|_| DateTime::parse_from_str(time, "%Y-%m-%dT%H:%M%:z"));
    (at.ok().filter(|at| field::is_real(at.date_naive())), zone)
}

/// When it ends: at its end, else after its duration.
fn end(wire: &wire::Event<'_>, begins: Option<DateTime<FixedOffset>>) -> Option<DateTime<Utc>> {
    let lasts = || begins?.checked_add_signed(duration(wire.duration.get()?)?);
    let end = moment(&wire.end_time).0.or_else(lasts)?;
    let is_after = begins.is_none_or(|begins| end >= begins);
    (is_after && field::is_real(end.date_naive())).then(|| end.to_utc())
}

/// An ISO 8601 duration of days and smaller units: `PT1H30M`, `PT30H`, `P1DT2H`.
fn duration(text: &str) -> Option<TimeDelta> {
    let mut total = TimeDelta::zero();
    let mut is_time = false;
    let mut digits = String::new();
    for c in text.strip_prefix('P')?.chars() {
        if c == 'T' {
            is_time = true;
        } else if c.is_ascii_digit() {
            digits.push(c);
        } else {
            let number = std::mem::take(&mut digits).parse().ok()?;
            let part = match (c, is_time) {
                ('D', false) => TimeDelta::try_days(number),
                ('H', true) => TimeDelta::try_hours(number),
                ('M', true) => TimeDelta::try_minutes(number),
                ('S', true) => TimeDelta::try_seconds(number),
                _ => None,
            };
            total = total.checked_add(&part?)?;
        }
    }
    digits.is_empty().then_some(total)
}

/// The list of words grows; one that is not known leaves the event as announced.
fn status(word: &Text<'_>) -> EventStatus {
    match word.get() {
        Some("CANCELLED" | "CANCELLED_PERM" | "AUTOSCHED_CANCELLED") => EventStatus::Cancelled,
        Some("PAST" | "AUTOSCHED_FINISHED") => EventStatus::Ended,
        _ => EventStatus::Scheduled,
    }
}

fn venue(venue: &wire::Venue<'_>) -> Venue {
    let postal_code = venue.postal_code.clean_to(LINE);
    Venue {
        name: venue.name.clean_to(LINE),
        address: venue.address.clean_to(LINE),
        city: venue.city.clean_to(LINE),
        state: venue.state.clean_to(LINE),
        country: venue.country.get().and_then(CountryCode::recognise),
        // Where a country has no postal codes, Meetup numbers its own: meetup1.
        postal_code: if postal_code.starts_with("meetup") {
            String::new()
        } else {
            postal_code
        },
        coordinates: field::coordinates(venue.lat, venue.lon),
    }
}

/// No fee is free; a voluntary one begins at nothing.
fn price(fee: &Nullable<wire::Fee<'_>>) -> Option<PriceRange> {
    match fee {
        Nullable::Other => None,
        Nullable::Null => {
            let currency = NO_CURRENCY.parse().ok()?;
            Some(PriceRange::new(Amount::ZERO, Amount::ZERO, currency))
        }
        Nullable::Object(fee) => {
            let currency: Currency = fee.currency.parse()?;
            let amount = fee.amount.0.and_then(Amount::from_units)?;
            let least = if fee.required.0 { amount } else { Amount::ZERO };
            Some(PriceRange::new(least, amount, currency))
        }
    }
}

fn image(photo: &wire::Photo<'_>) -> Option<WebLink> {
    let assembled = || {
        let (base, id) = (photo.base_url.get()?, photo.id.get()?);
        format!("{base}{id}/{PICTURE}").parse().ok()
    };
    photo.high_res_url.parse().or_else(assembled)
}
