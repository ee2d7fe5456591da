//! The flows of the system, end to end: real functions, real template, imitated providers that misbehave.

use std::{collections::HashSet, time::Duration};

use http::Method;
use local::aws::sqs::NewMessage;
use serde_json::{Value, json};

use crate::{probe::eventually, system::System};

#[tokio::test]
async fn a_schedule_fills_the_store_through_queue_and_worker() {
    let system = System::synced().await;
    let analytics = system.analytics().await;
    let total = analytics["import_stats"]["total_external_events"]
        .as_u64()
        .unwrap();
    assert!(total > 500, "{analytics}");
    let by_source = analytics["source_stats"].as_array().unwrap();
    let sum: u64 = by_source.iter().map(|stat| stat["count"].as_u64().unwrap()).sum();
    assert_eq!(sum, total);

    // Everything that browsing tells, page by page, is what the counters say, each event once.
    let mut seen = HashSet::new();
    for source in ["ticketmaster", "seatgeek"] {
        let past = format!("/external-events/?source={source}&date_from=2020-01-01&date_to=2021-06-01");
        assert_eq!(system.get(&past).await.body["events"], json!([]));
        let mut token = String::new();
        loop {
            let path = format!("/external-events/?source={source}&page_size=100&page_token={token}");
            let page = system.get(&path).await;
            assert_eq!(page.status, 200, "{}", page.body);
            for event in page.body["events"].as_array().unwrap() {
                let key = format!("{}#{}", event["source"], event["external_id"]);
                assert!(seen.insert(key), "twice: {event}");
            }
            match page.body["next_page_token"].as_str() {
                Some(next) => token = next.to_owned(),
                None => break,
            }
        }
    }
    assert!(!seen.is_empty() && seen.len() as u64 <= total);
    let categories = system
        .get("/external-events/categories/?source=ticketmaster")
        .await
        .body;
    assert!(
        categories["categories"].as_array().unwrap().len() > 10,
        "{categories}"
    );
    system.local.shutdown().await;
}

#[tokio::test]
async fn a_second_sync_of_unchanged_events_writes_nothing() {
    let system = System::synced().await;
    let before = system.analytics().await;
    let table = system
        .local
        .stack()
        .table("ExternalEventsTable")
        .unwrap()
        .name
        .clone();
    let changes = || stream_records(&system, &table);
    let written = changes();
    system.sync().await;
    assert_eq!(changes(), written, "{}", system.output.text());
    assert_eq!(system.analytics().await["source_stats"], before["source_stats"]);
    system.local.shutdown().await;
}

#[tokio::test]
async fn an_admin_starts_a_sync_and_follows_it_to_its_end() {
    let system = System::start(&[]).await;
    let start = async |body: Value| {
        system
            .call(
                Method::POST,
                "/external-events/sync/",
                &system.admin(),
                Some(body),
            )
            .await
    };
    // Nothing is read yet: what is asked for again while it is under way is the same run.
    system
        .control(Method::PUT, "ticketmaster", json!({"latency_ms": 300}))
        .await;
    let slice = json!({"source": "ticketmaster", "category": "music"});
    let started = start(slice.clone()).await;
    assert_eq!(started.status, 202, "{}", started.body);
    assert_eq!(started.body["slices"], 1);
    let run_id = started.body["run_id"].as_str().unwrap().to_owned();
    assert_eq!(start(slice.clone()).await.body["run_id"], run_id.as_str());
    let location = started.headers["location"].to_str().unwrap();
    assert_eq!(location, format!("/external-events/sync/runs/{run_id}/"));
    system.settled().await;
    let run = system
        .call(Method::GET, location, &system.admin(), None)
        .await
        .body;
    assert_eq!(run["status"], "succeeded", "{run}");
    let first = &run["slices"][0];
    assert_eq!(
        (&first["source"], &first["category"]),
        (&json!("ticketmaster"), &json!("music"))
    );
    assert!(first["created"].as_u64().unwrap() > 50, "{run}");

    let again = start(slice).await.body["run_id"].as_str().unwrap().to_owned();
    assert_ne!(again, run_id, "the first has ended");
    system.settled().await;
    let path = format!("/external-events/sync/runs/{again}");
    let run = system.call(Method::GET, &path, &system.admin(), None).await.body;
    assert_eq!(run["slices"][0]["created"], 0, "{run}");
    assert_eq!(run["slices"][0]["unchanged"], first["created"], "{run}");
    let sync = &system.analytics().await["sync"][0];
    assert_eq!(
        (&sync["source"], &sync["unchanged"]),
        (&json!("ticketmaster"), &first["created"])
    );

    let unknown = system
        .call(
            Method::GET,
            "/external-events/sync/runs/none/",
            &system.admin(),
            None,
        )
        .await;
    assert_eq!(unknown.status, 404, "{}", unknown.body);
    let wrong = start(json!({"source": "seatgeek", "category": "opera"})).await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.body["details"]["category"].is_array(), "{}", wrong.body);
    let organizer = system
        .call(Method::POST, "/external-events/sync/", &system.organizer(), None)
        .await;
    assert_eq!(organizer.status, 403);
    system.local.shutdown().await;
}

/// How many changes the table's stream has told so far.
fn stream_records(system: &System, table: &str) -> usize {
    let database = system.local.aws().database();
    let request = |value: Value| serde_json::from_value(value).unwrap();
    let described = database
        .describe_table(serde_json::from_value(json!({"TableName": table})).unwrap())
        .unwrap();
    let arn = serde_json::to_value(&described).unwrap()["Table"]["LatestStreamArn"].clone();
    let stream = database
        .describe_stream(serde_json::from_value(json!({"StreamArn": arn})).unwrap())
        .unwrap();
    let stream = serde_json::to_value(&stream).unwrap();
    let shards = stream["StreamDescription"]["Shards"].as_array().unwrap().clone();
    let mut records = 0;
    for shard in shards {
        let iterator = database
            .get_shard_iterator(
                serde_json::from_value(json!({
                    "StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"
                }))
                .unwrap(),
            )
            .unwrap();
        let mut iterator = serde_json::to_value(&iterator).unwrap()["ShardIterator"].clone();
        loop {
            let page = database
                .get_records(request(json!({"ShardIterator": iterator})))
                .unwrap();
            let page = serde_json::to_value(&page).unwrap();
            let count = page["Records"].as_array().unwrap().len();
            if count == 0 {
                break;
            }
            records += count;
            iterator = page["NextShardIterator"].clone();
        }
    }
    records
}

#[tokio::test]
async fn a_search_answers_whatever_one_provider_does() {
    let system = System::start(&[("SearchDeadlineMs", "1500"), ("CacheDurationMinutes", "0")]).await;
    let faults = [
        (json!({"hang": true}), "unavailable"),
        // At once, or the provider would rightly be left alone in the next round, in which it has to answer.
        (json!({"status": 429, "retry_after": 0}), "rate_limited"),
        (json!({"truncate": "body"}), "unavailable"),
        (json!({"truncate": "connection"}), "unavailable"),
        (json!({"status": 503}), "unavailable"),
        (json!({"oversize_body": 9_000_000}), "unavailable"),
    ];
    for (number, (fault, status)) in faults.into_iter().enumerate() {
        for (broken, whole) in [("ticketmaster", "seatgeek"), ("seatgeek", "ticketmaster")] {
            system.control(Method::DELETE, "", Value::Null).await;
            system.control(Method::PUT, broken, fault.clone()).await;
            // Another search each time: no answer of before stands in.
            let size = 20 + 2 * number + usize::from(broken == "seatgeek");
            let path = format!("/external-events/search/?q=jazz&size={size}&source={broken},{whole}");
            let answer = system.get(&path).await;
            assert_eq!(answer.status, 200, "{fault} {}", answer.body);
            let sources = &answer.body["sources"];
            assert_eq!(
                sources[broken]["status"], status,
                "{broken} {fault} {}",
                answer.body
            );
            assert_eq!(sources[whole]["status"], "ok", "{broken} {fault} {}", answer.body);
            let events = answer.body["events"].as_array().unwrap();
            assert!(!events.is_empty() && events.iter().all(|event| event["source"] == whole));
        }
    }
    system.local.shutdown().await;
}

#[tokio::test]
async fn a_failing_provider_is_stood_in_for_by_its_last_answer() {
    let system = System::start(&[("CacheDurationMinutes", "0")]).await;
    let path = "/external-events/search/?q=rock&source=seatgeek";
    let live = system.get(path).await.body;
    assert_eq!(live["sources"]["seatgeek"]["status"], "ok", "{live}");
    system
        .control(Method::PUT, "seatgeek", json!({"status": 503}))
        .await;
    let stale = system.get(path).await.body;
    assert_eq!(stale["sources"]["seatgeek"]["status"], "stale", "{stale}");
    assert_eq!(stale["events"], live["events"]);
    system.local.shutdown().await;
}

#[tokio::test]
async fn a_fresh_answer_is_not_asked_for_again() {
    let system = System::start(&[]).await;
    let first = system
        .get("/external-events/search/?q=Jazz&source=ticketmaster")
        .await
        .body;
    let calls = system.calls("ticketmaster").await;
    let again = system
        .get("/external-events/search/?q=%20jazz&source=ticketmaster")
        .await
        .body;
    assert_eq!(again["sources"]["ticketmaster"]["status"], "cached", "{again}");
    assert_eq!(again["events"], first["events"]);
    assert_eq!(system.calls("ticketmaster").await, calls);
    system.local.shutdown().await;
}

#[tokio::test]
async fn fifty_parallel_imports_of_one_event_make_one_local_event() {
    let system = System::synced().await;
    let page = system
        .get("/external-events/?source=seatgeek&page_size=100")
        .await
        .body;
    let event = importable(&page);
    let id = event["external_id"].as_str().unwrap();
    let answers = futures_util::future::join_all((0..50).map(|_| system.import("seatgeek", id))).await;
    let created: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(created.len(), 1, "{answers:?}");
    let local_event_id = &created[0].body["local_event_id"];
    assert!(
        created[0].headers["location"]
            .to_str()
            .unwrap()
            .ends_with(&format!("/{local_event_id}/"))
    );
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!(refused.status, 400);
        assert_eq!(refused.body["error"], "Event already imported");
        assert_eq!(&refused.body["local_event_id"], local_event_id);
    }
    let local_event = system.get(&format!("/events/{local_event_id}/")).await;
    assert_eq!(local_event.status, 200);
    assert_eq!(local_event.body["external_event_id"], event["external_id"]);

    let shown = system.get(&format!("/external-events/seatgeek/{id}/")).await.body;
    assert_eq!(shown["is_imported"], true);
    assert_eq!(&shown["imported_event"]["local_event_id"], local_event_id);
    system.settled().await;
    let analytics = system.analytics().await;
    assert_eq!(analytics["import_stats"]["total_imported"], 1, "{analytics}");
    assert_eq!(
        analytics["recent_imports"][0]["external_id"],
        event["external_id"]
    );
    system.local.shutdown().await;
}

/// The first event of a page that can be imported.
fn importable(page: &Value) -> &Value {
    let fit = |event: &&Value| event["time_certainty"] == "exact" && event["status"] == "scheduled";
    page["events"].as_array().unwrap().iter().find(fit).unwrap()
}

#[tokio::test]
async fn a_message_that_is_no_job_rests_in_the_dead_letter_queue_with_its_reason() {
    let system = System::start(&[]).await;
    let queue = |name: &str| system.local.stack().queue(name).unwrap().name.clone();
    let (jobs, dead) = (queue("SeatgeekQueue"), queue("SyncDeadLetterQueue"));
    let queues = system.local.aws().queues();
    queues
        .send(&jobs, NewMessage::from("this is no job".to_owned()))
        .unwrap();
    let buried = eventually(|| queues.list(&dead).unwrap().into_iter().next()).await;
    assert_eq!(buried.body, "this is no job");
    let reason = buried.message_attributes["reason"].string_value.clone().unwrap();
    assert!(reason.starts_with("not readable as a job"), "{reason}");
    system.local.shutdown().await;
}

#[tokio::test]
async fn unknown_routes_and_missing_roles_get_the_contracts_errors() {
    let system = System::start(&[]).await;
    let unknown = system.get("/external-events/a/b/c/d/").await;
    assert_eq!(
        (unknown.status.as_u16(), &unknown.body["status_code"]),
        (404, &json!(404))
    );
    let wrong = system
        .call(Method::DELETE, "/external-events/search/", &system.user(), None)
        .await;
    assert_eq!(wrong.status, 405);
    assert_eq!(wrong.headers["allow"], "GET");
    let anonymous = system
        .call(Method::GET, "/external-events/search/?q=jazz", "", None)
        .await;
    assert_eq!(anonymous.status, 401);
    assert!(anonymous.headers.contains_key("www-authenticate"));
    let user = system.user();
    let import = system
        .call(Method::POST, "/external-events/seatgeek/1/import/", &user, None)
        .await;
    assert_eq!(import.status, 403);
    let analytics = system
        .call(
            Method::GET,
            "/external-events/analytics",
            &system.organizer(),
            None,
        )
        .await;
    assert_eq!(analytics.status, 403);
    let document = system
        .call(Method::GET, "/external-events/openapi.json", "", None)
        .await;
    assert_eq!(document.body["openapi"], "3.1.0");
    system.local.shutdown().await;
}

#[tokio::test]
async fn a_provider_that_limits_our_rate_delays_the_sync_and_loses_nothing() {
    let system = System::start(&[]).await;
    system
        .control(
            Method::PUT,
            "seatgeek",
            json!({"status": 429, "retry_after": 1, "only": 3}),
        )
        .await;
    system.sync().await;
    let limited = system.analytics().await;
    let undisturbed = System::synced().await;
    assert_eq!(
        limited["source_stats"],
        undisturbed.analytics().await["source_stats"],
        "{}",
        system.output.text()
    );
    tokio::time::timeout(Duration::from_secs(10), system.local.shutdown())
        .await
        .unwrap();
    undisturbed.local.shutdown().await;
}
