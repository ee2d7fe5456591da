//! Invented values that a test starts from and changes in the one place it is about.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use domain::{
    Amount, Category, EventKey, EventStatus, ExternalEvent, Import, LocalEventId, PriceRange, Source, Start,
    StoredEvent, Timezone, Venue,
};
use serde_json::Value;
use url::form_urlencoded;

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn zone(name: &str) -> Timezone {
    name.parse().unwrap()
}

pub(crate) fn local(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

/// The moment at which these tests take place: a while before [`concert`].
pub(crate) fn now() -> DateTime<Utc> {
    at("2026-03-01T12:00:00Z")
}

/// A concert in New York that can be imported.
pub(crate) fn concert() -> ExternalEvent {
    let timezone = "America/New_York".parse().ok();
    let dollars = |units| Amount::from_units(units).unwrap();
    ExternalEvent {
        key: EventKey::new(Source::Ticketmaster, "vv1A-b_7".parse().unwrap()),
        title: "The Paper Lanterns".to_owned(),
        description: "An evening of new songs.".to_owned(),
        start: Start::exact(at("2026-06-12T00:30:00Z"), timezone),
        end: Some(at("2026-06-12T03:00:00Z")),
        timezone,
        status: EventStatus::Scheduled,
        venue: Venue {
            name: "Harbour Hall".to_owned(),
            address: "1 Pier Street".to_owned(),
            city: "New York".to_owned(),
            state: "NY".to_owned(),
            country: Some("US".parse().unwrap()),
            postal_code: "10001".to_owned(),
            coordinates: Some("40.75,-73.99".parse().unwrap()),
        },
        online: false,
        category: Category::Music,
        source_category: "Music".to_owned(),
        subcategory: "Folk".to_owned(),
        performers: vec!["The Paper Lanterns".to_owned()],
        price: Some(PriceRange::new(
            dollars(50.0),
            dollars(200.0),
            "USD".parse().unwrap(),
        )),
        ticket_url: Some("https://tickets.example/vv1A-b_7".parse().unwrap()),
        image_url: Some("https://images.example/lanterns.jpg".parse().unwrap()),
        add_on: false,
    }
}

/// [`concert`] as the store keeps it, not imported.
pub(crate) fn stored_concert() -> StoredEvent {
    StoredEvent {
        event: concert(),
        created_at: now(),
        synced_at: now(),
        slice: None,
        import: None,
    }
}

/// The mark of an import.
pub(crate) fn import(imported_at: &str) -> Import {
    Import {
        local_event_id: LocalEventId::new(789),
        imported_at: at(imported_at),
    }
}

/// The decoded parameters of a query string.
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(query.as_bytes())
}

/// A value as its reader sees it.
pub(crate) fn json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}
