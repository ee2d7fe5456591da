//! Slices that are read to their end.

use chrono::{Days, TimeDelta};
use domain::search::SourceSet;
use domain::sync::{RunStatus, Slice, Window};
use domain::{EventKey, Source};
use edge::queue::{SyncJob, Task};
use serde_json::json;
use test_case::test_case;
use testkit::now;

use crate::{RUN, World, music};

#[test_case(Source::Ticketmaster)]
#[test_case(Source::SeatGeek)]
#[tokio::test]
async fn stores_the_events_of_a_slice_and_counts_them(source: Source) {
    let world = World::start().await;
    let job = world.run(RUN, music(source, 7)).await;
    world.finish(job).await;
    let slice = world.slice_of(RUN).await;
    let stored = world.stored();
    assert_eq!(
        (slice.status, slice.report.counts.created),
        (RunStatus::Succeeded, stored.len() as u64)
    );
    assert!(slice.finished_at.is_some());
    assert!(!stored.is_empty() && stored.iter().all(|key| key.starts_with(source.as_str())));
}

#[test_case(Source::Ticketmaster)]
#[test_case(Source::SeatGeek)]
#[tokio::test]
async fn what_was_stored_is_all_that_the_provider_said(source: Source) {
    let world = World::start().await;
    let job = world.run(RUN, music(source, 30)).await;
    world.finish(job).await;
    let stored = world.dynamo.stored_events().into_iter();
    let read: Vec<_> = stored.map(|stored| stored.event).collect();
    // What was read is compared with the fingerprint of what came in.
    let recorded = world
        .context
        .store
        .record(&read, now() + Days::new(1))
        .await
        .unwrap();
    let events = read.len() as u64;
    assert!(events > 50);
    assert_eq!(
        (recorded.unchanged, recorded.created, recorded.updated),
        (events, 0, 0)
    );
}

#[tokio::test]
async fn goes_on_in_another_message_where_one_invocation_ends() {
    let world = World::start().await;
    let mut job = world.run(RUN, music(Source::Ticketmaster, 8)).await;
    let Task::Slice { cursor, .. } = &mut job.task else {
        panic!("{job:?}");
    };
    // As if the slice had been halved again and again: each part has at least three pages.
    cursor.windows = (0..8).rev().map(day).collect();
    assert!(world.finish(job).await > 1);
    let slice = world.slice_of(RUN).await;
    assert_eq!(
        (slice.status, slice.report.counts.created),
        (RunStatus::Succeeded, world.stored().len() as u64)
    );

    let whole = World::start().await;
    let job = whole.run(RUN, music(Source::Ticketmaster, 8)).await;
    whole.finish(job).await;
    assert_eq!(world.stored(), whole.stored());
}

/// The `number`th day from now on.
fn day(number: u64) -> Window {
    let from = now() + Days::new(number);
    let window = Window {
        from,
        to: from + TimeDelta::days(1) - TimeDelta::seconds(1),
    };
    if number == 7 {
        Window {
            to: now() + Days::new(8),
            ..window
        }
    } else {
        window
    }
}

#[tokio::test]
async fn a_job_that_is_delivered_twice_counts_once() {
    let world = World::start().await;
    let job = world.run(RUN, music(Source::SeatGeek, 7)).await;
    world.finish(job.clone()).await;
    let (once, stored) = (world.slice_of(RUN).await, world.stored());
    world.finish(job).await;
    assert_eq!(world.slice_of(RUN).await.report.counts, once.report.counts);
    assert_eq!(world.stored(), stored);
}

#[tokio::test]
async fn a_second_run_writes_only_what_changed() {
    let world = World::start().await;
    let job = world.run(RUN, music(Source::SeatGeek, 7)).await;
    world.finish(job).await;
    let stored = world.stored();
    let (_, id) = stored.first().unwrap().split_once('#').unwrap();
    let changes = world.dynamo.changes().len();
    world
        .imitations
        .change("seatgeek", id, json!({"rename": "Another Evening"}))
        .await;
    let job = world.run("second", music(Source::SeatGeek, 7)).await;
    world.finish(job).await;
    let counts = world.slice_of("second").await.report.counts;
    assert_eq!(
        (counts.created, counts.updated, counts.unchanged),
        (0, 1, stored.len() as u64 - 1)
    );
    assert_eq!(world.dynamo.changes().len(), changes + 1);
}

#[test_case(0; "on its first page")]
#[test_case(1; "on its second page")]
#[tokio::test]
async fn halves_a_window_that_turns_out_to_hold_more_than_can_be_paged_through(pages_before: u32) {
    let (lied_to, undisturbed) = (World::start().await, World::start().await);
    let lie = json!({"lie_total": 20_000, "skip": pages_before, "only": 1});
    lied_to.imitations.fault("seatgeek", lie).await;
    for world in [&lied_to, &undisturbed] {
        // Of its halves, the first is empty.
        let window = Window {
            from: now() - Days::new(200),
            to: now() + Days::new(20),
        };
        let slice = Slice {
            window,
            ..music(Source::SeatGeek, 0)
        };
        let job = world.run(RUN, slice).await;
        world.finish(job).await;
        assert_eq!(world.slice_of(RUN).await.status, RunStatus::Succeeded);
    }
    let calls = lied_to.imitations.calls("seatgeek").await;
    let middle = "datetime_utc.lte=2026-08-24T12:00:00";
    assert!(calls.iter().any(|call| call.contains(middle)), "{calls:?}");
    assert_eq!(lied_to.stored(), undisturbed.stored());
}

#[tokio::test]
async fn reads_the_first_page_of_a_moment_that_holds_more_than_can_be_paged_through() {
    let world = World::start().await;
    let whole = world.run(RUN, music(Source::SeatGeek, 7)).await;
    world.finish(whole).await;
    let first = world
        .context
        .store
        .events(&keys(&world))
        .await
        .unwrap()
        .into_values()
        .next()
        .unwrap();
    let start = first.event.earliest_start().unwrap();
    let moment = Slice {
        window: Window {
            from: start,
            to: start + TimeDelta::seconds(1),
        },
        ..music(Source::SeatGeek, 7)
    };
    world
        .imitations
        .fault("seatgeek", json!({"lie_total": 20_000}))
        .await;
    let job = world.run("moment", moment).await;
    world.finish(job).await;
    let slice = world.slice_of("moment").await;
    assert_eq!(
        (slice.status, slice.report.counts.unchanged),
        (RunStatus::Succeeded, 1)
    );
}

fn keys(world: &World) -> Vec<EventKey> {
    world.stored().iter().map(|key| key.parse().unwrap()).collect()
}

#[tokio::test]
async fn reads_no_more_events_than_it_may() {
    let mut world = World::start().await;
    world.context.max_events = 1;
    let job = world.run(RUN, music(Source::SeatGeek, 90)).await;
    world.finish(job).await;
    assert_eq!(
        world.imitations.calls("seatgeek").await.len(),
        1,
        "one page is the least that it reads"
    );
    assert_eq!(world.slice_of(RUN).await.status, RunStatus::Succeeded);
}

#[tokio::test]
async fn leaves_out_an_event_that_cannot_be_read_and_counts_it() {
    let (whole, spoilt) = (World::start().await, World::start().await);
    let job = whole.run(RUN, music(Source::Ticketmaster, 3)).await;
    whole.finish(job).await;
    let mut expected = whole.stored();
    let key = expected.pop_first().unwrap();
    let (_, id) = key.split_once('#').unwrap();
    spoilt
        .imitations
        .change("ticketmaster", id, json!({"garbage": true}))
        .await;
    let job = spoilt.run(RUN, music(Source::Ticketmaster, 3)).await;
    spoilt.finish(job).await;
    let slice = spoilt.slice_of(RUN).await;
    assert_eq!(
        (slice.status, slice.report.counts.skipped),
        (RunStatus::Succeeded, 1)
    );
    let reasons: Vec<_> = slice.report.skipped.iter().collect();
    assert!(
        matches!(reasons[..], [(reason, 1)] if !reason.is_empty()),
        "{reasons:?}"
    );
    assert_eq!(spoilt.stored(), expected);
}

#[test_case(Source::Ticketmaster)]
#[test_case(Source::SeatGeek)]
#[tokio::test]
async fn stores_the_categories_of_a_source(source: Source) {
    let world = World::start().await;
    let job = SyncJob {
        run_id: RUN.to_owned(),
        task: Task::Categories { source },
    };
    world.finish(job).await;
    let all = SourceSet::all();
    let categories = world.context.store.categories(&all).await.unwrap();
    assert!(categories.iter().any(|category| category.parent.is_some()));
    assert!(categories.iter().all(|category| category.source == source));
}
