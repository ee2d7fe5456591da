//! The worker's real process, killed (SIGKILL) at each of its requests, as it leaves or when it is carried out: between
//! page, write, note, continuation and acknowledgement.

mod lambda;

use std::collections::VecDeque;

use domain::sync::RunStatus;
use domain::tally::Counter;
use domain::{EventStatus, Source};
use edge::queue::SyncJob;
use testkit::now;
use testkit::queue::Request;

use self::lambda::{Lambda, Life, Moment};
use super::World;
use super::crash::{changed, left_behind};

/// The jobs that were sent, as messages.
fn sent(world: &World) -> impl Iterator<Item = SyncJob> {
    world.queues.take().into_iter().map(|request| match request {
        Request::Send(job, _) => job,
        other => panic!("{other:?}"),
    })
}

#[tokio::test]
async fn a_process_that_is_killed_at_any_request_leaves_no_gap_and_counts_nothing_twice() {
    let undisturbed = changed().await;
    let expected_run = undisturbed.sync("second").await.slices.remove(0);
    let expected = left_behind(&undisturbed);
    for moment in [Moment::AsItLeaves, Moment::OnceItIsCarriedOut] {
        let world = changed().await;
        let lambda = Lambda::start(&world).await;
        let first = world.plan("second", false).await;
        let mut messages = VecDeque::from([first]);
        let mut deaths = Vec::new();
        while let Some(job) = messages.pop_front() {
            match lambda.live(&job, moment).await {
                Life::Done => {}
                // Its message comes again, before what it sent.
                Life::Killed(request) => {
                    deaths.push(request);
                    messages.push_front(job);
                }
            }
            messages.extend(sent(&world));
        }
        for request in ["UpdateItem", "PutItem", "SendMessageBatch", "Query", "response"] {
            let is_struck = deaths.iter().any(|death| death.starts_with(request));
            assert!(is_struck, "{request}: {deaths:#?}");
        }
        assert!(deaths.len() > 20, "{deaths:#?}");
        let run = world.run("second").await.slices.remove(0);
        assert_eq!(run.status, RunStatus::Succeeded, "{moment:?}");
        let (counts, expected_counts) = (run.report.counts, expected_run.report.counts);
        assert_eq!(counts.read(), expected_counts.read(), "{moment:?}: {run:?}");
        assert_eq!(counts.removed, expected_counts.removed, "{moment:?}: {run:?}");
        assert_eq!(left_behind(&world), expected, "{moment:?}");
        let store = &world.context.store;
        store.apply_changes(&world.dynamo.changes(), now()).await.unwrap();
        let counters = store.counters().await.unwrap();
        let total = |counter| counters.get(&counter).map_or(0, |total| total.events);
        let events = i64::try_from(expected.len()).unwrap();
        assert_eq!(total(Counter::Source(Source::SeatGeek)), events);
        assert_eq!(total(Counter::Status(EventStatus::Removed)), 1);
    }
}
