use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::tally::{Counter, Place, Step};
use domain::{Category, EventStatus, Source, StoredEvent};
use proptest::prelude::*;
use serde_json::json;
use storage::{Applied, Basis, Change, ChangeOrder, NewImport};
use testkit::dynamodb;
use testkit::proxy::Proxy;
use testkit::{event, now};

type Table = BTreeMap<u32, StoredEvent>;

/// What the counters should say of a table, counted one by one.
fn count(table: &Table) -> BTreeMap<Counter, Step> {
    let mut counters: BTreeMap<Counter, Step> = BTreeMap::new();
    for stored in table.values() {
        let event = &stored.event;
        let imported = i64::from(stored.import.is_some());
        let mut names = vec![
            Counter::Source(event.key.source),
            Counter::Category(event.category),
            Counter::Status(event.status),
        ];
        if imported == 1 {
            names.push(Counter::ImportMonth("2026-11".to_owned()));
            names.push(Counter::City(Place::new(&event.venue.city, "CH")));
        }
        for name in names {
            let total = counters.entry(name).or_default();
            total.events += 1;
            total.imported += imported;
        }
    }
    counters
}

/// What an event can be: status, category, city, imported.
type State = (EventStatus, Category, &'static str, bool);

/// A state that an event can be in; `None` if it is gone.
fn any_state() -> impl Strategy<Value = Option<State>> {
    prop::option::weighted(
        0.85,
        (
            prop::sample::select(vec![EventStatus::Scheduled, EventStatus::Cancelled]),
            prop::sample::select(vec![Category::Music, Category::Sports, Category::Other]),
            prop::sample::select(vec!["Bern", "Basel", ""]),
            any::<bool>(),
        ),
    )
}

/// A history of changes, and the table that it ends in.
fn history(states: Vec<(u32, Option<State>)>) -> (Vec<Change>, Table) {
    let mut table = Table::new();
    let changes = states.into_iter().enumerate().map(|(number, (id, state))| {
        let source = Source::ALL[id as usize % 4];
        let after = state.map(|(status, category, city, imported)| {
            let event = event(&format!("{source}#{id}"))
                .status(status)
                .category(category)
                .city(city);
            if imported {
                event.imported(id.into())
            } else {
                event.stored()
            }
        });
        let before = match &after {
            Some(stored) => table.insert(id, stored.clone()),
            None => table.remove(&id),
        };
        Change {
            key: testkit::key(&format!("{source}#{id}")),
            order: ChangeOrder::new("stream/test", &number.to_string()),
            before,
            after,
        }
    });
    let changes = changes.collect();
    (changes, table)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn counters_equal_a_count_however_changes_are_delivered(
        states in prop::collection::vec((0..40_u32, any_state()), 0..250),
        deliveries in prop::collection::vec(any::<prop::sample::Index>(), 0..120),
        order in any::<u64>(),
        sizes in prop::collection::vec(1..120_usize, 1..8),
    ) {
        let (changes, table) = history(states);
        // Some changes are delivered several times, all in any order and in batches of any size.
        let mut delivered = changes.clone();
        if !changes.is_empty() {
            delivered.extend(deliveries.iter().map(|index| index.get(&changes).clone()));
        }
        delivered.sort_by_cached_key(|change| {
            let seed = format!("{:?}", change.order).bytes().fold(order, |seed, byte| seed.rotate_left(5) ^ u64::from(byte));
            seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = dynamodb::start().await.store();
            let mut rest = delivered.as_slice();
            let mut sum = Applied::default();
            for size in sizes.iter().cycle() {
                let (batch, after) = rest.split_at((*size).min(rest.len()));
                let applied = store.apply_changes(batch, now()).await.unwrap();
                sum.counted += applied.counted;
                sum.repeated += applied.repeated;
                sum.unmoved += applied.unmoved;
                rest = after;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(sum.counted + sum.repeated + sum.unmoved, delivered.len());
            prop_assert_eq!(store.counters().await.unwrap(), count(&table));
            Ok(())
        })?;
    }
}

/// The changes of one event that is imported, withdrawn and imported again, which happens to make it what it was before.
fn imported_twice() -> Vec<Change> {
    let state = |imported| Some((EventStatus::Scheduled, Category::Music, "Bern", imported));
    let states = [false, true, false, true, false].map(|imported| (1, state(imported)));
    history(states.into()).0
}

#[tokio::test]
async fn an_import_counts_once_for_good() {
    let changes = imported_twice();
    for deliveries in [
        vec![(0, 5)],
        vec![(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)],
        // Again, with later ones; from the middle; long after.
        vec![(0, 3), (0, 5), (0, 5)],
        vec![(0, 3), (1, 4), (2, 5), (0, 5)],
        vec![(0, 5), (1, 2), (3, 4)],
    ] {
        let store = dynamodb::start().await.store();
        for &(from, to) in &deliveries {
            store.apply_changes(&changes[from..to], now()).await.unwrap();
        }
        let figures = store.figures().await.unwrap();
        assert_eq!(figures.imports, 2, "{deliveries:?}");
        let scheduled = figures.counters[&Counter::Status(EventStatus::Scheduled)];
        assert_eq!((scheduled.events, scheduled.imported), (1, 0), "{deliveries:?}");
    }
}

#[tokio::test]
async fn a_batch_that_fails_in_its_middle_is_not_counted_again() {
    let dynamo = dynamodb::start().await;
    let (changes, table) = history(
        (0..150)
            .map(|id| (id, Some((EventStatus::Scheduled, Category::Music, "Bern", false))))
            .collect(),
    );
    let has_failed = Arc::new(AtomicBool::new(false));
    let failed = Arc::clone(&has_failed);
    // The first transaction is carried out, the second meets a refusal: the batch fails in its middle.
    let proxy = Proxy::start(&dynamo, move |operation, _| {
        let is_second = operation == "TransactWriteItems" && failed.swap(true, Ordering::SeqCst);
        is_second.then(testkit::proxy::validation_error)
    });
    let store = proxy.await.store();
    assert!(store.apply_changes(&changes, now()).await.is_err());
    let applied = dynamo.store().apply_changes(&changes, now()).await.unwrap();
    assert!(applied.counted > 0 && applied.repeated > 0);
    assert_eq!(applied.counted + applied.repeated, 150);
    assert_eq!(dynamo.store().counters().await.unwrap(), count(&table));
}

#[tokio::test]
async fn waits_out_another_transaction_on_the_same_counters() {
    let dynamo = dynamodb::start().await;
    let is_over = Arc::new(AtomicBool::new(false));
    let over = Arc::clone(&is_over);
    let proxy = Proxy::start(&dynamo, move |operation, request| {
        let is_first = operation == "TransactWriteItems" && !over.swap(true, Ordering::SeqCst);
        is_first.then(|| {
            let count = request["TransactItems"].as_array().map_or(0, Vec::len);
            let reasons = vec![json!({"Code": "TransactionConflict"}); count];
            let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
            (
                400,
                json!({"__type": kind, "Message": "cancelled", "CancellationReasons": reasons}),
            )
        })
    });
    let store = proxy.await.store();
    let (changes, table) = history(vec![(
        1,
        Some((EventStatus::Scheduled, Category::Music, "Bern", true)),
    )]);
    let applied = store.apply_changes(&changes, now()).await.unwrap();
    assert_eq!(applied.counted, 1);
    assert_eq!(store.counters().await.unwrap(), count(&table));
}

#[tokio::test]
async fn a_change_that_moves_no_counter_costs_nothing() {
    let dynamo = dynamodb::start().await;
    let proxy = Proxy::meter(&dynamo).await;
    let renamed = Change {
        key: testkit::key("meetup#1"),
        order: ChangeOrder::new("stream/test", "1"),
        before: Some(event("meetup#1").stored()),
        after: Some(event("meetup#1").title("Renamed").stored()),
    };
    let applied = proxy.store().apply_changes(&[renamed], now()).await.unwrap();
    assert_eq!(applied.unmoved, 1);
    assert_eq!(proxy.take_units().requests, 0);
}

#[tokio::test]
async fn counts_what_the_stream_of_the_table_tells() {
    let dynamo = dynamodb::start().await;
    let store = dynamo.store();
    let city = "Llanfairpwllgwyngyll".repeat(100);
    let events = [
        event("ticketmaster#1").build(),
        event("seatgeek#2").city(&city).build(),
        event("seatgeek#3").build(),
    ];
    store.record(&events, now()).await.unwrap();
    let cancelled = event("seatgeek#3").status(EventStatus::Cancelled).build();
    store.record(&[cancelled], now()).await.unwrap();
    let found = store.event(&events[1].key).await.unwrap().unwrap();
    let import = NewImport {
        basis: Basis::Stored(&found),
        draft: domain::import::draft(
            &event("seatgeek#2").build(),
            &domain::import::ImportOverrides::default(),
            now(),
        )
        .unwrap(),
        created_by: "7".to_owned(),
        now: now(),
        request: None,
    };
    store.import(import).await.unwrap();
    store.apply_changes(&dynamo.changes(), now()).await.unwrap();
    let counters = store.counters().await.unwrap();
    let total = |counter: &Counter| counters.get(counter).map(|total| (total.events, total.imported));
    assert_eq!(total(&Counter::Source(Source::SeatGeek)), Some((2, 1)));
    assert_eq!(total(&Counter::Source(Source::Ticketmaster)), Some((1, 0)));
    assert_eq!(total(&Counter::Status(EventStatus::Cancelled)), Some((1, 0)));
    assert_eq!(total(&Counter::Status(EventStatus::Scheduled)), Some((2, 1)));
    let places = counters
        .keys()
        .filter(|counter| matches!(counter, Counter::City(_)));
    assert_eq!(places.count(), 1, "a name of any length has a counter");
}
