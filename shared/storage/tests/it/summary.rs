//! What is stored of an event is all that its source says.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use domain::browse::BrowseQuery;
use domain::{
    Amount, Category, Coordinates, EventStatus, ExternalEvent, PriceRange, Source, Start, Timezone, Venue,
};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use storage::Store;
use testkit::dynamodb::{self, Dynamo};
use testkit::{event, full_event, key, now};

use crate::browse::anything;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), ".{1,20}"]
}

/// Instants within a year, of which by_source and by_import know the month.
fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (0..31_000_000_000_i64).prop_map(|milliseconds| now() + TimeDelta::milliseconds(milliseconds))
}

fn start() -> impl Strategy<Value = Start> {
    let local = || instant().prop_map(|at| at.naive_utc());
    prop_oneof![
        (instant(), option::of(local()))
            .prop_map(|(at, local): (_, Option<NaiveDateTime>)| { Start::Exact { at, local } }),
        instant().prop_map(|at| Start::DateOnly {
            date: at.date_naive()
        }),
        Just(Start::ToBeAnnounced),
    ]
}

fn venue() -> impl Strategy<Value = Venue> {
    let coordinates = (-90.0..=90.0_f64, -180.0..=180.0_f64)
        .prop_filter_map("0,0 is not a place", |(latitude, longitude)| {
            Coordinates::new(latitude, longitude).ok()
        });
    let country = select(vec!["CH", "US", "NZ"]).prop_map(|code| code.parse().unwrap());
    let texts = (text(), text(), text(), text(), text());
    (texts, option::of(country), option::of(coordinates)).prop_map(
        |((name, address, city, state, postal_code), country, coordinates)| Venue {
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

/// Events with anything in any of their fields, or nothing.
fn any_event() -> impl Strategy<Value = ExternalEvent> {
    let link = || option::of("https?://[a-z]{1,9}\\.example/[a-zA-Z0-9/?=&%\"]{0,20}".prop_map(link));
    let price = (
        0..2_000_000_u64,
        0..2_000_000_u64,
        select(vec!["CHF", "JPY", "KWD"]),
    );
    let price = price.prop_map(|(one, other, currency)| {
        let currency = currency.parse().unwrap();
        let amount = |minor| Amount::from_minor(minor, currency).unwrap();
        PriceRange::new(amount(one), amount(other), currency)
    });
    let timezone = select(vec!["Europe/Zurich", "America/St_Johns"]).prop_map(|name| name.parse().unwrap());
    let texts = (text(), text(), text(), text());
    let time = (start(), option::of(instant()), option::of(timezone));
    let kinds = (select(&EventStatus::ALL[..]), select(&Category::ALL[..]));
    let sale = (option::of(price), link(), link());
    let rest = (
        venue(),
        prop::collection::vec(".{0,9}", 0..4),
        any::<bool>(),
        any::<bool>(),
    );
    (texts, time, kinds, sale, rest).prop_map(|(texts, time, kinds, sale, rest)| {
        let (title, description, source_category, subcategory) = texts;
        let (start, end, timezone): (_, _, Option<Timezone>) = time;
        let (venue, performers, online, add_on) = rest;
        ExternalEvent {
            key: key("meetup#any"),
            title,
            description,
            start,
            end,
            timezone,
            status: kinds.0,
            venue,
            online,
            category: kinds.1,
            source_category,
            subcategory,
            performers,
            price: sale.0,
            ticket_url: sale.1,
            image_url: sale.2,
            add_on,
        }
    })
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature that proptest asks for"
)]
fn link(text: String) -> domain::WebLink {
    text.parse().unwrap()
}

async fn stored(store: &Store, event: &ExternalEvent) -> ExternalEvent {
    store.record(std::slice::from_ref(event), now()).await.unwrap();
    store.event(&event.key).await.unwrap().unwrap().event
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_event_comes_out_of_the_store_as_it_went_in(events in prop::collection::vec(any_event(), 1..8)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = dynamodb::start().await.store();
            // One over the other: nothing stays of the one before.
            for event in &events {
                prop_assert_eq!(&stored(&store, event).await, event);
            }
            Ok(())
        })?;
    }
}

/// The event in each of the four indexes.
async fn in_every_index(dynamo: &Dynamo, event: &ExternalEvent) -> Vec<ExternalEvent> {
    let store = dynamo.store();
    dynamo.import(event, now()).await;
    let queries = [
        BrowseQuery {
            source: Some(Source::Ticketmaster),
            ..anything()
        },
        BrowseQuery {
            city: Some("zurich".to_owned()),
            ..anything()
        },
        BrowseQuery {
            category: Some(Category::Music),
            ..anything()
        },
    ];
    let mut found = store.recent_imports(&["2026-11".to_owned()], 10).await.unwrap();
    for query in queries {
        found.extend(store.browse(&query, None).await.unwrap().events);
    }
    found.into_iter().map(|stored| stored.event).collect()
}

#[tokio::test]
async fn every_index_has_all_of_an_event_but_its_description() {
    for told in [
        full_event("ticketmaster#full").build(),
        event("ticketmaster#other")
            .with(|event| event.status = EventStatus::Rescheduled)
            .build(),
    ] {
        let dynamo = dynamodb::start().await;
        let expected = ExternalEvent {
            description: String::new(),
            ..told.clone()
        };
        assert_eq!(in_every_index(&dynamo, &told).await, vec![expected; 4]);
    }
}

#[tokio::test]
async fn what_was_stored_in_another_form_is_refused_rather_than_half_read() {
    let dynamo = dynamodb::start().await;
    let (store, told) = (dynamo.store(), event("seatgeek#1").build());
    assert_eq!(stored(&store, &told).await, told);
    let item: Value = dynamo.items("external-events").remove(0);
    let [start, category] = [r#""s":{"e":["2026-12-20T19:00:00Z",null]}"#, r#""k":"music""#];
    for (summary, is_read) in [
        (format!(r#"{{"t":"Evening",{start},{category}}}"#), true),
        (format!(r#"{{"t":"Evening",{start}}}"#), false),
        (
            format!(r#"{{"t":"Evening",{start},{category},"z":"Mars/Base"}}"#),
            false,
        ),
        (serde_json::to_string(&told).unwrap(), false),
        ("no event".to_owned(), false),
    ] {
        let mut other = item.clone();
        other["summary"] = json!({"S": summary});
        dynamo.put("external-events", &other);
        let read = store.event(&told.key).await;
        let refusal = read.as_ref().err().map(ToString::to_string);
        let expected = (!is_read).then_some("a stored external event cannot be read");
        assert_eq!(refusal.as_deref(), expected, "{summary}");
    }
}
