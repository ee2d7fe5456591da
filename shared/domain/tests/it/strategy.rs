//! Random values of the domain's types.

use std::fmt::Debug;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::{
    Amount, Category, Coordinates, CountryCode, Currency, EventKey, EventStatus, ExternalEvent, ExternalId,
    Import, LocalEventId, PriceRange, Source, Start, StoredEvent, Timezone, Venue, WebLink,
};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Values of a type, from texts that it must accept.
fn parsed<T: FromStr<Err: Debug> + Debug>(pattern: &'static str) -> impl Strategy<Value = T> {
    pattern.prop_map(|text| text.parse().unwrap())
}

fn chosen<T: FromStr<Err: Debug> + Debug>(texts: &'static [&'static str]) -> impl Strategy<Value = T> {
    select(texts).prop_map(|text| text.parse().unwrap())
}

pub(crate) fn source() -> impl Strategy<Value = Source> {
    select(&Source::ALL[..])
}

pub(crate) fn category() -> impl Strategy<Value = Category> {
    select(&Category::ALL[..])
}

pub(crate) fn status() -> impl Strategy<Value = EventStatus> {
    select(&EventStatus::ALL[..])
}

pub(crate) fn external_id() -> impl Strategy<Value = ExternalId> {
    parsed("[A-Za-z0-9_-]{1,64}")
}

pub(crate) fn event_key() -> impl Strategy<Value = EventKey> {
    (source(), external_id()).prop_map(|(source, id)| EventKey::new(source, id))
}

pub(crate) fn country() -> impl Strategy<Value = CountryCode> {
    chosen(&["US", "CA", "GB", "DE", "BR", "NZ"])
}

/// Clocks of every temper: whole and half hours, both hemispheres, midnights that are skipped.
pub(crate) fn timezone() -> impl Strategy<Value = Timezone> {
    chosen(&[
        "UTC",
        "America/New_York",
        "Europe/Berlin",
        "Asia/Kolkata",
        "Asia/Beirut",
        "Africa/Cairo",
        "America/Santiago",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Pacific/Kiritimati",
    ])
}

/// Whole seconds of the years 2000 to 2100.
pub(crate) fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (946_684_800..4_102_444_800_i64).prop_map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap())
}

pub(crate) fn date() -> impl Strategy<Value = NaiveDate> {
    instant().prop_map(|at| at.date_naive())
}

pub(crate) fn start() -> impl Strategy<Value = Start> {
    prop_oneof![
        (instant(), option::of(timezone())).prop_map(|(at, timezone)| Start::exact(at, timezone)),
        date().prop_map(|date| Start::DateOnly { date }),
        Just(Start::ToBeAnnounced),
    ]
}

/// Positions to a millionth of a degree, ten centimetres: finer than any source.
pub(crate) fn coordinates() -> impl Strategy<Value = Coordinates> {
    let degrees = |limit: i32| (-limit * 1_000_000..=limit * 1_000_000).prop_map(|n| f64::from(n) / 1e6);
    (degrees(90), degrees(180)).prop_filter_map("0,0 is not a place", |(latitude, longitude)| {
        Coordinates::new(latitude, longitude).ok()
    })
}

pub(crate) fn currency() -> impl Strategy<Value = Currency> {
    chosen(&["USD", "EUR", "JPY", "KWD", "CHF"])
}

fn price() -> impl Strategy<Value = PriceRange> {
    let amount =
        || (0..1_000_000_u64).prop_map(|cents| Amount::from_minor(cents, "USD".parse().unwrap()).unwrap());
    (amount(), amount(), currency()).prop_map(|(one, other, currency)| PriceRange::new(one, other, currency))
}

fn venue() -> impl Strategy<Value = Venue> {
    let city = select(vec!["", "New York", "São Paulo", "Zürich"]).prop_map(str::to_owned);
    (
        ".{0,20}",
        ".{0,20}",
        city,
        "[A-Z]{0,2}",
        option::of(country()),
        "[0-9]{0,5}",
        option::of(coordinates()),
    )
        .prop_map(
            |(name, address, city, state, country, postal_code, coordinates)| Venue {
                name,
                address,
                city,
                state,
                country,
                postal_code,
                coordinates,
            },
        )
}

pub(crate) fn event() -> impl Strategy<Value = ExternalEvent> {
    let link = || {
        option::of(parsed::<WebLink>(
            "https?://[a-z]{1,9}\\.example/[a-z0-9/?=&]{0,20}",
        ))
    };
    let about = (event_key(), ".{0,30}", ".{0,60}", ".{0,9}", ".{0,9}");
    let time = (start(), option::of(instant()), option::of(timezone()), status());
    let sale = (option::of(price()), link(), link());
    let rest = (
        venue(),
        category(),
        prop::collection::vec(".{1,9}", 0..3),
        any::<bool>(),
        any::<bool>(),
    );
    (about, time, sale, rest).prop_map(|(about, time, sale, rest)| {
        let (key, title, description, source_category, subcategory) = about;
        let (start, end, timezone, status) = time;
        let (price, ticket_url, image_url) = sale;
        let (venue, category, performers, online, add_on) = rest;
        ExternalEvent {
            key,
            title,
            description,
            start,
            end,
            timezone,
            status,
            venue,
            online,
            category,
            source_category,
            subcategory,
            performers,
            price,
            ticket_url,
            image_url,
            add_on,
        }
    })
}

pub(crate) fn stored_event() -> impl Strategy<Value = StoredEvent> {
    let import = (1..1000_u64, instant()).prop_map(|(number, imported_at)| Import {
        local_event_id: LocalEventId::new(number),
        imported_at,
    });
    (event(), instant(), option::of(import)).prop_map(|(event, created_at, import)| StoredEvent {
        event,
        created_at,
        synced_at: created_at + TimeDelta::hours(1),
        slice: None,
        import,
    })
}
