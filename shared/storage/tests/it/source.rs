use domain::Source;
use domain::health::Health;
use domain::sync::{Report, RunStatus, Slice, Window};
use serde_json::json;
use storage::{LatestSync, Progress, StoredHealth};
use testkit::{dynamodb, now};

#[tokio::test]
async fn one_query_tells_how_sources_fare_and_what_was_synced_last() {
    let dynamo = dynamodb::start().await;
    let store = dynamo.store();
    let nothing = store.sources().await.unwrap();
    assert!(nothing.healths.is_empty() && nothing.syncs.is_empty());
    for source in [Source::Ticketmaster, Source::SeatGeek] {
        let unknown = StoredHealth::default();
        let stored = store.change_health(source, &unknown, &Health::default()).await;
        stored.unwrap();
        let slice = Slice {
            source,
            category: "music".parse().unwrap(),
            window: Window::next_days(now(), 90),
            area: None,
        };
        let progress = Progress {
            run_id: "run",
            slice: &slice,
            step: "end",
            report: &Report::default(),
            is_cut: false,
            status: RunStatus::Succeeded,
            at: now(),
        };
        store.note_progress(&progress).await.unwrap();
    }
    // What only another version knows is nothing to this one.
    dynamo.put(
        "state",
        &json!({"pk": {"S": "SOURCES"}, "sk": {"S": "quota#meetup"}, "left": {"N": "1"}}),
    );
    let sources = store.sources().await.unwrap();
    assert_eq!(sources.healths.len(), 2);
    assert_eq!(sources.healths, store.healths().await.unwrap());
    let names = sources.syncs.iter().filter_map(LatestSync::covered);
    let names: Vec<_> = names.map(|(name, _)| name.to_string()).collect();
    assert_eq!(names, ["seatgeek/music", "ticketmaster/music"]);
    assert_eq!(sources.syncs, store.latest_syncs().await.unwrap());
}
