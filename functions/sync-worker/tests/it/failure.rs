//! What becomes of jobs that fail.

use domain::Source;
use domain::sync::RunStatus;
use edge::queue::{SyncJob, Task};
use serde_json::{Value, json};
use test_case::test_case;
use testkit::call::sample;
use testkit::dynamodb;
use testkit::queue::{self, Request};

use crate::{RUN, World, music};

#[test_case(json!({"status": 429, "retry_after": 7}), 7; "for as long as the source says")]
#[test_case(json!({"status": 429}), 60; "for a minute when it does not say")]
#[test_case(json!({"status": 429, "retry_after": 86_400}), 900; "for as long as a queue can")]
#[test_case(json!({"html": true}), 60; "when its bot filter answers")]
#[tokio::test]
async fn a_limited_rate_puts_the_job_off_without_using_up_a_try(fault: Value, seconds: i64) {
    let world = World::start().await;
    let job = world.run(RUN, music(Source::SeatGeek, 3)).await;
    world.imitations.fault("seatgeek", fault).await;
    // However often the message was received, a new one takes its place.
    assert!(world.deliver(&job, 5).await);
    let requests = world.queues.take();
    let [Request::Send(later, delay)] = &requests[..] else {
        panic!("{requests:?}");
    };
    assert_eq!(*delay, seconds);
    assert_eq!(later, &job, "nothing of it is lost");
    assert_eq!(world.slice_of(RUN).await.status, RunStatus::Queued);
}

#[tokio::test]
async fn a_job_that_cannot_be_put_off_comes_again() {
    let mut world = World::start().await;
    let job = world.run(RUN, music(Source::SeatGeek, 3)).await;
    world.imitations.fault("seatgeek", json!({"status": 429})).await;
    world.context.jobs = queue::nowhere().jobs();
    assert!(!world.deliver(&job, 1).await);
}

#[test_case(json!({"status": 503}), &[15, 30, 60, 120]; "longer from try to try")]
#[test_case(json!({"status": 503, "retry_after": 50}), &[50, 50, 60, 120]; "at least as long as the source says")]
#[test_case(json!({"truncate": "body"}), &[15, 30, 60, 120]; "when the source sends half of its JSON")]
#[tokio::test]
async fn a_source_that_is_down_is_tried_again(fault: Value, pauses: &[i64]) {
    let mut world = World::start().await;
    let job = world.run(RUN, music(Source::SeatGeek, 3)).await;
    world.imitations.fault("seatgeek", fault).await;
    for (receive_count, seconds) in (1..).zip(pauses) {
        // By the time of each try the source is no longer left alone.
        let health = dynamodb::start().await;
        world.context.providers = world.imitations.guarded(health.store());
        assert!(!world.deliver(&job, receive_count).await, "it comes again");
        let hidden = Request::Postpone("receipt".to_owned(), *seconds);
        assert_eq!(world.queues.take(), [hidden], "after try {receive_count}");
    }
    // The fifth try is the last.
    let health = dynamodb::start().await;
    world.context.providers = world.imitations.guarded(health.store());
    assert!(world.deliver(&job, 5).await);
    let requests = world.queues.take();
    let [Request::Bury(letter, reason)] = &requests[..] else {
        panic!("{requests:?}");
    };
    assert_eq!(serde_json::from_str::<SyncJob>(letter).unwrap(), job);
    assert!(
        reason.starts_with("the provider gave no answer: the provider is unavailable"),
        "{reason}"
    );
    let slice = world.slice_of(RUN).await;
    assert_eq!(
        (slice.status, slice.finished_at.is_some()),
        (RunStatus::Failed, true)
    );
}

#[test_case(Source::SeatGeek, json!({"status": 401}); "that the source does not accept")]
#[test_case(Source::Meetup, json!({}); "that nobody configured")]
#[tokio::test]
async fn a_key_ends_the_slice_as_failed(source: Source, fault: Value) {
    let world = World::start().await;
    let job = world.run(RUN, music(source, 3)).await;
    world.imitations.fault(source.as_str(), fault).await;
    assert!(
        world.deliver(&job, 1).await,
        "there is nothing wrong with the job"
    );
    assert_eq!(world.queues.take(), []);
    assert_eq!(world.slice_of(RUN).await.status, RunStatus::Failed);
}

#[tokio::test]
async fn a_call_that_the_source_refuses_is_buried_at_once() {
    let world = World::start().await;
    let job = world.run(RUN, music(Source::Ticketmaster, 3)).await;
    world
        .imitations
        .fault("ticketmaster", json!({"status": 400}))
        .await;
    assert!(world.deliver(&job, 1).await);
    let requests = world.queues.take();
    let [Request::Bury(_, reason)] = &requests[..] else {
        panic!("{requests:?}");
    };
    assert!(reason.contains("refuses the call with status 400"), "{reason}");
    assert_eq!(world.slice_of(RUN).await.status, RunStatus::Failed);
}

#[tokio::test]
async fn a_message_that_is_no_job_is_buried_and_spoils_no_other() {
    let world = World::start().await;
    let response = world
        .handle(sample("sync-worker/batch-with-one-bad-message"))
        .await;
    assert!(response.batch_item_failures.is_empty());
    let requests = world.queues.take();
    let [Request::Bury(letter, reason)] = &requests[..] else {
        panic!("{requests:?}");
    };
    assert!(letter.contains("songkick"), "{letter}");
    assert!(reason.starts_with("not readable as a job"), "{reason}");
    assert!(!world.stored().is_empty());
}

#[tokio::test]
async fn a_store_that_is_down_is_tried_again_and_nothing_is_given_up_that_cannot_be_noted() {
    let mut world = World::start().await;
    let job = world.run(RUN, music(Source::SeatGeek, 3)).await;
    world.context.store = dynamodb::nowhere();
    assert!(!world.deliver(&job, 1).await);
    assert_eq!(world.queues.take(), [Request::Postpone("receipt".to_owned(), 15)]);
    assert!(!world.deliver(&job, 5).await);
    assert_eq!(world.queues.take(), []);
}

#[tokio::test]
async fn a_job_whose_continuation_cannot_be_sent_comes_again() {
    let mut world = World::start().await;
    let mut job = world.run(RUN, music(Source::Ticketmaster, 1)).await;
    let Task::Slice { cursor, .. } = &mut job.task else {
        panic!("{job:?}");
    };
    cursor.windows = vec![music(Source::Ticketmaster, 1).window; 8];
    world.context.jobs = queue::nowhere().jobs();
    assert!(!world.deliver(&job, 1).await);
    assert_eq!(world.slice_of(RUN).await.status, RunStatus::Running);
    world.context.jobs = world.queues.jobs();
    world.finish(job).await;
    assert_eq!(world.slice_of(RUN).await.status, RunStatus::Succeeded);
}

#[tokio::test]
async fn categories_that_cannot_be_read_are_tried_again_and_at_last_buried() {
    let world = World::start().await;
    world
        .imitations
        .fault("ticketmaster", json!({"status": 503}))
        .await;
    let job = SyncJob {
        run_id: RUN.to_owned(),
        task: Task::Categories {
            source: Source::Ticketmaster,
        },
    };
    assert!(!world.deliver(&job, 1).await);
    assert_eq!(world.queues.take(), [Request::Postpone("receipt".to_owned(), 15)]);
    assert!(world.deliver(&job, 5).await);
    assert!(matches!(&world.queues.take()[..], [Request::Bury(..)]));
}
