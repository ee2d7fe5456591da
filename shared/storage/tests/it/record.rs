use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::import::ImportOverrides;
use domain::{EventStatus, Start};
use serde_json::{Value, json};
use storage::{Basis, ImportOutcome, NewImport, Recorded, Store};
use testkit::dynamodb::{self, tables};
use testkit::proxy::{Proxy, validation_error};
use testkit::{event, key, now};

fn numbers(recorded: &Recorded) -> (u64, u64, u64, usize) {
    let Recorded {
        created,
        updated,
        unchanged,
        failed,
    } = recorded;
    (*created, *updated, *unchanged, failed.len())
}

/// Imports the stored event with this key.
async fn import(store: &Store, event_key: &str) {
    let stored = store.event(&key(event_key)).await.unwrap().unwrap();
    let import = NewImport {
        basis: Basis::Stored(&stored),
        draft: domain::import::draft(&stored.event, &ImportOverrides::default(), now()).unwrap(),
        created_by: "7".to_owned(),
        now: now(),
        request: None,
    };
    let outcome = store.import(import).await.unwrap();
    assert!(matches!(outcome, ImportOutcome::Imported(_)));
}

fn item(dynamo: &dynamodb::Dynamo, event_key: &str) -> Value {
    let items = dynamo.items(&tables().events);
    let found = items.into_iter().find(|item| item["event_key"]["S"] == event_key);
    found.unwrap()
}

#[tokio::test]
async fn writes_nothing_when_nothing_changed() {
    let dynamo = dynamodb::start().await;
    let proxy = Proxy::meter(&dynamo).await;
    let store = proxy.store();
    let events: Vec<_> = (0..150)
        .map(|number| event(&format!("ticketmaster#{number}")).build())
        .collect();
    let first = store.record(&events, now()).await.unwrap();
    assert_eq!(numbers(&first), (150, 0, 0, 0));
    let (changes, spent) = (dynamo.changes().len(), proxy.take_units());
    assert!(spent.write > 0.0);

    let second = store.record(&events, now() + TimeDelta::hours(1)).await.unwrap();
    assert_eq!(numbers(&second), (0, 0, 150, 0));
    assert_eq!(dynamo.changes().len(), changes);
    let spent = proxy.take_units();
    assert!(spent.write <= 0.0 && spent.read <= 75.0, "{spent:?}");
}

#[tokio::test]
async fn writes_only_what_changed() {
    let dynamo = dynamodb::start().await;
    let store = dynamo.store();
    let same = event("ticketmaster#same").build();
    let before = event("ticketmaster#other").description("Soon.").build();
    store.record(&[same.clone(), before], now()).await.unwrap();
    let after = event("ticketmaster#other")
        .status(EventStatus::Cancelled)
        .city("")
        .start(Start::ToBeAnnounced)
        .build();
    let later = now() + TimeDelta::hours(1);
    let recorded = store.record(&[same, after.clone()], later).await.unwrap();
    assert_eq!(numbers(&recorded), (0, 1, 1, 0));
    let stored = store.event(&after.key).await.unwrap().unwrap();
    assert_eq!(stored.event, after);
    assert_eq!((stored.created_at, stored.synced_at), (now(), later));
    let item = item(&dynamo, "ticketmaster#other");
    for gone in ["description", "city_key", "expires_at"] {
        assert!(item.get(gone).is_none(), "{gone} should be gone from {item}");
    }
}

#[tokio::test]
async fn never_overwrites_newer_data() {
    let store = dynamodb::start().await.store();
    let newer = event("seatgeek#1").title("Newer").build();
    let older = event("seatgeek#1").title("Older").build();
    store.record(std::slice::from_ref(&newer), now()).await.unwrap();
    let late = store
        .record(&[older], now() - TimeDelta::seconds(1))
        .await
        .unwrap();
    assert_eq!(numbers(&late), (0, 0, 1, 0));
    assert_eq!(store.event(&newer.key).await.unwrap().unwrap().event, newer);
}

#[tokio::test]
async fn never_overwrites_newer_data_that_a_stale_read_hides() {
    let dynamo = dynamodb::start().await;
    let newer = event("seatgeek#1").title("Newer").build();
    dynamo
        .store()
        .record(std::slice::from_ref(&newer), now())
        .await
        .unwrap();
    let store = blind(&dynamo).await;
    let older = event("seatgeek#1").title("Older").build();
    let late = store
        .record(&[older], now() - TimeDelta::seconds(1))
        .await
        .unwrap();
    assert_eq!(numbers(&late), (0, 0, 1, 0));
    let again = store.record(std::slice::from_ref(&newer), now()).await.unwrap();
    assert_eq!(numbers(&again), (0, 0, 1, 0));
    assert_eq!(store.event(&newer.key).await.unwrap().unwrap().event, newer);
}

/// A store whose batch reads find nothing, as if everything had been written just now.
async fn blind(dynamo: &dynamodb::Dynamo) -> Store {
    let proxy = Proxy::start(dynamo, |operation, _| {
        let nothing = json!({"Responses": {}, "UnprocessedKeys": {}});
        (operation == "BatchGetItem").then_some((200, nothing))
    });
    proxy.await.store()
}

#[tokio::test]
async fn an_update_keeps_the_import_and_the_day_of_creation() {
    let dynamo = dynamodb::start().await;
    for (event_key, writer) in [
        ("ticketmaster#seen", dynamo.store()),
        // The import comes in between the read and the write.
        ("ticketmaster#unseen", blind(&dynamo).await),
    ] {
        let store = dynamo.store();
        store.record(&[event(event_key).build()], now()).await.unwrap();
        assert!(item(&dynamo, event_key).get("expires_at").is_some());
        import(&store, event_key).await;
        assert!(item(&dynamo, event_key).get("expires_at").is_none());
        let import = store.event(&key(event_key)).await.unwrap().unwrap().import;

        let changed = event(event_key).title("Renamed").build();
        let recorded = writer
            .record(&[changed], now() + TimeDelta::hours(1))
            .await
            .unwrap();
        assert_eq!(numbers(&recorded), (0, 1, 0, 0));
        let stored = store.event(&key(event_key)).await.unwrap().unwrap();
        assert_eq!(stored.event.title, "Renamed");
        assert_eq!(stored.created_at, now());
        assert!(import.is_some());
        assert_eq!(stored.import, import);
        assert!(
            item(&dynamo, event_key).get("expires_at").is_none(),
            "what is imported never expires"
        );
    }
}

#[tokio::test]
async fn of_an_event_that_comes_twice_the_last_counts() {
    let store = dynamodb::start().await.store();
    let events = ["First", "Second", "Third"].map(|title| event("meetup#twice").title(title).build());
    let recorded = store.record(&events, now()).await.unwrap();
    assert_eq!(numbers(&recorded), (1, 0, 0, 0));
    let stored = store.event(&key("meetup#twice")).await.unwrap().unwrap();
    assert_eq!(stored.event.title, "Third");
}

#[tokio::test]
async fn a_failed_write_is_named_and_spoils_no_other() {
    let dynamo = dynamodb::start().await;
    let proxy = Proxy::start(&dynamo, |operation, request| {
        let is_bad = request["Key"]["event_key"]["S"] == "seatgeek#bad";
        (operation == "UpdateItem" && is_bad).then(validation_error)
    });
    let store = proxy.await.store();
    let events = ["seatgeek#1", "seatgeek#bad", "seatgeek#2"].map(|key| event(key).build());
    let recorded = store.record(&events, now()).await.unwrap();
    assert_eq!(numbers(&recorded), (2, 0, 0, 1));
    let (failed, error) = &recorded.failed[0];
    assert_eq!(failed, &key("seatgeek#bad"));
    assert!(!error.is_throttled() && !error.is_unavailable());
    let stored: BTreeSet<String> = dynamo
        .items(&tables().events)
        .iter()
        .filter_map(|item| item["event_key"]["S"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(stored, ["seatgeek#1", "seatgeek#2"].map(str::to_owned).into());
}

#[tokio::test]
async fn asks_again_for_what_a_busy_store_leaves_out() {
    let dynamo = dynamodb::start().await;
    let known = event("seatgeek#1").build();
    dynamo
        .store()
        .record(std::slice::from_ref(&known), now())
        .await
        .unwrap();
    let mut refusals = 2;
    let proxy = Proxy::start(&dynamo, move |operation, request| {
        let is_refused = operation == "BatchGetItem" && refusals > 0;
        is_refused.then(|| {
            refusals -= 1;
            let rest = json!({"Responses": {}, "UnprocessedKeys": request["RequestItems"]});
            (200, rest)
        })
    });
    let found = proxy
        .await
        .store()
        .events(std::slice::from_ref(&known.key))
        .await
        .unwrap();
    assert_eq!(found[&known.key].event, known);
}

#[tokio::test]
async fn tells_that_a_store_stays_busy() {
    let dynamo = dynamodb::start().await;
    let proxy = Proxy::start(&dynamo, |_, request| {
        Some((
            200,
            json!({"Responses": {}, "UnprocessedKeys": request["RequestItems"]}),
        ))
    });
    let error = proxy
        .await
        .store()
        .events(&[key("seatgeek#1")])
        .await
        .unwrap_err();
    assert!(error.is_throttled());
}
