use domain::Source;
use domain::sync::{RunStatus, Slice, Window};
use edge::queue::{Cursor, SyncJob, Task};
use serde_json::json;
use testkit::queue::Request;
use testkit::{event, now};

use super::World;

#[tokio::test]
async fn an_event_that_vanished_is_looked_up_before_it_is_removed() {
    let world = World::start().await;
    world.sync("first").await;
    let ids = world.scheduled();
    let gone = &ids[0];
    world
        .imitations
        .change("seatgeek", gone, json!({"remove": true}))
        .await;
    let calls = world.imitations.calls("seatgeek").await.len();
    let second = world.sync("second").await.slices.remove(0);
    assert_eq!(
        (second.status, second.report.counts.removed),
        (RunStatus::Succeeded, 1)
    );
    assert_eq!(world.status(gone), "removed");
    assert_eq!(world.lookups_since(calls).await, 1);

    // It is not missed again, and is welcome back.
    let calls = world.imitations.calls("seatgeek").await.len();
    assert_eq!(world.sync("third").await.slices[0].report.counts.removed, 0);
    assert_eq!(world.lookups_since(calls).await, 0);
    world
        .imitations
        .change("seatgeek", gone, json!({"remove": false}))
        .await;
    assert_eq!(world.sync("fourth").await.slices[0].report.counts.updated, 1);
    assert_eq!(world.status(gone), "scheduled");
}

#[tokio::test]
async fn a_provider_that_does_not_answer_for_an_event_removes_nothing() {
    let world = World::start().await;
    world.sync("first").await;
    let gone = world.scheduled().remove(0);
    world
        .imitations
        .change("seatgeek", &gone, json!({"remove": true}))
        .await;
    let path = format!("events/{gone}");
    let fault = json!({"status": 503, "path": path});
    world.imitations.fault("seatgeek", fault).await;
    let pages = world.plan("second", false).await;
    assert!(world.deliver(&pages, 1).await);
    let Some(Request::Send(job, _)) = world.queues.take().pop() else {
        panic!("what vanished is not looked up");
    };
    assert!(!world.deliver(&job, 1).await, "it comes again");
    assert_eq!(world.status(&gone), "scheduled");
    world.queues.take();
    world.imitations.fault("seatgeek", json!({})).await;
    world
        .imitations
        .change("seatgeek", &gone, json!({"remove": true}))
        .await;
    world.work_off(job).await;
    assert_eq!(world.status(&gone), "removed");
    assert_eq!(world.run("second").await.slices[0].report.counts.removed, 1);
}

#[tokio::test]
async fn a_run_that_would_remove_suspiciously_much_is_held_until_an_admin_forces_it() {
    let world = World::start().await;
    let known = world.sync("first").await.slices[0].report.counts.created;
    let ids = world.scheduled();
    let gone = &ids[..usize::try_from(known).unwrap() / 3];
    for id in gone {
        world
            .imitations
            .change("seatgeek", id, json!({"remove": true}))
            .await;
    }
    for run_id in ["second", "third"] {
        let held = world.sync(run_id).await;
        assert_eq!(held.status(), RunStatus::Held, "{held:?}");
        assert_eq!(held.slices[0].report.counts.removed, 0);
        assert_eq!(world.scheduled(), ids, "nothing is removed");
    }
    let job = world.plan("forced", true).await;
    world.work_off(job).await;
    let forced = world.run("forced").await;
    assert_eq!(forced.status(), RunStatus::Succeeded);
    assert_eq!(forced.slices[0].report.counts.removed, gone.len() as u64);
    assert_eq!(world.scheduled(), ids[gone.len()..]);
}

#[tokio::test]
async fn nothing_is_missed_of_a_slice_that_is_cut_off() {
    let mut world = World::start().await;
    world.sync("first").await;
    let ids = world.scheduled();
    world.context.max_events = 50;
    let calls = world.imitations.calls("seatgeek").await.len();
    let cut = world.sync("second").await.slices.remove(0);
    assert_eq!((cut.status, cut.report.counts.removed), (RunStatus::Succeeded, 0));
    assert_eq!(world.lookups_since(calls).await, 0);
    assert_eq!(world.scheduled(), ids);
    // What was not read is still known to the next run.
    world.context.max_events = 1_000;
    world
        .imitations
        .change("seatgeek", ids.last().unwrap(), json!({"remove": true}))
        .await;
    assert_eq!(world.sync("third").await.slices[0].report.counts.removed, 1);
}

#[tokio::test]
async fn an_event_of_meetup_is_not_missed_since_its_id_may_have_changed() {
    let world = World::start().await;
    let store = &world.context.store;
    let slice = Slice {
        source: Source::Meetup,
        category: "group:a-group".parse().unwrap(),
        window: Window::next_days(now(), 90),
        area: None,
    };
    let known = event("meetup#1").build();
    store
        .record_slice(&slice, std::slice::from_ref(&known), now())
        .await
        .unwrap();
    store
        .note_present("first", &slice, "a page", &[&known], now())
        .await
        .unwrap();
    let comparison = store.compare("first", &slice, None, true).await.unwrap();
    store
        .replace_manifest("first", &slice, comparison, now(), now())
        .await
        .unwrap();
    let manifest = store.manifest(&slice).await.unwrap().unwrap();
    let read_without_it = Cursor {
        windows: Vec::new(),
        seen: Some(manifest.unseen(now())),
        ..Cursor::start(&slice)
    };
    store
        .start_run("second", now(), std::slice::from_ref(&slice))
        .await
        .unwrap();
    let job = SyncJob {
        run_id: "second".to_owned(),
        task: Task::Slice {
            slice,
            cursor: read_without_it,
        },
    };
    assert!(world.deliver(&job, 1).await);
    assert_eq!(world.queues.take(), [], "nothing is looked up");
    let stored = store.event(&known.key).await.unwrap().unwrap();
    assert_eq!(stored.slice, None, "it is no longer known to be there");
    let run = world.run("second").await;
    assert_eq!(
        (run.status(), run.slices[0].report.counts.removed),
        (RunStatus::Succeeded, 0)
    );
}
