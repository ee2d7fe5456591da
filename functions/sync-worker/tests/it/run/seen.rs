use chrono::{TimeDelta, Utc};
use domain::sync::{Coverage, Slice, Window};
use domain::{EventKey, StoredEvent};
use edge::queue::{SyncJob, Task};
use serde_json::json;
use storage::LatestSync;

use super::{World, slice};

impl World {
    /// Reads the slice as a run does that is planned days after now, and gives the window that it read.
    async fn sync_after(&self, days: i64, run_id: &str) -> Window {
        let mut later = Slice { ..slice() };
        later.window.from = Utc::now() + TimeDelta::days(days);
        let slices = std::slice::from_ref(&later);
        self.context
            .store
            .start_run(run_id, later.window.from, slices)
            .await
            .unwrap();
        let window = later.window;
        self.work_off(SyncJob {
            run_id: run_id.to_owned(),
            task: Task::slice(later),
        })
        .await;
        window
    }

    async fn coverage(&self) -> Coverage {
        let syncs = self.context.store.latest_syncs().await.unwrap();
        syncs.iter().filter_map(LatestSync::covered).collect()
    }

    async fn stored(&self, id: &str) -> StoredEvent {
        let key: EventKey = format!("seatgeek#{id}").parse().unwrap();
        self.context.store.event(&key).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn what_did_not_change_is_known_to_have_been_seen_by_the_latest_run() {
    let world = World::start().await;
    let first = world.sync_after(0, "first").await;
    let ids = world.scheduled();
    let (mut seen, mut past) = (0, 0);
    let window = world.sync_after(3, "second").await;
    let coverage = world.coverage().await;
    for id in &ids {
        let stored = world.stored(id).await;
        if window.expects(&stored.outline()) {
            assert_eq!(
                coverage.last_seen(&stored.outline()).timestamp(),
                window.from.timestamp()
            );
            seen += 1;
        } else {
            assert_eq!(coverage.last_seen(&stored.outline()), stored.synced_at);
            assert!(stored.synced_at < first.from + TimeDelta::days(1));
            past += 1;
        }
    }
    assert!(seen > 100 && past > 0, "{seen} and {past}");
}

#[tokio::test]
async fn what_is_gone_or_was_not_read_is_not_said_to_have_been_seen() {
    let mut world = World::start().await;
    world.sync_after(0, "first").await;
    let gone = world.scheduled().pop().unwrap();
    world
        .imitations
        .change("seatgeek", &gone, json!({"remove": true}))
        .await;
    let second = world.sync_after(1, "second").await;
    let coverage = world.coverage().await;
    let stored = world.stored(&gone).await;
    assert_eq!(coverage.last_seen(&stored.outline()), stored.synced_at);
    // A run that stops before the end says nothing of what it left out.
    world.context.max_events = 50;
    world.sync_after(2, "third").await;
    assert_eq!(world.coverage().await, coverage);
    let other = world.stored(world.scheduled().last().unwrap()).await;
    assert!(coverage.last_seen(&other.outline()).timestamp() <= second.from.timestamp());
}
