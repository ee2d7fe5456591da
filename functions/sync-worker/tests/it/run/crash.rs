//! Workers that die at any of their steps, between and within the reading of a page, the writing of its events, the
//! noting of what was done, the sending of what is next, and the acknowledgement.

use std::collections::BTreeMap;
use std::pin::pin;
use std::task::Poll;

use domain::sync::RunStatus;
use domain::tally::Counter;
use domain::{EventStatus, Source};
use serde_json::{Value, json};
use testkit::now;
use testkit::queue::Request;

use super::World;

/// What `work` comes to, or `None` if it dies before: after it was woken `wakes` times.
async fn live<F: Future>(work: F, wakes: usize) -> Option<F::Output> {
    let mut work = pin!(work);
    let mut left = wakes;
    std::future::poll_fn(move |context| match work.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

/// Everything that a sync leaves, without the times at which it did.
pub(super) fn left_behind(world: &World) -> BTreeMap<String, (Value, Value)> {
    let events = world.events().into_iter();
    let entry = |item: Value| {
        let key = item["event_key"]["S"].as_str().unwrap().to_owned();
        (key, (item["fingerprint"].clone(), item["status"].clone()))
    };
    events.map(entry).collect()
}

/// A world whose second sync finds an event renamed, one vanished, one new.
pub(super) async fn changed() -> World {
    let world = World::start().await;
    let id = |world: &World, number: usize| world.scheduled()[number].clone();
    world.sync("first").await;
    let back = id(&world, 2);
    world
        .imitations
        .change("seatgeek", &back, json!({"remove": true}))
        .await;
    world.sync("without").await;
    world
        .imitations
        .change("seatgeek", &back, json!({"remove": false}))
        .await;
    let (renamed, gone) = (id(&world, 0), id(&world, 1));
    world
        .imitations
        .change("seatgeek", &renamed, json!({"rename": "Another"}))
        .await;
    world
        .imitations
        .change("seatgeek", &gone, json!({"remove": true}))
        .await;
    world
}

#[tokio::test]
async fn a_worker_that_dies_anywhere_leaves_no_gap_and_counts_nothing_twice() {
    let undisturbed = changed().await;
    let expected_run = undisturbed.sync("second").await.slices.remove(0);
    assert_eq!(
        (
            expected_run.report.counts.updated,
            expected_run.report.counts.removed
        ),
        (2, 1)
    );
    let expected = left_behind(&undisturbed);
    let mut deaths = 0;
    for step in [0, 3, 11] {
        let world = changed().await;
        let mut job = world.plan("second", false).await;
        // Dies ever later, each time its message comes again, until it lives to see its end.
        let mut wakes = step;
        let mut deliveries = 1;
        loop {
            if let Some(is_done) = live(Box::pin(world.deliver(&job, 1)), wakes).await {
                assert!(is_done, "{job:?}");
                match world.queues.take().pop() {
                    Some(Request::Send(next, _)) => job = next,
                    Some(other) => panic!("{other:?}"),
                    None => break,
                }
            } else {
                deaths += 1;
            }
            wakes += 1 + step / 2;
            deliveries += 1;
            assert!(deliveries < 2_000);
        }
        // And once more, as a message does whose acknowledgement was lost.
        assert!(world.deliver(&job, 2).await);
        world.queues.take();
        let run = world.run("second").await.slices.remove(0);
        assert_eq!(run.status, RunStatus::Succeeded, "{step}");
        assert_eq!(
            run.report.counts.read(),
            expected_run.report.counts.read(),
            "{step}: {run:?}"
        );
        assert_eq!(run.report.counts.removed, 1, "{step}: {run:?}");
        assert_eq!(left_behind(&world), expected, "{step}");

        let store = &world.context.store;
        store.apply_changes(&world.dynamo.changes(), now()).await.unwrap();
        let counters = store.counters().await.unwrap();
        let total = |counter| counters.get(&counter).map_or(0, |total| total.events);
        assert_eq!(
            total(Counter::Source(Source::SeatGeek)),
            i64::try_from(expected.len()).unwrap()
        );
        assert_eq!(total(Counter::Status(EventStatus::Removed)), 1);
    }
    assert!(deaths > 20, "{deaths}");
}
