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

fn statuses(answer: &Value) -> Vec<u64> {
    let results = answer["results"].as_array().unwrap();
    results
        .iter()
        .map(|result| result["status"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn one_bad_entry_of_a_bulk_import_spoils_no_other() {
    let system = System::synced().await;
    let mut events = importable(&system, "seatgeek", 3).await;
    let again = events[0].clone();
    events.extend([
        again,
        json!({"source": "myspace", "external_id": "1"}),
        json!({"source": "seatgeek", "external_id": "../1"}),
        json!({"source": "seatgeek", "external_id": "999999999"}),
        json!("seatgeek#1"),
    ]);
    let answer = bulk(&system, "", &events).await;
    assert_eq!(statuses(&answer), [201, 201, 201, 400, 400, 404, 400], "{answer}");
    assert_eq!((&answer["imported"], &answer["failed"]), (&json!(3), &json!(4)));
    let ids: HashSet<_> = (0..3)
        .map(|index| answer["results"][index]["local_event_id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids.len(), 3);
    assert!(answer["results"][3]["details"]["source"].is_array(), "{answer}");
    assert_eq!(answer["results"][5]["error"], "External event not found");

    let repeated = bulk(&system, "", &events[..3]).await;
    assert_eq!(statuses(&repeated), [400, 400, 400]);
    for (first, second) in (0..3).map(|index| (&answer["results"][index], &repeated["results"][index])) {
        assert_eq!(first["local_event_id"], second["local_event_id"]);
    }
    let many: Vec<_> = (0..101)
        .map(|id| json!({"source": "seatgeek", "external_id": id.to_string()}))
        .collect();
    for events in [many.as_slice(), &[]] {
        let body = Some(json!({"events": events}));
        let refused = system.organize(Method::POST, BULK, &[], body).await;
        assert_eq!(refused.status, 400);
        assert!(refused.body["details"]["events"].is_array());
    }
    system.local.shutdown().await;
}

#[tokio::test]
async fn what_a_bulk_import_cannot_do_in_time_is_named_and_can_be_sent_again() {
    let system = System::synced().await;
    let mut events = importable(&system, "seatgeek", 2).await;
    events.extend((0..98).map(|id| json!({"source": "ticketmaster", "external_id": format!("unknown{id}")})));
    system
        .control(Method::PUT, "ticketmaster", json!({"hang": true}))
        .await;
    let key = [("idempotency-key", "the-nightly-batch")];
    let body = json!({"events": events});
    let send = || system.organize(Method::POST, BULK, &key, Some(body.clone()));
    let first = send().await.body;
    assert_eq!(first["imported"], 2, "{first}");
    let late = first["results"].as_array().unwrap();
    assert!(late[2..].iter().all(|result| result["status"] == 503), "{first}");
    assert!(
        late[2..].iter().all(|result| result["retry_after"].is_u64()),
        "{first}"
    );

    system.control(Method::DELETE, "", Value::Null).await;
    let second = send().await.body;
    assert_eq!(
        second["results"].as_array().unwrap()[..2],
        first["results"].as_array().unwrap()[..2],
        "its own work is no conflict"
    );
    assert!(
        second["results"].as_array().unwrap()[2..]
            .iter()
            .all(|result| result["status"] == 404)
    );
    assert_eq!(send().await.body, second);
    system.local.shutdown().await;
}

#[tokio::test]
async fn a_dry_run_tells_what_would_be_created_and_writes_nothing() {
    let system = System::synced().await;
    let events = importable(&system, "seatgeek", 2).await;
    let path = format!(
        "/external-events/seatgeek/{}/import/",
        events[0]["external_id"].as_str().unwrap()
    );
    let preview = |body| {
        let path = format!("{path}?dry_run=true");
        let system = &system;
        async move { system.organize(Method::POST, &path, &[], Some(body)).await }
    };
    let fit = preview(json!({"title": "Our evening"})).await;
    assert_eq!(fit.status, 200);
    assert_eq!(
        (&fit.body["status"], &fit.body["event"]["title"]),
        (&json!(201), &json!("Our evening"))
    );
    let unfit = preview(json!({"title": ""})).await;
    assert_eq!(unfit.status, 200);
    assert_eq!(unfit.body["status"], 400);
    assert_eq!(unfit.body["details"], json!({"title": ["Title is required"]}));
    let many = bulk(&system, "?dry_run=true", &events).await;
    assert_eq!((statuses(&many), &many["imported"]), (vec![201, 201], &json!(2)));
    let wrong = system
        .organize(Method::POST, &format!("{path}?dry_run=perhaps"), &[], None)
        .await;
    assert_eq!(wrong.status, 400);

    system.settled().await;
    assert_eq!(system.analytics().await["import_stats"]["total_imported"], 0);
    let real = bulk(&system, "", &events).await;
    assert_eq!(statuses(&real), [201, 201]);
    let done = preview(json!({})).await;
    assert_eq!(
        (done.status.as_u16(), &done.body["error"]),
        (200, &json!("Event already imported"))
    );
    system.local.shutdown().await;
}

#[tokio::test]
async fn a_repeated_request_gets_the_answer_of_the_first() {
    let system = System::synced().await;
    let events = importable(&system, "seatgeek", 2).await;
    let path = |index: usize| {
        let id = events[index]["external_id"].as_str().unwrap();
        format!("/external-events/seatgeek/{id}/import/")
    };
    let send = |path: String, key: &'static str, body: Option<Value>| {
        let system = &system;
        async move {
            system
                .organize(Method::POST, &path, &[("idempotency-key", key)], body)
                .await
        }
    };
    let together = futures_util::future::join_all((0..20).map(|_| send(path(0), "one", None))).await;
    for answer in &together {
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert_eq!(answer.body, together[0].body);
        assert_eq!(answer.headers["location"], together[0].headers["location"]);
    }
    let other_name = send(path(0), "two", None).await;
    assert_eq!(other_name.body["error"], "Event already imported");
    assert_eq!(send(path(0), "two", None).await.body, other_name.body);
    for (path, body) in [(path(1), None), (path(0), Some(json!({"title": "Other"})))] {
        assert_eq!(send(path, "one", body).await.status, 422);
    }
    let endless: &'static str = "x".repeat(256).leak();
    assert_eq!(send(path(1), endless, None).await.status, 400);
    system.local.shutdown().await;
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
