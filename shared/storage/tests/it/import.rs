use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use domain::import::ImportOverrides;
use domain::{LocalEvent, LocalEventId, StoredEvent};
use futures_util::future::join_all;
use serde_json::{Value, json};
use storage::{Basis, ImportOutcome, NewImport, StorageError, Store};
use testkit::dynamodb::{self, Dynamo, tables};
use testkit::proxy::{Proxy, validation_error};
use testkit::{event, key, now};

fn new_import(basis: Basis<'_>, at: DateTime<Utc>) -> NewImport<'_> {
    NewImport {
        basis,
        draft: domain::import::draft(basis.event(), &ImportOverrides::default(), at).unwrap(),
        created_by: "organizer-7".to_owned(),
        now: at,
        request: None,
    }
}

/// Stores an event and reads it back, as an import finds it.
async fn stored(store: &Store, event_key: &str) -> StoredEvent {
    let event = event(event_key).description("Bring a coat.").build();
    store.record(std::slice::from_ref(&event), now()).await.unwrap();
    store.event(&event.key).await.unwrap().unwrap()
}

fn imported(outcome: ImportOutcome) -> LocalEvent {
    match outcome {
        ImportOutcome::Imported(local_event) => local_event,
        other => panic!("not imported: {other:?}"),
    }
}

/// The ids of all local events, as the table has them.
fn local_ids(dynamo: &Dynamo) -> BTreeSet<String> {
    let items = dynamo.items(&tables().local_events);
    items
        .iter()
        .filter_map(|item| item["id"]["N"].as_str().map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn makes_a_local_event_and_marks_the_external_one() {
    let dynamo = dynamodb::start().await;
    let store = dynamo.store();
    let found = stored(&store, "ticketmaster#1").await;
    let local = imported(
        store
            .import(new_import(Basis::Stored(&found), now()))
            .await
            .unwrap(),
    );
    assert_eq!(local.id, LocalEventId::new(1));
    assert_eq!(local.content.external, found.event.key);
    assert_eq!(store.local_event(local.id).await.unwrap().as_ref(), Some(&local));
    assert_eq!(store.local_event(LocalEventId::new(2)).await.unwrap(), None);
    let mark = store
        .event(&found.event.key)
        .await
        .unwrap()
        .unwrap()
        .import
        .unwrap();
    assert_eq!((mark.local_event_id, mark.imported_at), (local.id, now()));
    let marks = store
        .imports(&[found.event.key.clone(), key("meetup#none")])
        .await
        .unwrap();
    assert_eq!(marks.into_iter().collect::<Vec<_>>(), [(found.event.key, mark)]);
}

#[tokio::test]
async fn stores_an_event_that_was_not_stored_along_with_its_import() {
    let dynamo = dynamodb::start().await;
    let store = dynamo.store();
    let fetched = event("seatgeek#new").description("Not seen before.").build();
    let local = imported(
        store
            .import(new_import(Basis::Fetched(&fetched), now()))
            .await
            .unwrap(),
    );
    let found = store.event(&fetched.key).await.unwrap().unwrap();
    assert_eq!(found.event, fetched);
    assert_eq!(found.import.map(|mark| mark.local_event_id), Some(local.id));
    let unchanged = store.record(&[fetched], now()).await.unwrap();
    assert_eq!(
        unchanged.unchanged, 1,
        "the import stored it as a sync would have"
    );
}

#[tokio::test]
async fn of_many_imports_at_once_exactly_one_succeeds() {
    let dynamo = dynamodb::start().await;
    let store = dynamo.store();
    let found = stored(&store, "ticketmaster#1").await;
    let fetched = event("ticketmaster#2").build();
    for basis in [Basis::Stored(&found), Basis::Fetched(&fetched)] {
        let outcomes = join_all((0..50).map(|_| store.import(new_import(basis, now())))).await;
        let mut winners = Vec::new();
        let mut told = BTreeSet::new();
        for outcome in outcomes {
            match outcome.unwrap() {
                ImportOutcome::Imported(local_event) => winners.push(local_event.id),
                ImportOutcome::AlreadyImported(id) => {
                    told.insert(id);
                }
                ImportOutcome::Changed => panic!("nothing changed"),
            }
        }
        assert_eq!(winners.len(), 1);
        assert_eq!(told, BTreeSet::from([winners[0]]));
    }
    assert_eq!(local_ids(&dynamo).len(), 2);
}

#[tokio::test]
async fn refuses_to_import_what_is_no_longer_what_was_validated() {
    let dynamo = dynamodb::start().await;
    let store = dynamo.store();
    let found = stored(&store, "ticketmaster#1").await;
    let changed = event("ticketmaster#1").title("Another evening").build();
    let later = now() + TimeDelta::minutes(1);
    store.record(std::slice::from_ref(&changed), later).await.unwrap();
    let vanished = event("ticketmaster#gone").stored();
    // A sync stored it in the meantime, perhaps differently.
    for basis in [
        Basis::Stored(&found),
        Basis::Stored(&vanished),
        Basis::Fetched(&changed),
    ] {
        let outcome = store.import(new_import(basis, later)).await.unwrap();
        assert_eq!(outcome, ImportOutcome::Changed, "{basis:?}");
    }
    assert!(local_ids(&dynamo).is_empty());
    assert!(
        dynamo
            .items(&tables().events)
            .iter()
            .all(|item| item.get("local_event_id").is_none())
    );
}

fn cancelled(codes: [&str; 2]) -> (u16, Value) {
    let reasons = codes.map(|code| json!({"Code": code, "Message": "because"}));
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    (
        400,
        json!({"__type": kind, "Message": "cancelled", "CancellationReasons": reasons}),
    )
}

/// A store whose first `conflicts` transactions meet another one under way, and how many it was sent.
async fn contended(dynamo: &Dynamo, conflicts: usize) -> (Store, Arc<AtomicUsize>) {
    let sent = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&sent);
    let proxy = Proxy::start(dynamo, move |operation, _| {
        let is_transaction = operation == "TransactWriteItems";
        (is_transaction && counter.fetch_add(1, Ordering::SeqCst) < conflicts)
            .then(|| cancelled(["TransactionConflict", "None"]))
    });
    (proxy.await.store(), sent)
}

#[tokio::test]
async fn waits_out_another_transaction_on_the_same_event() {
    let dynamo = dynamodb::start().await;
    let found = stored(&dynamo.store(), "ticketmaster#1").await;
    let (store, sent) = contended(&dynamo, 3).await;
    imported(
        store
            .import(new_import(Basis::Stored(&found), now()))
            .await
            .unwrap(),
    );
    assert_eq!(sent.load(Ordering::SeqCst), 4);
    assert_eq!(local_ids(&dynamo), BTreeSet::from(["1".to_owned()]));
}

#[tokio::test]
async fn gives_up_on_a_conflict_without_end() {
    let dynamo = dynamodb::start().await;
    let found = stored(&dynamo.store(), "ticketmaster#1").await;
    let (store, sent) = contended(&dynamo, usize::MAX).await;
    let error: StorageError = store
        .import(new_import(Basis::Stored(&found), now()))
        .await
        .unwrap_err();
    assert!(error.is_throttled());
    assert_eq!(sent.load(Ordering::SeqCst), 9);
    assert!(local_ids(&dynamo).is_empty());
}

#[tokio::test]
async fn a_crash_after_the_id_is_drawn_leaves_a_gap_and_nothing_else() {
    let dynamo = dynamodb::start().await;
    let store = dynamo.store();
    let found = stored(&store, "ticketmaster#1").await;
    let proxy = Proxy::start(&dynamo, |operation, _| {
        (operation == "TransactWriteItems").then(validation_error)
    });
    let error = proxy
        .await
        .store()
        .import(new_import(Basis::Stored(&found), now()))
        .await;
    assert!(error.is_err());
    assert!(local_ids(&dynamo).is_empty());
    assert_eq!(store.event(&found.event.key).await.unwrap().unwrap(), found);

    let local = imported(
        store
            .import(new_import(Basis::Stored(&found), now()))
            .await
            .unwrap(),
    );
    assert_eq!(local.id, LocalEventId::new(2), "an id is never used twice");
}

#[tokio::test]
async fn tells_the_latest_imports_first_across_months() {
    let store = dynamodb::start().await.store();
    for (number, days) in [(1, 0), (2, 3), (3, 15), (4, 1)] {
        let found = stored(&store, &format!("ticketmaster#{number}")).await;
        let at = now() + TimeDelta::days(days);
        imported(store.import(new_import(Basis::Stored(&found), at)).await.unwrap());
    }
    let months = ["2026-12", "2026-11", "2026-10"].map(str::to_owned);
    let recent = async |limit| {
        let imports = store.recent_imports(&months, limit).await.unwrap();
        imports
            .iter()
            .map(|stored| stored.event.key.id.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(recent(10).await, ["3", "2", "4", "1"]);
    assert_eq!(recent(2).await, ["3", "2"]);
    assert!(recent(0).await.is_empty());
}

/// What an import leaves, three places of which must agree.
fn traces(dynamo: &Dynamo) -> [BTreeSet<String>; 3] {
    let numbers = |table: &str, attribute: &str| {
        let items = dynamo.items(table);
        items
            .iter()
            .filter_map(|item| item[attribute]["N"].as_str().map(str::to_owned))
            .collect()
    };
    let audited = dynamo
        .items(&tables().state)
        .iter()
        .filter_map(|item| {
            item["pk"]["S"]
                .as_str()?
                .strip_prefix("AUDIT#")
                .map(str::to_owned)
        })
        .collect();
    let tables = tables();
    [
        numbers(&tables.events, "local_event_id"),
        numbers(&tables.local_events, "id"),
        audited,
    ]
}

#[tokio::test]
async fn a_process_killed_at_any_step_leaves_everything_or_nothing() {
    // Killed as a request leaves, whether it still arrives or not.
    for (step, arrives) in [(0, false), (0, true), (1, false), (1, true)] {
        let dynamo = dynamodb::start().await;
        let found = stored(&dynamo.store(), "ticketmaster#1").await;
        let (kill, killed) = tokio::sync::oneshot::channel();
        let mut kill = Some(kill);
        let mut requests = 0;
        let proxy = Proxy::start(&dynamo, move |_, _| {
            let is_last = requests == step;
            requests += 1;
            if is_last {
                kill.take().unwrap().send(()).unwrap();
            }
            (is_last && !arrives).then(validation_error)
        });
        let store = proxy.await.store();
        tokio::select! {
            biased;
            _ = killed => {}
            outcome = store.import(new_import(Basis::Stored(&found), now())) => panic!("{outcome:?}"),
        }
        let [marked, local, audited] = traces(&dynamo);
        assert_eq!((&marked, &marked), (&local, &audited), "killed at step {step}");

        // Whoever tries again finds the import or makes it.
        let outcome = dynamo
            .store()
            .import(new_import(Basis::Stored(&found), now()))
            .await
            .unwrap();
        assert!(!matches!(outcome, ImportOutcome::Changed));
        let [marked, local, audited] = traces(&dynamo);
        assert_eq!((marked.len(), &marked, &marked), (1, &local, &audited));
    }
}

#[tokio::test]
async fn a_decision_is_kept_for_a_year() {
    let dynamo = dynamodb::start().await;
    dynamo.import(&event("ticketmaster#1").build(), now()).await;
    let items = dynamo.items(&tables().state);
    let audited = items.iter().find(|item| item["pk"]["S"] == "AUDIT#1").unwrap();
    let expiry = (now() + TimeDelta::days(365)).timestamp();
    assert_eq!(audited["expires_at"]["N"], expiry.to_string());
}

#[tokio::test]
async fn reserves_many_ids_in_one_step() {
    let dynamo = dynamodb::start().await;
    let proxy = Proxy::meter(&dynamo).await;
    let numbers = async |count| {
        let ids = proxy.store().reserve_local_event_ids(count).await.unwrap();
        ids.map(LocalEventId::get).collect::<Vec<_>>()
    };
    assert_eq!(numbers(3).await, [1, 2, 3]);
    assert_eq!(numbers(1).await, [4]);
    assert_eq!(proxy.take_units().requests, 2);
}
