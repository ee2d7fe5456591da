//! Imports and what follows from them, end to end.

use std::collections::HashSet;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::system::System;

const BULK: &str = "/external-events/import/";

/// Stored events of a source that can be imported, as a bulk import names them.
async fn importable(system: &System, source: &str, count: usize) -> Vec<Value> {
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
fn taken(system: &System) -> Vec<(String, u64)> {
    let arrivals = system.local.webhook().unwrap().arrivals();
    let taken = arrivals.iter().filter(|arrival| arrival.status.is_success());
    taken
        .map(|arrival| {
            let kind = arrival.body["type"].as_str().unwrap().to_owned();
            (kind, arrival.body["data"]["local_event_id"].as_u64().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn every_import_change_and_withdrawal_is_announced() {
    let system = System::synced().await;
    let event = &importable(&system, "seatgeek", 1).await[0];
    let id = event["external_id"].as_str().unwrap();
    let imported = system.import("seatgeek", id).await;
    let local_event = imported.body["local_event_id"].as_u64().unwrap();
    assert_eq!(
        system.import("seatgeek", id).await.status,
        400,
        "a refused import is not announced"
    );
    system.settled().await;
    assert_eq!(
        taken(&system),
        [("external_event.imported".to_owned(), local_event)]
    );

    let path = format!("seatgeek/events/{id}");
    system
        .control(Method::PATCH, &path, json!({"cancel": true}))
        .await;
    system.sync().await;
    let changes = format!("/events/{local_event}/changes/");
    let pending = system.organize(Method::GET, &changes, &[], None).await;
    let announced = taken(&system);
    assert_eq!(announced.len(), 2, "{} {}", pending.body, system.output.text());
    assert!(announced[1].0 == "external_event.cancelled" || announced[1].0 == "external_event.changed");

    let local = format!("/events/{local_event}/");
    let withdrawn = system.organize(Method::DELETE, &local, &[], None).await;
    let status = if withdrawn.status == 403 {
        system
            .call(Method::DELETE, &local, &system.admin(), None)
            .await
            .status
    } else {
        withdrawn.status
    };
    assert_eq!(status, 204);
    system.settled().await;
    assert_eq!(
        taken(&system)[2],
        ("local_event.withdrawn".to_owned(), local_event)
    );
    assert_eq!(system.analytics().await["import_stats"]["total_imported"], 0);
    let history = format!("/events/{local_event}/history/");
    let history = system.organize(Method::GET, &history, &[], None).await.body;
    assert_eq!(history["history"].as_array().unwrap().len(), 2, "{history}");
    assert_eq!(
        system.import("seatgeek", id).await.status,
        400,
        "it is called off"
    );
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
    system.local.shutdown().await;
}
