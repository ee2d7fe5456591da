//! From Ticketmaster's event to ours.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use domain::import::MAX_DESCRIPTION_LENGTH;
use domain::{Category, CountryCode, ExternalEvent, PriceRange, Source, Start, Timezone, Venue};

use super::{classification, wire};
use crate::add_on::is_add_on;
use crate::field::{self, LINE};
use crate::iso8601;
use crate::lenient::Text;
use crate::page::Skipped;

/// What a classification says when it says nothing.
const UNDEFINED: &str = "Undefined";

pub(super) fn event(wire: &wire::Event<'_>) -> Result<ExternalEvent, Skipped> {
    let (key, title) = field::identity(Source::Ticketmaster, &wire.id, &wire.name)?;
    let timezone = wire
        .dates
        .timezone
        .parse()
        .or_else(|| wire.venue().timezone.parse());
    let start = start(&wire.dates.start, timezone);
    let end = end(&wire.dates.end, timezone);
    let classification = wire.classifications.get();
    let classified = |level: Option<&wire::Named<'_>>| {
        let name = level.map(|named| named.name.clean_to(LINE)).unwrap_or_default();
        if name == UNDEFINED { String::new() } else { name }
    };
    let kinds = classification
        .into_iter()
        .flat_map(|one| [&one.kind, &one.sub_type]);
    Ok(ExternalEvent {
        description: Text::first(&[&wire.description, &wire.info, &wire.please_note])
            .clean_to(MAX_DESCRIPTION_LENGTH),
        start,
        end: end.filter(|&end| start.instant().is_none_or(|start| end >= start)),
        timezone,
        status: field::status(&wire.dates.status.code),
        venue: venue(wire.venue()),
        online: false,
        category: classification.map_or(Category::Other, classification::category),
        source_category: classified(classification.map(|one| &*one.segment)),
        subcategory: classified(classification.map(|one| &*one.genre)),
        performers: field::names(wire.embedded.attractions.items(), |attraction| &attraction.name),
        price: price(wire),
        ticket_url: wire.url.parse(),
        image_url: wire.images.get().and_then(|image| image.url.parse()),
        add_on: is_add_on(&title, kinds.filter_map(|named| named.name.get())),
        key,
        title,
    })
}

/// When it starts. An instant counts only where no flag takes it back; a date that is given stands even so.
fn start(start: &wire::Moment<'_>, timezone: Option<Timezone>) -> Start {
    let dated = !start.date_tba.0 && !start.date_tbd.0;
    let timed = dated && !start.time_tba.0 && !start.no_specific_time.0;
    let (instant, date) = (instant(start), local_date(start));
    let local = || Some(date?.and_time(local_time(start)?));
    let exact = || field::exact(instant, local(), timezone);
    let date = date.or_else(|| Some(field::day(instant.filter(|_| dated)?, timezone)));
    timed
        .then(exact)
        .flatten()
        .or(date.map(|date| Start::DateOnly { date }))
        .unwrap_or(Start::ToBeAnnounced)
}

/// When it ends, unless that is only a guess.
fn end(end: &wire::Moment<'_>, timezone: Option<Timezone>) -> Option<DateTime<Utc>> {
    if end.approximate.0 || end.no_specific_time.0 {
        return None;
    }
    instant(end)
        .or_else(|| Start::from_local(local_date(end)?.and_time(local_time(end)?), timezone?)?.instant())
}

fn instant(moment: &wire::Moment<'_>) -> Option<DateTime<Utc>> {
    iso8601::instant(&moment.date_time).filter(|at| field::is_real(at.date_naive()))
}

fn local_date(moment: &wire::Moment<'_>) -> Option<NaiveDate> {
    iso8601::date(&moment.local_date).filter(|&date| field::is_real(date))
}

fn local_time(moment: &wire::Moment<'_>) -> Option<NaiveTime> {
    iso8601::time(&moment.local_time)
}

fn venue(venue: &wire::Venue<'_>) -> Venue {
    let country = [&venue.country.country_code, &venue.country.name];
    Venue {
        name: venue.name.clean_to(LINE),
        address: venue.address.line1.clean_to(LINE),
        city: venue.city.name.clean_to(LINE),
        state: Text::first(&[&venue.state.state_code, &venue.state.name]).clean_to(LINE),
        country: country
            .into_iter()
            .find_map(|text| CountryCode::recognise(text.get()?)),
        postal_code: venue.postal_code.clean_to(LINE),
        coordinates: field::coordinates(venue.location.latitude, venue.location.longitude),
    }
}

fn price(wire: &wire::Event<'_>) -> Option<PriceRange> {
    let range = wire.price_ranges.get()?;
    field::price(range.min, range.max, range.currency.parse()?)
}
