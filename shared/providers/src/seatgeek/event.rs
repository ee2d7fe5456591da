//! From SeatGeek's event to ours.

use chrono::NaiveDateTime;
use domain::import::MAX_DESCRIPTION_LENGTH;
use domain::{CountryCode, Currency, ExternalEvent, PriceRange, Source, Start, Timezone, Venue, WebLink};

use super::{taxonomy, wire};
use crate::add_on::is_add_on;
use crate::field::{self, LINE};
use crate::lenient::Text;
use crate::page::Skipped;

/// Prices come as bare numbers: US dollars, fees included.
const CURRENCY: &str = "USD";

pub(super) fn event(wire: &wire::Event<'_>) -> Result<ExternalEvent, Skipped> {
    let title = Text::first(&[&wire.title, &wire.short_title]);
    let (key, title) = field::identity(Source::SeatGeek, &wire.id, title)?;
    let timezone = wire.venue.timezone.parse();
    let start = start(wire, timezone);
    let end = naive(&wire.enddatetime_utc).map(|end| end.and_utc());
    let taxonomies = wire.taxonomies.items();
    let slug = |taxonomy: &wire::Taxonomy<'_>| taxonomy.name.clean_to(LINE);
    let performers = wire.performers.items();
    Ok(ExternalEvent {
        description: wire.description.clean_to(MAX_DESCRIPTION_LENGTH),
        start,
        end: end.filter(|&end| start.instant().is_none_or(|start| end >= start)),
        timezone,
        status: field::status(&wire.status),
        venue: venue(&wire.venue),
        online: false,
        category: taxonomy::category(taxonomies.iter().map(|one| &**one), wire.kind.get()),
        source_category: match taxonomies.first() {
            Some(root) => slug(root),
            None => wire.kind.clean_to(LINE),
        },
        subcategory: match taxonomies {
            [_, .., leaf] => slug(leaf),
            _ => String::new(),
        },
        performers: field::names(performers, |performer| &performer.name),
        price: price(&wire.stats),
        ticket_url: wire.url.parse(),
        image_url: performers.iter().find_map(|performer| image(performer)),
        add_on: is_add_on(&title, wire.kind.get()),
        key,
        title,
    })
}

/// When it starts. Where the time is to be determined the local time is a placeholder (03:30), and the UTC time may
/// even lie on another day: only the local date counts. Where the date is to be determined nothing does.
fn start(wire: &wire::Event<'_>, timezone: Option<Timezone>) -> Start {
    let (utc, local) = (naive(&wire.datetime_utc), naive(&wire.datetime_local));
    if wire.date_tbd.0 {
        return Start::ToBeAnnounced;
    }
    let timed = !wire.time_tbd.0 && !wire.datetime_tbd.0;
    let exact = || field::exact(utc.map(|utc| utc.and_utc()), local, timezone);
    let date = || match local {
        Some(local) => Some(local.date()),
        None => Some(field::day(utc?.and_utc(), timezone)),
    };
    timed
        .then(exact)
        .flatten()
        .or_else(|| date().map(|date| Start::DateOnly { date }))
        .unwrap_or(Start::ToBeAnnounced)
}

/// A time without a zone, which is how SeatGeek writes both UTC and local times; one field was seen with a `Z`.
fn naive(text: &Text<'_>) -> Option<NaiveDateTime> {
    let time: NaiveDateTime = text.get()?.trim_end_matches('Z').parse().ok()?;
    field::is_real(time.date()).then_some(time)
}

fn venue(venue: &wire::Venue<'_>) -> Venue {
    Venue {
        name: venue.name.clean_to(LINE),
        address: venue.address.clean_to(LINE),
        city: venue.city.clean_to(LINE),
        state: venue.state.clean_to(LINE),
        country: venue.country.get().and_then(CountryCode::recognise),
        postal_code: venue.postal_code.clean_to(LINE),
        coordinates: field::coordinates(venue.location.lat, venue.location.lon),
    }
}

/// Ordinary accounts get no prices: `stats` is empty, full of nulls or missing.
fn price(stats: &wire::Stats) -> Option<PriceRange> {
    let currency: Currency = CURRENCY.parse().ok()?;
    field::price(stats.lowest_price, stats.highest_price, currency)
}

fn image(performer: &wire::Performer<'_>) -> Option<WebLink> {
    performer.images.huge.parse().or_else(|| performer.image.parse())
}
