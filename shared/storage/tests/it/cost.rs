use std::time::Duration;

use chrono::TimeDelta;
use domain::browse::BrowseQuery;
use domain::import::ImportOverrides;
use domain::search::SourceSet;
use domain::sync::{Slice, Window};
use domain::{Amount, ExternalEvent, ExternalEventCategory, PriceRange, Source, Start};
use storage::{Basis, NewImport, Store};
use testkit::dynamodb;
use testkit::{event, now};

use crate::proxy::{Proxy, Units};

/// An event with everything that a source tells, of the sizes that sources send: a description of 1.5 KB, two
/// links of 100 bytes, three performers.
fn full(number: u32) -> ExternalEvent {
    let link = |host: &str| {
        format!(
            "https://{host}.example/{}/{number}",
            "a-rather-long-path/".repeat(4)
        )
        .parse()
        .ok()
    };
    event(&format!("ticketmaster#vvG1zZ9{number:06}xY"))
        .title("An Evening of Invented Music with Friends")
        .description(&"Doors open an hour before. ".repeat(56))
        .with(|event| {
            event.timezone = "Europe/Zurich".parse().ok();
            let start = now() + TimeDelta::minutes(number.into());
            event.start = Start::exact(start, event.timezone);
            "Alternative Rock".clone_into(&mut event.subcategory);
            event.performers = ["The Invented Quartet", "Nobody in Particular", "The Understudies"]
                .map(str::to_owned)
                .into();
            event.price = "CHF".parse().ok().map(|currency| {
                PriceRange::new(
                    Amount::from_units(35.0).unwrap(),
                    Amount::from_units(120.0).unwrap(),
                    currency,
                )
            });
            event.ticket_url = link("tickets");
            event.image_url = link("pictures");
        })
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
    bill.note("store a new event", 0.5, 7.0);
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
    bill.note("sync a changed event", 0.5, 7.0);
    let mut moved = events[1].clone();
    moved.start = Start::exact(now() + TimeDelta::days(40), moved.timezone);
    store.record(&[moved], now() + TimeDelta::hours(1)).await.unwrap();
    bill.note("sync an event that moved to another month", 0.5, 11.0);

    let keys: Vec<_> = events.iter().take(50).map(|event| event.key.clone()).collect();
    let found = store.event(&keys[5]).await.unwrap().unwrap();
    bill.note("read an event", 0.5, 0.0);
    store.imports(&keys).await.unwrap();
    bill.note("read the import marks of 50 events", 25.0, 0.0);
    let query = BrowseQuery {
        source: Some(Source::Ticketmaster),
        city: None,
        category: None,
        from: now(),
        to: now() + TimeDelta::days(7),
        status: None,
        imported: None,
        page_size: 50,
        page_token: None,
    };
    let page = store.browse(&query, None).await.unwrap();
    assert_eq!(page.events.len(), 50);
    bill.note("browse a page of 50 events", 7.0, 0.0);

    let import = |basis| NewImport {
        basis,
        draft: domain::import::draft(&full(2), &ImportOverrides::default(), now()).unwrap(),
        created_by: "7".to_owned(),
        now: now(),
        request: None,
    };
    let again = import(Basis::Stored(&found));
    store.import(import(Basis::Stored(&found))).await.unwrap();
    bill.note("import a stored event", 0.0, 24.0);
    store.import(again).await.unwrap();
    bill.note("import an event that is already imported", 0.0, 9.0);
    store.recent_imports(&["2026-11".to_owned()], 10).await.unwrap();
    bill.note("read the latest imports", 1.0, 0.0);
    store.local_event(domain::LocalEventId::new(1)).await.unwrap();
    bill.note("read a local event", 0.5, 0.0);

    let stream = dynamo.changes();
    store.apply_changes(&stream[..75], now()).await.unwrap();
    bill.note("count 75 new events", 0.0, 156.0);
    store.apply_changes(&stream, now()).await.unwrap();
    bill.proxy.take_units();
    store.counters().await.unwrap();
    bill.note("read all counters", 2.0, 0.0);

    store
        .cache_answer("key", &events_json(&events[..50]), now(), Duration::from_mins(1))
        .await
        .unwrap();
    bill.note("cache an answer of 50 events", 0.0, 5.0);
    store.cached_answer("key").await.unwrap();
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

#[tokio::test]
async fn analytics_and_detail_cost_the_same_however_many_events_there_are() {
    let dynamo = dynamodb::start().await;
    let proxy = Proxy::meter(&dynamo).await;
    let store = proxy.store();
    let mut units = Vec::new();
    for numbers in [0..10, 10..400] {
        let events: Vec<ExternalEvent> = numbers.map(full).collect();
        store.record(&events, now()).await.unwrap();
        store.apply_changes(&dynamo.changes(), now()).await.unwrap();
        proxy.take_units();
        store.counters().await.unwrap();
        store.event(&events[0].key).await.unwrap();
        units.push(proxy.take_units());
    }
    assert_eq!(units[0], units[1]);
}
