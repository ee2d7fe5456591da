use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::browse::BrowseQuery;
use domain::health::{Budget, Health, Quota, Reply, Report};
use domain::import::ImportOverrides;
use domain::performance::{Calls, Performance};
use domain::search::SourceSet;
use domain::sync::{ChosenSlices, Counts, RunStatus, Slice, Window, plan};
use domain::{ExternalEvent, ExternalEventCategory, Source, Start};
use serde_json::json;
use storage::{Basis, CachedAnswer, NewImport, Noted, Progress, Store, StoredHealth};
use testkit::dynamodb;
use testkit::proxy::{Proxy, Units};
use testkit::{full_event, now};

use crate::browse::anything;

/// One of many events of full size, a minute apart.
fn full(number: u32) -> ExternalEvent {
    full_event(&format!("ticketmaster#vvG1zZ9{number:06}xY"))
        .with(|event| event.start = Start::exact(now() + TimeDelta::minutes(number.into()), event.timezone))
        .build()
}

struct Bill {
    proxy: Proxy,
    exceeded: Vec<String>,
}

impl Bill {
    /// Notes what was done since the last note, and holds it against its bound.
    fn note(&mut self, access: &str, read: f64, write: f64) {
        let Units {
            read: reads,
            write: writes,
            requests,
        } = self.proxy.take_units();
        println!("| {access} | {requests} | {reads} | {writes} |");
        if reads > read || writes > write {
            self.exceeded
                .push(format!("{access}: at most {read} and {write} units"));
        }
    }
}

/// Prints the table of docs/DATA-MODEL.md: `cargo test -p storage cost -- --nocapture`.
#[tokio::test]
async fn every_access_costs_what_the_data_model_says() {
    let dynamo = dynamodb::start().await;
    let proxy = Proxy::meter(&dynamo).await;
    let store = proxy.store();
    let mut bill = Bill {
        proxy,
        exceeded: Vec::new(),
    };
    println!("| access | requests | read units | write units |\n| --- | --- | --- | --- |");

    let events: Vec<ExternalEvent> = (0..1000).map(full).collect();
    let (first, rest) = events.split_at(1);
    store.record(first, now()).await.unwrap();
    bill.note("store a new event", 0.5, 6.0);
    store.record(rest, now()).await.unwrap();
    bill.proxy.take_units();
    store.record(&events, now() + TimeDelta::hours(1)).await.unwrap();
    bill.note("sync 1,000 unchanged events without a manifest", 500.0, 0.0);
    sync_by_manifest(&store, &mut bill, &events).await;
    let mut changed = events[0].clone();
    changed.title.push('!');
    store
        .record(&[changed], now() + TimeDelta::hours(1))
        .await
        .unwrap();
    bill.note("sync a changed event", 0.5, 6.0);
    let mut moved = events[1].clone();
    moved.start = Start::exact(now() + TimeDelta::days(40), moved.timezone);
    store.record(&[moved], now() + TimeDelta::hours(1)).await.unwrap();
    bill.note("sync an event that moved to another month", 0.5, 9.0);

    let keys: Vec<_> = events.iter().take(50).map(|event| event.key.clone()).collect();
    let found = store.event(&keys[5]).await.unwrap().unwrap();
    bill.note("read an event", 0.5, 0.0);
    note_sources(&store).await;
    bill.proxy.take_units();
    end_of_run(&store, &mut bill).await;
    store.healths().await.unwrap();
    bill.note("read how the sources fare", 0.5, 0.0);
    store.sources().await.unwrap();
    bill.note("read that and the latest syncs", 0.5, 0.0);
    store.imports(&keys).await.unwrap();
    bill.note("read the import marks of 50 events", 25.0, 0.0);
    let query = BrowseQuery {
        source: Some(Source::Ticketmaster),
        to: now() + TimeDelta::days(7),
        ..anything()
    };
    let page = store.browse(&query, None).await.unwrap();
    assert_eq!(page.events.len(), 50);
    bill.note("browse a page of 50 events", 5.0, 0.0);

    let import = |basis| NewImport {
        basis,
        draft: domain::import::draft(&full(2), &ImportOverrides::default(), now()).unwrap(),
        created_by: "7".to_owned(),
        now: now(),
        request: None,
    };
    let again = import(Basis::Stored(&found));
    store.import(import(Basis::Stored(&found))).await.unwrap();
    bill.note("import a stored event", 0.0, 21.0);
    store.import(again).await.unwrap();
    bill.note("import an event that is already imported", 0.0, 9.0);
    store.recent_imports(&["2026-11".to_owned()], 10).await.unwrap();
    bill.note("read the latest imports", 1.0, 0.0);
    store.local_event(domain::LocalEventId::new(1)).await.unwrap();
    bill.note("read a local event", 0.5, 0.0);

    let stream = dynamo.changes();
    store.apply_changes(&stream[..75], now()).await.unwrap();
    bill.note("count 75 new events", 0.0, 158.0);
    store.apply_changes(&stream, now()).await.unwrap();
    bill.proxy.take_units();
    store.counters().await.unwrap();
    bill.note("read all counters and their places", 2.0, 0.0);

    let answer = CachedAnswer {
        key: "key".to_owned(),
        body: events_json(&events[..50]),
        stored_at: now(),
    };
    let packed = answer.pack(Duration::from_mins(1)).unwrap().unwrap();
    store.cache_answers(vec![packed]).await.unwrap();
    bill.note("cache an answer of 50 events", 0.0, 5.0);
    store.cached_answers(&["key"]).await.unwrap();
    bill.note("read an answer of 50 events from the cache", 1.0, 0.0);
    let categories: Vec<_> = (0..200).map(category).collect();
    store
        .replace_categories(Source::Ticketmaster, &categories)
        .await
        .unwrap();
    bill.note("store 200 categories", 0.0, 3.0);
    store.categories(&SourceSet::all()).await.unwrap();
    bill.note("read 200 categories", 1.0, 0.0);
    assert!(bill.exceeded.is_empty(), "{:#?}", bill.exceeded);
}

async fn sync_by_manifest(store: &Store, bill: &mut Bill, events: &[ExternalEvent]) {
    let slice = Slice {
        source: Source::Ticketmaster,
        category: "music".parse().unwrap(),
        window: Window::next_days(now(), 90),
        area: None,
    };
    let all: Vec<_> = events.iter().collect();
    store.note_present("run", &slice, "0", &all, now()).await.unwrap();
    bill.note("note 1,000 events that a slice did not have", 0.0, 30.0);
    let comparison = store.compare("run", &slice, None, true).await.unwrap();
    bill.note("read what was noted of 1,000 events", 5.0, 0.0);
    store
        .replace_manifest("run", &slice, comparison, now(), now())
        .await
        .unwrap();
    bill.note("write the manifest of a slice of 1,000 events", 0.0, 40.0);
    let manifest = store.manifest(&slice).await.unwrap().unwrap();
    bill.note("sync 1,000 unchanged events by their manifest", 2.0, 0.0);
    assert!(
        events
            .iter()
            .all(|event| manifest.position(event).unwrap().is_some())
    );
}

/// The end of a run of one slice, and with it of the run.
async fn end_of_run(store: &Store, bill: &mut Bill) {
    let slice = Slice {
        source: Source::Ticketmaster,
        category: "music".parse().unwrap(),
        window: Window::next_days(now(), 90),
        area: None,
    };
    let slices = std::slice::from_ref(&slice);
    store.start_run("last", now(), slices).await.unwrap();
    store.lease("last", &slice, now()).await.unwrap();
    bill.proxy.take_units();
    let noted = end(store, "last", &slice, now() + TimeDelta::minutes(1)).await;
    assert!(noted.ended.is_some());
    bill.note("end the last slice of a run", 0.0, 5.0);
}

/// Ends a slice of 9,000 events that did not change.
async fn end(store: &Store, run_id: &str, slice: &Slice, at: DateTime<Utc>) -> Noted {
    let counts = Counts {
        unchanged: 9_000,
        ..Counts::default()
    };
    let progress = Progress {
        run_id,
        slice,
        step: "end",
        report: &counts.into(),
        is_cut: false,
        status: RunStatus::Succeeded,
        at,
    };
    store.note_progress(&progress).await.unwrap()
}

fn events_json(events: &[ExternalEvent]) -> Vec<u8> {
    serde_json::to_vec(events).unwrap()
}

fn category(number: u32) -> ExternalEventCategory {
    ExternalEventCategory {
        name: format!("Genre {number}"),
        source: Source::Ticketmaster,
        external_id: format!("KnvZfZ7v{number:05}"),
        parent: Some("Music".to_owned()),
    }
}

/// Everything that analytics reads.
async fn read_analytics(store: &Store) {
    store.figures().await.unwrap();
    store.top_places(11).await.unwrap();
    store.sources().await.unwrap();
    store.recent_imports(&["2026-11".to_owned()], 10).await.unwrap();
}

/// The calls of two weeks to all providers, of every latency that there is.
async fn note_calls(store: &Store) {
    let mut performance = Performance {
        failed: 10,
        rate_limited: 10,
        ..Performance::default()
    };
    for ms in (0..120_000).step_by(7) {
        performance.latencies.record(Duration::from_millis(ms));
    }
    let calls: Calls = Source::ALL.map(|source| (source, performance.clone())).into();
    for at in [now(), now() - TimeDelta::weeks(1)] {
        store.note_calls(&calls, at).await.unwrap();
    }
}

/// A sync of every slice of the default plan, and of every source as much as can be known, at times as a clock tells them.
async fn note_sources(store: &Store) {
    let now = now() + TimeDelta::nanoseconds(123_456_789);
    for slice in plan(&Source::ALL, &ChosenSlices::default(), now) {
        end(store, "20261122T120000Z-1f0c9a3b", &slice, now).await;
    }
    let budget = Budget {
        per_second: Some(5),
        per_window: Some((5_000, Duration::from_hours(24))),
        reserved_percent: 40,
    };
    let report = Report {
        started: now,
        reply: Reply::RateLimited { retry_after: None },
        more_requests: 5,
        quota: Some(Quota {
            limit: Some(5_000),
            remaining: 4_000,
            resets_at: Some(now + TimeDelta::hours(1)),
        }),
    };
    let health = Health::default().learn(&report, &budget, now);
    for source in Source::ALL {
        let unknown = StoredHealth::default();
        store.change_health(source, &unknown, &health).await.unwrap();
    }
}

#[tokio::test]
async fn analytics_costs_the_same_however_many_events_there_are() {
    let dynamo = dynamodb::start().await;
    let proxy = Proxy::meter(&dynamo).await;
    let store = proxy.store();
    let events: Vec<ExternalEvent> = (0..1_000).map(full).collect();
    store.record(&events, now()).await.unwrap();
    for event in &events[1..21] {
        dynamo.import(event, now()).await;
    }
    store.apply_changes(&dynamo.changes(), now()).await.unwrap();
    note_calls(&store).await;
    note_sources(&store).await;
    proxy.take_units();
    store.recent_imports(&["2026-11".to_owned()], 10).await.unwrap();
    let imports = proxy.take_units();
    assert!(imports.read <= 1.0, "ten entries of by_import: {imports:?}");
    println!("| events | requests | read units |\n| --- | --- | --- |");
    let mut seen = Vec::new();
    // What analytics reads are counters: of more events they are as many, except those of the places of their imports.
    for (events, places) in [(1_000, 1), (100_000, 1_000), (1_000_000, 5_000)] {
        for mut item in dynamo.items("state") {
            if item["pk"]["S"] == "COUNTERS" && item.get("events").is_some() {
                item["events"]["N"] = events.to_string().into();
                item["imported"]["N"] = (events / 100).to_string().into();
                dynamo.put("state", &item);
            }
        }
        for place in 0..places {
            let item = json!({
                "pk": {"S": "PLACES"}, "sk": {"S": format!("city#CH#place {place}")}, "ranking": {"S": "PLACES"},
                "city": {"S": format!("Place {place}")}, "events": {"N": "2"}, "imported": {"N": "2"},
            });
            dynamo.put("state", &item);
        }
        proxy.take_units();
        read_analytics(&store).await;
        let units = proxy.take_units();
        println!("| {events} | {} | {} |", units.requests, units.read);
        seen.push(units);
    }
    assert_eq!((seen[0], seen[0]), (seen[1], seen[2]));
    assert!(seen[0].read <= 3.0 && seen[0].requests == 4, "{seen:?}");
}

#[tokio::test]
async fn a_metered_store_counts_what_its_requests_cost() {
    let dynamo = dynamodb::start().await;
    let proxy = Proxy::meter(&dynamo).await;
    let store = proxy.store().metered();
    let events: Vec<ExternalEvent> = (0..5).map(full).collect();
    store.record(&events, now()).await.unwrap();
    store.event(&events[0].key).await.unwrap();
    store.apply_changes(&dynamo.changes(), now()).await.unwrap();
    store.clone().figures().await.unwrap();
    drop(store.reserve_local_event_ids(1).await.unwrap());
    let units = proxy.take_units();
    let counted = store.take_units();
    assert!(units.read > 1.0 && units.write > 30.0, "{units:?}");
    assert_eq!((counted.read, counted.write), (units.read, units.write));
    assert_eq!(store.take_units(), storage::Units::default());
    let other = dynamo.store();
    other.event(&events[0].key).await.unwrap();
    assert_eq!(other.take_units(), storage::Units::default(), "nobody asked");
}

#[tokio::test]
async fn detail_costs_the_same_however_many_events_there_are() {
    let dynamo = dynamodb::start().await;
    let proxy = Proxy::meter(&dynamo).await;
    let store = proxy.store();
    let mut units = Vec::new();
    for numbers in [0..10, 10..400] {
        let events: Vec<ExternalEvent> = numbers.map(full).collect();
        store.record(&events, now()).await.unwrap();
        proxy.take_units();
        store.event(&events[0].key).await.unwrap();
        units.push(proxy.take_units());
    }
    assert_eq!(units[0], units[1]);
}

/// What comparing 1,000 events with their markers costs, both ways.
#[tokio::test]
async fn comparing_the_counters_costs_a_few_units_an_event() {
    let dynamo = dynamodb::start().await;
    let proxy = Proxy::meter(&dynamo).await;
    let store = proxy.store();
    let events: Vec<ExternalEvent> = (0..1_000).map(full).collect();
    store.record(&events, now()).await.unwrap();
    store.apply_changes(&dynamo.changes(), now()).await.unwrap();
    proxy.take_units();
    let mut next = None;
    loop {
        let scanned = store.scan_events(next.as_ref(), 500).await.unwrap();
        assert_eq!(store.uncounted(&scanned.keys).await.unwrap(), []);
        next = scanned.next;
        if next.is_none() {
            break;
        }
    }
    let mut markers = 0;
    for bucket in 0..Store::MARKER_BUCKETS {
        let found = store.markers(bucket, None, 1_000).await.unwrap();
        let keys: Vec<_> = found.counted.into_iter().map(|(key, _)| key).collect();
        markers += store.events(&keys).await.unwrap().len();
    }
    let units = proxy.take_units();
    println!(
        "| compare the counters with 1,000 events | {} | {} | {} |",
        units.requests, units.read, units.write
    );
    assert_eq!(markers, 1_000);
    assert!(units.read <= 1_600.0 && units.write == 0.0, "{units:?}");
}
