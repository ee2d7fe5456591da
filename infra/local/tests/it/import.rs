//! Imports and what follows from them, end to end.

use std::collections::HashSet;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::system::System;

const BULK: &str = "/external-events/import/";

/// Stored events of a source that can be imported, as a bulk import names them.
pub(crate) async fn importable(system: &System, source: &str, count: usize) -> Vec<Value> {
    let page = system
        .get(&format!(
            "/external-events/?source={source}&page_size=100&imported=false"
        ))
        .await
        .body;
    let fit = |event: &&Value| event["time_certainty"] == "exact" && event["status"] == "scheduled";
    let named = |event: &Value| json!({"source": source, "external_id": event["external_id"]});
    let events = page["events"].as_array().unwrap().iter().filter(fit).map(named);
    let events: Vec<Value> = events.take(count).collect();
    assert_eq!(events.len(), count, "{page}");
    events
}

async fn bulk(system: &System, query: &str, events: &[Value]) -> Value {
    let path = format!("{BULK}{query}");
    let body = Some(json!({"events": events}));
    let answer = system.organize(Method::POST, &path, &[], body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

#[tokio::test]
async fn fifty_parallel_imports_of_fifty_events_make_fifty_local_events() {
    let system = System::synced().await;
    let events = importable(&system, "seatgeek", 50).await;
    let imports = events
        .iter()
        .map(|event| system.import("seatgeek", event["external_id"].as_str().unwrap()));
    let (singly, at_once) = tokio::join!(
        futures_util::future::join_all(imports),
        bulk(&system, "", &events)
    );
    let created = singly.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(created as u64 + at_once["imported"].as_u64().unwrap(), 50);
    let ids: HashSet<_> = singly
        .iter()
        .map(|answer| answer.body["local_event_id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids.len(), 50);
    system.settled().await;
    assert_eq!(system.analytics().await["import_stats"]["total_imported"], 50);
    system.local.shutdown().await;
}

/// What the receiver took, by type and local event.
pub(crate) fn taken(system: &System) -> Vec<(String, u64)> {
    let arrivals = system.local.webhook().unwrap().arrivals();
    let taken = arrivals.iter().filter(|arrival| arrival.status.is_success());
    taken
        .map(|arrival| {
            let kind = arrival.body["type"].as_str().unwrap().to_owned();
            (kind, arrival.body["data"]["local_event_id"].as_u64().unwrap())
        })
        .collect()
}

/// The local events of which the receiver was told this, in the order of their ids.
fn told(system: &System, kind: &str) -> Vec<u64> {
    let taken = taken(system).into_iter().filter(|(of, _)| of == kind);
    let mut ids: Vec<u64> = taken.map(|(_, id)| id).collect();
    ids.sort_unstable();
    ids
}

async fn source_says(system: &System, source: &str, id: &str, change: Value) {
    let path = format!("{source}/events/{id}");
    system.control(Method::PATCH, &path, change).await;
}

#[tokio::test]
async fn every_import_change_cancellation_and_withdrawal_is_announced() {
    let system = System::synced().await;
    let event = &importable(&system, "ticketmaster", 1).await[0];
    let id = event["external_id"].as_str().unwrap();
    let imported = system.import("ticketmaster", id).await;
    let local_event = imported.body["local_event_id"].as_u64().unwrap();
    let refused = system.import("ticketmaster", id).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    system.settled().await;
    let of = |kind: &str| (kind.to_owned(), local_event);
    let mut expected = vec![of("external_event.imported")];
    assert_eq!(taken(&system), expected, "a refused import is not announced");

    source_says(&system, "ticketmaster", id, json!({"rename": "Another Evening"})).await;
    system.sync().await;
    expected.push(of("external_event.changed"));
    assert_eq!(taken(&system), expected);

    source_says(&system, "ticketmaster", id, json!({"cancel": true})).await;
    system.sync().await;
    expected.push(of("external_event.cancelled"));
    assert_eq!(taken(&system), expected);

    let local = format!("/events/{local_event}/");
    let withdrawn = system.organize(Method::DELETE, &local, &[], None).await;
    assert_eq!(withdrawn.status, 204, "{}", withdrawn.body);
    system.settled().await;
    expected.push(of("local_event.withdrawn"));
    assert_eq!(taken(&system), expected);
    let printed = system.output.text();
    assert!(printed.contains("local_event.withdrawn") && !printed.contains("signature bad"));
    assert_eq!(system.analytics().await["import_stats"]["total_imported"], 0);
    system.local.shutdown().await;
}

#[tokio::test]
async fn imports_that_cross_a_sync_keep_what_was_validated_and_have_the_rest_pending() {
    let system = System::synced().await;
    let events = importable(&system, "seatgeek", 30).await;
    let ids: Vec<&str> = events
        .iter()
        .map(|event| event["external_id"].as_str().unwrap())
        .collect();
    for id in &ids {
        source_says(&system, "seatgeek", id, json!({"rename": "Another Evening"})).await;
    }
    let imports = ids.iter().map(|id| system.import("seatgeek", id));
    let (answers, ()) = tokio::join!(futures_util::future::join_all(imports), system.sync());
    system.settled().await;
    let mut pending = Vec::new();
    for answer in &answers {
        assert_eq!(answer.status, 201, "{}", answer.body);
        let local_event = answer.body["local_event_id"].as_u64().unwrap();
        let path = format!("/events/{local_event}/");
        let title = system.get(&path).await.body["title"].clone();
        let changes = system
            .organize(Method::GET, &format!("{path}changes/"), &[], None)
            .await;
        let fields = changes.body["changes"].as_array().unwrap();
        assert_eq!(
            fields.is_empty(),
            title == "Another Evening",
            "{title} {}",
            changes.body
        );
        if !fields.is_empty() {
            assert_eq!(fields[0]["field"], "title");
            pending.push(local_event);
        }
    }
    pending.sort_unstable();
    assert_eq!(told(&system, "external_event.imported").len(), 30);
    assert_eq!(told(&system, "external_event.changed"), pending);
    system.local.shutdown().await;
}

#[tokio::test]
async fn whatever_imports_and_withdrawals_of_one_event_cross_each_is_announced_once() {
    let system = System::synced().await;
    let event = &importable(&system, "seatgeek", 1).await[0];
    let id = event["external_id"].as_str().unwrap();
    let work = async || {
        let (mut imported, mut withdrawn) = (Vec::new(), Vec::new());
        for _ in 0..8 {
            let answer = system.import("seatgeek", id).await;
            let local_event = answer.body["local_event_id"].as_u64();
            imported.extend(local_event.filter(|_| answer.status == 201));
            if let Some(local_event) = local_event {
                let path = format!("/events/{local_event}/");
                let answer = system.organize(Method::DELETE, &path, &[], None).await;
                withdrawn.extend((answer.status == 204).then_some(local_event));
            }
        }
        (imported, withdrawn)
    };
    let work = futures_util::future::join_all((0..6).map(|_| work())).await;
    let (mut imported, mut withdrawn): (Vec<_>, Vec<_>) = work.into_iter().unzip();
    let last = system.import("seatgeek", id).await.body["local_event_id"].as_u64();
    imported.push(last.into_iter().collect());
    withdrawn.push(Vec::new());
    let sorted = |ids: Vec<Vec<u64>>| {
        let mut ids = ids.concat();
        ids.sort_unstable();
        ids
    };
    let (imported, withdrawn) = (sorted(imported), sorted(withdrawn));
    system.settled().await;
    let mut alive = imported.clone();
    alive.retain(|id| !withdrawn.contains(id));
    assert_eq!(alive, last.into_iter().collect::<Vec<_>>());
    assert_eq!(told(&system, "external_event.imported"), imported);
    assert_eq!(told(&system, "local_event.withdrawn"), withdrawn);
    assert_eq!(imported.iter().collect::<HashSet<_>>().len(), imported.len());
    assert_eq!(system.analytics().await["import_stats"]["total_imported"], 1);
    system.local.shutdown().await;
}

#[tokio::test]
async fn a_notification_is_tried_again_under_its_id_and_a_receiver_that_is_gone_is_left_alone() {
    let system = System::synced().await;
    let events = importable(&system, "seatgeek", 3).await;
    let import = async |index: usize| {
        let id = events[index]["external_id"].as_str().unwrap();
        assert_eq!(system.import("seatgeek", id).await.status, 201);
        system.settled().await;
    };
    let receiver = system.local.webhook().unwrap();
    receiver.answer_next([StatusCode::SERVICE_UNAVAILABLE]);
    import(0).await;
    let arrivals = receiver.arrivals();
    assert_eq!(arrivals.len(), 2);
    assert_eq!(
        (&arrivals[0].id, &arrivals[0].body),
        (&arrivals[1].id, &arrivals[1].body)
    );
    assert_eq!(arrivals[1].status, 204);

    receiver.answer_next([StatusCode::GONE]);
    import(1).await;
    import(2).await;
    assert_eq!(receiver.arrivals().len(), 3, "nothing is sent after 410");
    let dead = &system.local.stack().queue("WebhookDeadLetterQueue").unwrap().name;
    let buried = system.local.aws().queues().list(dead).unwrap();
    assert_eq!(buried.len(), 2);
    let reason = buried[1].message_attributes["reason"]
        .string_value
        .clone()
        .unwrap();
    assert!(reason.contains("410"), "{reason}");

    // Resumed as docs/OPERATIONS.md says: the note is removed, what was kept is sent again.
    system.forget_gone_receivers();
    let queue = &system.local.stack().queue("WebhookQueue").unwrap().name;
    for message in buried {
        let queues = system.local.aws().queues();
        queues.send(queue, message.body.into()).unwrap();
    }
    system.settled().await;
    let resumed = &receiver.arrivals()[3..];
    assert_eq!(resumed.len(), 2);
    assert_eq!(resumed[0].status, 204);
    assert!(
        resumed
            .iter()
            .any(|arrival| arrival.id == receiver.arrivals()[2].id)
    );
    system.local.shutdown().await;
}
