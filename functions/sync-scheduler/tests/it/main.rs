//! From a firing of the schedule to a run and its jobs.

use domain::Source;
use domain::sync::{ChosenSlices, RunId, RunStatus, Slice, plan};
use edge::Invocation;
use edge::config::{self, Environment};
use edge::queue::{SyncJob, Task};
use edge::sync::StartRunError;
use sync_scheduler::context::Context;
use sync_scheduler::handler::{ScheduleEvent, ScheduleReport, handle};
use testkit::call::sample;
use testkit::dynamodb::{self, Dynamo};
use testkit::queue::{self, Queues, Request};
use testkit::{at, now};

/// What the scheduler works with.
struct World {
    dynamo: Dynamo,
    queues: Queues,
    context: Context,
}

impl World {
    async fn start() -> Self {
        let dynamo = dynamodb::start().await;
        let queues = Queues::start().await;
        let context = Context {
            store: dynamo.store(),
            jobs: queues.jobs(),
            chosen: ChosenSlices::default(),
            enabled: true,
        };
        Self {
            dynamo,
            queues,
            context,
        }
    }

    async fn fire(&self, sample_event: &str) -> Result<ScheduleReport, StartRunError> {
        let invocation = Invocation {
            request_id: "1f0c9a3b-7a5e-4f0e-9d51-3c1f64a5a0aa".to_owned(),
            now: now(),
        };
        handle(&self.context, sample(sample_event), invocation).await
    }

    /// The jobs sent since the last call, none of them for later.
    fn sent(&self) -> Vec<SyncJob> {
        let requests = self.queues.take().into_iter();
        let jobs = requests.map(|request| match request {
            Request::Send(job, 0) => job,
            other => panic!("{other:?}"),
        });
        jobs.collect()
    }
}

/// The slices as `ticketmaster/music`.
fn names(slices: &[Slice]) -> Vec<String> {
    slices.iter().map(Slice::to_string).collect()
}

#[test]
fn plans_a_slice_for_every_part_of_every_catalogue() {
    let slices = plan(&Source::ALL, &ChosenSlices::default(), now());
    let expected = [
        "seatgeek/concert",
        "seatgeek/sports",
        "seatgeek/theater",
        "seatgeek/comedy",
        "ticketmaster/music",
        "ticketmaster/sports",
        "ticketmaster/arts",
        "ticketmaster/family",
    ];
    assert_eq!(names(&slices), expected);
    for slice in slices {
        assert_eq!(
            (slice.window.from, slice.window.to),
            (now(), at("2027-02-20T23:59:59Z"))
        );
    }
}

#[test]
fn plans_only_the_sources_asked_for() {
    let slices = plan(&[Source::Ticketmaster], &ChosenSlices::default(), now());
    assert!(slices.iter().all(|slice| slice.source == Source::Ticketmaster));
    assert_eq!(slices.len(), 4);
    assert_eq!(
        plan(&[Source::Meetup], &ChosenSlices::default(), now()),
        [],
        "it has no public catalogue"
    );
}

#[test]
fn plans_the_owners_that_somebody_chose() {
    let environment = Environment::of([
        ("EVENTBRITE_ORGANIZER_IDS", " 12, 34,,12 "),
        ("EVENTBRITE_SERIES_IDS", ""),
        ("MEETUP_GROUPS", "tool-library"),
    ]);
    let chosen = config::chosen_slices(&environment).unwrap();
    let all = names(&plan(&Source::ALL, &chosen, now()));
    assert_eq!(
        all[..3],
        [
            "eventbrite/organizer:12",
            "eventbrite/organizer:34",
            "meetup/group:tool-library"
        ]
    );
    assert_eq!(all.len(), 11);
    let meetup = plan(&[Source::Meetup], &chosen, now());
    assert_eq!(names(&meetup), ["meetup/group:tool-library"]);
}

#[test]
fn plans_public_catalogues_in_the_areas_that_somebody_chose() {
    let environment = Environment::of([
        ("SYNC_COUNTRIES", "CH, at"),
        ("SYNC_CITIES", "New York,, new york"),
    ]);
    let chosen = config::chosen_slices(&environment).unwrap();
    let seatgeek = plan(&[Source::SeatGeek], &chosen, now());
    let expected = ["comedy@AT", "comedy@CH", "comedy@new york"].map(|name| format!("seatgeek/{name}"));
    let mut found = names(&seatgeek);
    found.retain(|name| name.contains("comedy"));
    found.sort();
    assert_eq!(found, expected);
    for (name, value) in [("SYNC_COUNTRIES", "CH,Switzerlan"), ("SYNC_CITIES", "a/b")] {
        let error = config::chosen_slices(&Environment::of([(name, value)])).unwrap_err();
        assert!(error.faults()[0].starts_with(name), "{error}");
    }
}

#[test]
fn names_the_variable_with_an_owner_that_cannot_be() {
    let environment = Environment::of([("MEETUP_GROUPS", "good,../bad")]);
    let error = config::chosen_slices(&environment).unwrap_err();
    assert!(
        error.faults()[0].starts_with("MEETUP_GROUPS: must be ids"),
        "{error}"
    );
}

#[tokio::test]
async fn notes_a_run_and_sends_its_jobs() {
    let world = World::start().await;
    let report = world.fire("sync-scheduler/schedule").await.unwrap();
    let run_id = "20261122-1f0c9a3b7a5e";
    assert_eq!(
        (report.run_id.as_ref().map(RunId::as_str), report.slices),
        (Some(run_id), 8)
    );
    let run = world.context.store.run(run_id).await.unwrap().unwrap();
    assert_eq!(
        (run.started_at, run.status()),
        (at("2026-11-22T02:00:00Z"), RunStatus::Queued)
    );
    let sent = world.sent();
    assert!(sent.iter().all(|job| job.run_id == run_id));
    let (categories, slices): (Vec<_>, Vec<_>) = sent
        .into_iter()
        .map(|job| job.task)
        .partition(|task| matches!(task, Task::Categories { .. }));
    let of = |source| Task::Categories { source };
    assert_eq!(categories, [of(Source::SeatGeek), of(Source::Ticketmaster)]);
    let planned = plan(&Source::ALL, &ChosenSlices::default(), at("2026-11-22T02:00:00Z"));
    assert_eq!(slices, planned.into_iter().map(Task::slice).collect::<Vec<_>>());
}

#[tokio::test]
async fn starts_a_run_of_one_source_now_when_somebody_asks_for_it() {
    let world = World::start().await;
    let report = world.fire("sync-scheduler/one-source").await.unwrap();
    assert_eq!(
        (report.run_id.as_ref().map(RunId::as_str), report.slices),
        (Some("20261122-1f0c9a3b7a5e"), 4)
    );
    assert_eq!(world.sent().len(), 5);
}

#[tokio::test]
async fn a_retry_of_one_firing_is_the_same_run() {
    let world = World::start().await;
    let first = world.fire("sync-scheduler/schedule").await.unwrap();
    let jobs = world.sent();
    let again = world.fire("sync-scheduler/schedule").await.unwrap();
    assert_eq!((again, world.sent()), (first, jobs));
    let runs = world
        .dynamo
        .items("state")
        .into_iter()
        .filter(|item| item["sk"]["S"] == "RUN");
    assert_eq!(runs.count(), 1);
}

#[tokio::test]
async fn a_retry_finishes_what_the_queue_did_not_take() {
    let mut world = World::start().await;
    world.context.jobs = queue::nowhere().jobs();
    let failed = world.fire("sync-scheduler/schedule").await;
    assert!(matches!(failed, Err(StartRunError::Queue(_))), "{failed:?}");
    world.context.jobs = world.queues.jobs();
    let report = world.fire("sync-scheduler/schedule").await.unwrap();
    assert_eq!((report.slices, world.sent().len()), (8, 10));
}

#[tokio::test]
async fn sends_no_job_of_a_run_that_cannot_be_noted() {
    let mut world = World::start().await;
    world.context.store = dynamodb::nowhere();
    let failed = world.fire("sync-scheduler/schedule").await;
    assert!(matches!(failed, Err(StartRunError::Store(_))), "{failed:?}");
    assert_eq!(world.sent(), []);
}

#[tokio::test]
async fn starts_nothing_when_it_is_switched_off() {
    let mut world = World::start().await;
    world.context.enabled = false;
    let report = world.fire("sync-scheduler/schedule").await.unwrap();
    let nothing = ScheduleReport {
        run_id: None,
        slices: 0,
    };
    assert_eq!((report, world.sent()), (nothing, vec![]));
    assert!(world.dynamo.items("state").is_empty());
}

#[test]
fn refuses_a_source_that_does_not_exist() {
    let event = serde_json::from_str::<ScheduleEvent>(r#"{"sources": ["songkick"]}"#);
    assert!(event.is_err());
}
