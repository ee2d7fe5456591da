use chrono::TimeDelta;
use domain::sync::RunStatus;
use serde_json::json;
use storage::Seen;
use testkit::now;

use super::{World, slice};

#[tokio::test]
async fn what_did_not_change_is_neither_read_nor_written_again() {
    let world = World::start().await;
    let first = world.sync("first").await.slices.remove(0);
    assert!(first.report.counts.created > 100, "{first:?}");
    let changes = world.dynamo.changes().len();
    let state = world.dynamo.items("state");
    let again = world.sync("second").await.slices.remove(0);
    assert_eq!(again.status, RunStatus::Succeeded);
    assert_eq!(
        again.report.counts.unchanged, first.report.counts.created,
        "{again:?}"
    );
    assert_eq!(again.report.counts.created + again.report.counts.updated, 0);
    assert_eq!(world.dynamo.changes().len(), changes);
    let manifests = |items: Vec<serde_json::Value>| {
        let of_slice = |item: &serde_json::Value| item["pk"]["S"].as_str().unwrap().starts_with("MANIFEST");
        items.into_iter().filter(of_slice).count()
    };
    assert_eq!(manifests(world.dynamo.items("state")), manifests(state));
}

#[tokio::test]
async fn a_change_is_written_and_known_from_then_on() {
    let world = World::start().await;
    world.sync("first").await;
    let id = world.scheduled().remove(0);
    world
        .imitations
        .change("seatgeek", &id, json!({"rename": "Another Evening"}))
        .await;
    let second = world.sync("second").await.slices.remove(0);
    assert_eq!(second.report.counts.updated, 1, "{second:?}");
    let changes = world.dynamo.changes().len();
    let third = world.sync("third").await.slices.remove(0);
    assert_eq!(
        (third.report.counts.updated, third.report.counts.removed),
        (0, 0),
        "{third:?}"
    );
    assert_eq!(world.dynamo.changes().len(), changes);
}

#[tokio::test]
async fn a_manifest_may_be_lost_at_any_time() {
    let world = World::start().await;
    let first = world.sync("first").await.slices.remove(0);
    for item in world.dynamo.items("state") {
        if item["pk"]["S"].as_str().unwrap().starts_with("MANIFEST") {
            world
                .dynamo
                .delete("state", &json!({"pk": item["pk"], "sk": item["sk"]}));
        }
    }
    let changes = world.dynamo.changes().len();
    let second = world.sync("second").await.slices.remove(0);
    assert_eq!(
        second.report.counts.unchanged, first.report.counts.created,
        "{second:?}"
    );
    assert_eq!(world.dynamo.changes().len(), changes);
    let store = &world.context.store;
    assert!(store.manifest(&slice()).await.unwrap().unwrap().is_by("second"));
}

#[tokio::test]
async fn a_manifest_is_held_against_the_store_once_a_week() {
    let world = World::start().await;
    world.sync("first").await;
    let manifest = world.context.store.manifest(&slice()).await.unwrap().unwrap();
    let verify = |days| -> bool {
        let seen: Seen = manifest.unseen(manifest.verified_at() + TimeDelta::days(days));
        seen.verify
    };
    assert!(!verify(6) && verify(8));
    assert!(manifest.verified_at() >= now() - TimeDelta::days(1));
}
