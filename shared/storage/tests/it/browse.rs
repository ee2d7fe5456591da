use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use domain::browse::BrowseQuery;
use domain::start::Rfc3339;
use domain::text::fold;
use domain::{Category, EventStatus, ExternalEvent, Source, Start};
use proptest::prelude::*;
use storage::{BrowsePage, PageTokens, Position, Store};
use testkit::dynamodb;
use testkit::{at, event, now};

/// Everything that a query can ask, asking nothing.
pub(crate) fn anything() -> BrowseQuery {
    BrowseQuery {
        source: None,
        city: None,
        category: None,
        from: now(),
        to: now() + TimeDelta::days(90),
        status: None,
        imported: None,
        page_size: 50,
        page_token: None,
    }
}

fn ticketmaster() -> BrowseQuery {
    BrowseQuery {
        source: Some(Source::Ticketmaster),
        ..anything()
    }
}

/// All pages of a query, and how many there are.
async fn walk(store: &Store, query: &BrowseQuery) -> (Vec<ExternalEvent>, usize) {
    let tokens = PageTokens::new(b"secret");
    let mut events = Vec::new();
    let mut place: Option<Position> = None;
    for pages in 1.. {
        let page = store.browse(query, place.as_ref()).await.unwrap();
        assert!(page.events.len() <= query.page_size as usize);
        events.extend(page.events.into_iter().map(|stored| stored.event));
        let Some(next) = page.next else {
            return (events, pages);
        };
        let token = tokens.seal(&next, query);
        place = Some(tokens.open(&token, query).unwrap());
    }
    unreachable!("the loop has no end");
}

fn ids(events: &[ExternalEvent]) -> Vec<String> {
    events.iter().map(|event| event.key.to_string()).collect()
}

#[tokio::test]
async fn walks_the_months_of_a_source_in_the_order_of_time() {
    let store = dynamodb::start().await.store();
    let events = [
        event("ticketmaster#february").starts_at(at("2027-02-19T20:00:00Z")),
        event("ticketmaster#november").starts_at(at("2026-11-30T23:59:59Z")),
        event("ticketmaster#past").starts_at(at("2026-11-21T20:00:00Z")),
        event("ticketmaster#december").starts_at(at("2026-12-01T00:00:00Z")),
        event("ticketmaster#spring").starts_at(at("2027-03-20T20:00:00Z")),
        event("ticketmaster#some-day").start(Start::ToBeAnnounced),
        event("seatgeek#other").starts_at(at("2026-12-01T00:00:00Z")),
    ];
    let events = events.map(testkit::EventBuilder::build);
    store.record(&events, now()).await.unwrap();
    let expected = ["november", "december", "february"].map(|id| format!("ticketmaster#{id}"));
    for page_size in 1..=4 {
        let query = BrowseQuery {
            page_size,
            ..ticketmaster()
        };
        let (found, pages) = walk(&store, &query).await;
        assert_eq!(ids(&found), expected);
        assert_eq!(pages, 3_usize.div_ceil(page_size as usize), "no page is empty");
    }
}

#[tokio::test]
async fn an_event_without_a_time_comes_at_the_end_of_its_day() {
    let store = dynamodb::start().await.store();
    let day = Start::DateOnly {
        date: "2026-12-31".parse().unwrap(),
    };
    let events = [
        event("ticketmaster#1").start(day).build(),
        event("ticketmaster#2")
            .starts_at(at("2026-12-31T23:00:00Z"))
            .build(),
        event("ticketmaster#3")
            .starts_at(at("2027-01-01T00:00:00Z"))
            .build(),
    ];
    store.record(&events, now()).await.unwrap();
    let (found, _) = walk(&store, &ticketmaster()).await;
    assert_eq!(
        ids(&found),
        ["ticketmaster#2", "ticketmaster#1", "ticketmaster#3"]
    );
}

#[tokio::test]
async fn finds_a_city_by_any_spelling() {
    let store = dynamodb::start().await.store();
    let events = [
        event("meetup#1").city("Zürich").build(),
        event("meetup#2").city(" ZURICH ").build(),
        event("meetup#3").city("Genève").build(),
        event("meetup#4").city("").build(),
        // Longer than any key may be.
        event("meetup#5").city(&"Zürich".repeat(500)).build(),
    ];
    let recorded = store.record(&events, now()).await.unwrap();
    assert_eq!(recorded.created, 5);
    let query = BrowseQuery {
        city: Some("zurich".to_owned()),
        ..anything()
    };
    assert_eq!(ids(&walk(&store, &query).await.0), ["meetup#1", "meetup#2"]);
}

#[tokio::test]
async fn a_call_reads_a_bounded_number_of_items_and_says_where_to_go_on() {
    let store = dynamodb::start().await.store();
    let events: Vec<_> = (0..600)
        .map(|number| {
            let status = if number == 599 {
                EventStatus::Cancelled
            } else {
                EventStatus::Scheduled
            };
            let start = now() + TimeDelta::minutes(number);
            event(&format!("ticketmaster#{number}"))
                .starts_at(start)
                .status(status)
                .build()
        })
        .collect();
    store.record(&events, now()).await.unwrap();
    let query = BrowseQuery {
        status: Some(EventStatus::Cancelled),
        ..ticketmaster()
    };
    let first = store.browse(&query, None).await.unwrap();
    assert!(first.events.is_empty() && first.next.is_some());
    let (found, pages) = walk(&store, &query).await;
    assert_eq!((ids(&found), pages), (vec!["ticketmaster#599".to_owned()], 2));
}

#[tokio::test]
async fn a_query_by_nothing_finds_nothing() {
    let store = dynamodb::start().await.store();
    store.record(&[event("meetup#1").build()], now()).await.unwrap();
    let page = store.browse(&anything(), None).await.unwrap();
    let nothing = BrowsePage {
        events: Vec::new(),
        next: None,
    };
    assert_eq!(page, nothing);
}

/// A position after the first of two events.
async fn position() -> Position {
    let store = dynamodb::start().await.store();
    let events = ["ticketmaster#1", "ticketmaster#2"].map(|key| event(key).build());
    store.record(&events, now()).await.unwrap();
    let query = BrowseQuery {
        page_size: 1,
        ..ticketmaster()
    };
    store.browse(&query, None).await.unwrap().next.unwrap()
}

#[tokio::test]
async fn refuses_a_token_that_was_tampered_with() {
    let (position, query) = (position().await, ticketmaster());
    let tokens = PageTokens::new(b"secret");
    let token = tokens.seal(&position, &query);
    assert_eq!(tokens.open(&token, &query), Ok(position.clone()));
    assert!(PageTokens::new(b"another").open(&token, &query).is_err());
    for text in ["", "?", "AAAA", &token[1..], &format!("{token}AA")] {
        assert!(tokens.open(text, &query).is_err(), "{text:?}");
    }
    for index in 0..token.len() {
        let mut forged = token.clone();
        let other = if token.as_bytes()[index] == b'A' { "B" } else { "A" };
        forged.replace_range(index..=index, other);
        // The last character carries bits that mean nothing: such a text is no token either.
        assert!(tokens.open(&forged, &query).is_err(), "{forged}");
    }
}

#[tokio::test]
async fn refuses_a_token_of_another_query() {
    let position = position().await;
    let tokens = PageTokens::new(b"secret");
    let token = tokens.seal(&position, &ticketmaster());
    let others = [
        BrowseQuery {
            source: Some(Source::SeatGeek),
            ..ticketmaster()
        },
        BrowseQuery {
            city: Some("zurich".to_owned()),
            ..ticketmaster()
        },
        BrowseQuery {
            category: Some(Category::Music),
            ..ticketmaster()
        },
        BrowseQuery {
            status: Some(EventStatus::Scheduled),
            ..ticketmaster()
        },
        BrowseQuery {
            imported: Some(false),
            ..ticketmaster()
        },
        BrowseQuery {
            from: now() - TimeDelta::seconds(1),
            ..ticketmaster()
        },
        BrowseQuery {
            to: now() + TimeDelta::days(91),
            ..ticketmaster()
        },
    ];
    for other in others {
        assert!(tokens.open(&token, &other).is_err(), "{other:?}");
    }
}

#[tokio::test]
async fn accepts_a_token_while_the_clock_moves_the_dates_that_were_left_out() {
    let position = position().await;
    let tokens = PageTokens::new(b"secret");
    let token = tokens.seal(&position, &ticketmaster());
    let later = |passed: TimeDelta, fixed_end: bool| {
        let query = ticketmaster();
        let to = if fixed_end { query.to } else { query.to + passed };
        BrowseQuery {
            from: query.from + passed,
            to,
            page_size: 7,
            ..query
        }
    };
    for fixed_end in [false, true] {
        let soon = tokens.open(&token, &later(TimeDelta::minutes(3), fixed_end));
        assert_eq!(
            soon.as_ref(),
            Ok(&position),
            "pages keep to the dates of the first"
        );
        assert!(
            tokens
                .open(&token, &later(TimeDelta::hours(25), fixed_end))
                .is_err()
        );
    }
}

fn any_event() -> impl Strategy<Value = ExternalEvent> {
    (
        0..60_u32,
        prop::sample::select(vec![Source::Ticketmaster, Source::SeatGeek]),
        prop::sample::select(vec!["Bern", "São Paulo", ""]),
        prop::sample::select(vec![Category::Music, Category::Sports]),
        prop::sample::select(vec![EventStatus::Scheduled, EventStatus::Cancelled]),
        // Few instants, so that many events share one; some before and some after any span.
        (-3..40_i64, 0..8_u8),
    )
        .prop_map(|(id, source, city, category, status, (step, kind))| {
            let instant = now() + TimeDelta::hours(step * 97);
            let start = match kind {
                0 => Start::ToBeAnnounced,
                1 => Start::DateOnly {
                    date: instant.date_naive(),
                },
                _ => Start::Exact {
                    at: instant,
                    local: None,
                },
            };
            event(&format!("{source}#{id}"))
                .start(start)
                .city(city)
                .category(category)
                .status(status)
                .build()
        })
}

fn any_query() -> impl Strategy<Value = BrowseQuery> {
    (
        prop::option::of(Just(Source::Ticketmaster)),
        prop::option::of(Just(fold("São Paulo"))),
        prop::option::of(Just(Category::Music)),
        prop::option::of(Just(EventStatus::Scheduled)),
        (0..60_i64, 0..120_i64),
        1..9_u32,
    )
        .prop_map(
            |(source, city, category, status, (first, days), page_size)| BrowseQuery {
                source,
                city,
                category,
                from: now() + TimeDelta::days(first),
                to: now() + TimeDelta::days(first + days),
                status,
                imported: None,
                page_size,
                page_token: None,
            },
        )
        .prop_filter("nothing asked", |query| {
            query.source.is_some() || query.city.is_some() || query.category.is_some()
        })
}

/// What a browse should find, told without an index.
fn model(events: &[ExternalEvent], query: &BrowseQuery) -> Vec<String> {
    let mut found: BTreeSet<(DateTime<Utc>, String)> = BTreeSet::new();
    for event in events {
        let fits = query.source.is_none_or(|source| event.key.source == source)
            && query
                .city
                .as_deref()
                .is_none_or(|city| fold(&event.venue.city) == city)
            && query.category.is_none_or(|category| event.category == category)
            && query.status.is_none_or(|status| event.status == status);
        if let Some(start) = event.latest_start()
            && fits
            && (query.from..=query.to).contains(&start)
        {
            found.insert((start, event.key.to_string()));
        }
    }
    found.into_iter().map(|(_, key)| key).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pages_hold_every_event_once_and_in_order(
        events in prop::collection::vec(any_event(), 0..80),
        queries in prop::collection::vec(any_query(), 6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = dynamodb::start().await.store();
            store.record(&events, now()).await.unwrap();
            let mut stored: Vec<ExternalEvent> = Vec::new();
            for event in &events {
                stored.retain(|other| other.key != event.key);
                stored.push(event.clone());
            }
            for query in queries {
                let (found, _) = walk(&store, &query).await;
                prop_assert_eq!(ids(&found), model(&stored, &query), "{:?}", query);
            }
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn tells_months_in_the_keys_as_the_api_writes_times() {
    // The sort key begins with the time as the API writes it, so that a span of times is a span of keys.
    let dynamo = dynamodb::start().await;
    let start = at("2026-12-20T19:00:00Z");
    let one = event("ticketmaster#1").starts_at(start).build();
    dynamo.store().record(&[one], now()).await.unwrap();
    let items = dynamo.items(&dynamodb::tables().events);
    let key = items[0]["start_key"]["S"].as_str().unwrap();
    assert_eq!(key, format!("{}#ticketmaster#1", Rfc3339(start)));
    assert_eq!(items[0]["source_month"]["S"], "ticketmaster#2026-12");
    assert_eq!(items[0]["category_month"]["S"], "music#2026-12");
}
