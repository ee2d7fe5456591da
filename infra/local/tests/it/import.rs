//! Imports and what follows from them, end to end.

use std::collections::HashSet;

use http::Method;
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
