//! From Eventbrite's event to ours.

use chrono::{DateTime, Utc};
use domain::import::MAX_DESCRIPTION_LENGTH;
use domain::{
    Amount, CountryCode, Currency, EventStatus, ExternalEvent, PriceRange, Source, Start, Timezone, Venue,
};

use super::{category, wire};
use crate::field::{self, LINE};
use crate::lenient::Text;
use crate::page::Skipped;

/// Whether it is an event that people can go to: no draft, and not the parent of a series, which spans years.
pub(super) fn is_listed(wire: &wire::Event<'_>) -> bool {
    !wire.is_series_parent.0 && wire.status.get() != Some("draft")
}

pub(super) fn event(wire: &wire::Event<'_>) -> Result<ExternalEvent, Skipped> {
    let (key, title) = field::identity(Source::Eventbrite, &wire.id, &wire.name.text)?;
    let timezone = wire.start.timezone.parse();
    let start = start(wire, timezone);
    let end = instant(&wire.end).filter(|_| !wire.hide_end_date.0);
    let subcategory = wire.subcategory.name.clean_to(LINE);
    let (category, source_category) = category::category(wire.category_id.get(), &subcategory);
    Ok(ExternalEvent {
        description: Text::first(&[&wire.summary, &wire.description.text]).clean_to(MAX_DESCRIPTION_LENGTH),
        start,
        end: end.filter(|&end| start.instant().is_none_or(|start| end >= start)),
        timezone,
        status: status(wire),
        venue: venue(&wire.venue),
        online: wire.online.0,
        category,
        source_category: source_category.to_owned(),
        subcategory,
        performers: Vec::new(),
        price: price(wire),
        ticket_url: wire.url.parse(),
        image_url: wire.logo.original.url.parse().or_else(|| wire.logo.url.parse()),
        add_on: false,
        key,
        title,
    })
}

/// When it starts, unless its organizer hides that.
fn start(wire: &wire::Event<'_>, timezone: Option<Timezone>) -> Start {
    let local = wire.start.local.parse();
    let exact = || field::exact(instant(&wire.start), local, timezone);
    (!wire.hide_start_date.0)
        .then(exact)
        .flatten()
        .unwrap_or(Start::ToBeAnnounced)
}

fn instant(moment: &wire::Moment<'_>) -> Option<DateTime<Utc>> {
    moment
        .utc
        .parse()
        .filter(|at: &DateTime<Utc>| field::is_real(at.date_naive()))
}

/// A cancelled event may go on calling itself `live` or `completed`: what its sales say counts first.
fn status(wire: &wire::Event<'_>) -> EventStatus {
    match (wire.sales_status.message_code.get(), wire.status.get()) {
        (Some("event_cancelled"), _) | (_, Some("canceled")) => EventStatus::Cancelled,
        (Some("event_postponed"), _) => EventStatus::Postponed,
        (_, Some("ended" | "completed")) => EventStatus::Ended,
        _ if wire.ticket_availability.is_sold_out.0 => EventStatus::SoldOut,
        _ => EventStatus::Scheduled,
    }
}

fn venue(venue: &wire::Venue<'_>) -> Venue {
    let address = &venue.address;
    Venue {
        name: venue.name.clean_to(LINE),
        address: address.line.clean_to(LINE),
        city: address.city.clean_to(LINE),
        state: address.region.clean_to(LINE),
        country: address.country.get().and_then(CountryCode::recognise),
        postal_code: address.postal_code.clean_to(LINE),
        coordinates: field::coordinates(venue.latitude, venue.longitude)
            .or_else(|| field::coordinates(address.latitude, address.longitude)),
    }
}

/// What tickets cost. Zero is "free" only where Eventbrite says so: donations begin at zero too.
fn price(wire: &wire::Event<'_>) -> Option<PriceRange> {
    let tickets = &wire.ticket_availability;
    let (low, high) = (&tickets.minimum_ticket_price, &tickets.maximum_ticket_price);
    let currency: Currency = Text::first(&[&low.currency, &high.currency, &wire.currency]).parse()?;
    let amount = |money: &wire::Money<'_>| Amount::from_minor(money.value.count()?, currency);
    let range = || {
        let (low, high) = (amount(low), amount(high));
        Some(PriceRange::new(low.or(high)?, high.or(low)?, currency))
    };
    let free = wire.is_free.0 || tickets.is_free.0;
    range()
        .filter(|range| range.max() > Amount::ZERO)
        .or_else(|| free.then(|| PriceRange::new(Amount::ZERO, Amount::ZERO, currency)))
}
