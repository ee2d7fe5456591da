use chrono::{DateTime, TimeDelta, Utc};
use domain::Source;
use domain::sync::{Counts, Effort, Report, RunStatus, SkipReasons, Slice, Window};
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use storage::{EndedRun, Progress, Run, SliceRun, StorageError, Store};
use test_case::test_case;
use testkit::dynamodb::{self, Dynamo};
use testkit::now;
use testkit::proxy::{Proxy, validation_error};

fn slice(category: &str) -> Slice {
    Slice {
        source: Source::Ticketmaster,
        category: category.parse().unwrap(),
        window: Window::next_days(now(), 90),
        area: None,
    }
}

fn created(created: u64) -> Counts {
    Counts {
        created,
        ..Counts::default()
    }
}

async fn note(store: &Store, slice: &Slice, step: &str, status: RunStatus, at: DateTime<Utc>) -> bool {
    let progress = Progress {
        run_id: "run-1",
        slice,
        step,
        report: &created(10).into(),
        is_cut: false,
        status,
        at,
    };
    store.note_progress(&progress).await.unwrap().is_new
}

#[tokio::test]
async fn tells_how_far_a_run_is() {
    let store = dynamodb::start().await.store();
    assert_eq!(store.run("run-1").await.unwrap(), None);
    let (music, sports) = (slice("music"), slice("sports"));
    let slices = [music.clone(), sports.clone()];
    assert!(store.start_run("run-1", now(), &slices).await.unwrap());
    assert!(!store.start_run("run-1", now(), &slices).await.unwrap());
    let run = async || store.run("run-1").await.unwrap().unwrap();
    let queued = run().await;
    assert_eq!((queued.status(), queued.finished_at()), (RunStatus::Queued, None));
    assert_eq!(queued.slices.len(), 2);
    assert_eq!(queued.slices[0].slice, music);

    let later = now() + TimeDelta::minutes(1);
    assert!(note(&store, &music, "page 0", RunStatus::Running, now()).await);
    assert_eq!(run().await.status(), RunStatus::Running);
    assert!(note(&store, &music, "page 1", RunStatus::Succeeded, now()).await);
    assert_eq!(run().await.status(), RunStatus::Running);
    assert!(note(&store, &sports, "page 0", RunStatus::Succeeded, later).await);
    let done = run().await;
    assert_eq!(
        (done.status(), done.finished_at()),
        (RunStatus::Succeeded, Some(later))
    );
    assert_eq!(done.slices[0].report.counts, created(20));
}

#[tokio::test]
async fn counts_a_step_that_is_told_again_once() {
    let store = dynamodb::start().await.store();
    let music = slice("music");
    store
        .start_run("run-1", now(), std::slice::from_ref(&music))
        .await
        .unwrap();
    assert!(note(&store, &music, "page 0", RunStatus::Running, now()).await);
    assert!(note(&store, &music, "page 1", RunStatus::Succeeded, now()).await);
    for step in ["page 0", "page 1"] {
        assert!(!note(&store, &music, step, RunStatus::Running, now()).await);
    }
    assert!(
        !store
            .start_run("run-1", now(), std::slice::from_ref(&music))
            .await
            .unwrap()
    );
    let run = store.run("run-1").await.unwrap().unwrap();
    assert_eq!(run.slices[0].report.counts, created(20));
    assert_eq!(
        run.status(),
        RunStatus::Succeeded,
        "a late repeat does not take it back"
    );
}

/// What a page came to and took.
fn page() -> Report {
    let mut skipped = SkipReasons::default();
    skipped.add("has no title", 2);
    Report {
        counts: Counts {
            created: 3,
            skipped: 2,
            ..Counts::default()
        },
        skipped,
        effort: Effort {
            calls: 1,
            bytes: 4_000,
            milliseconds: 250,
            read_units: 1.5,
            write_units: 21.0,
        },
    }
}

#[tokio::test]
async fn a_run_ends_once_with_what_all_its_slices_came_to() {
    let store = dynamodb::start().await.store();
    let (music, sports) = (slice("music"), slice("sports"));
    let slices = [music.clone(), sports.clone()];
    store.start_run("run-1", now(), &slices).await.unwrap();
    let note = async |slice: &Slice, step: &str, status| {
        let progress = Progress {
            run_id: "run-1",
            slice,
            step,
            report: &page(),
            is_cut: false,
            status,
            at: now(),
        };
        store.note_progress(&progress).await.unwrap().ended
    };
    assert_eq!(note(&music, "0", RunStatus::Running).await, None);
    assert_eq!(note(&music, "end", RunStatus::Failed).await, None);
    let effort = page().effort;
    store.note_effort("run-1", &sports, effort).await.unwrap();
    let run = note(&sports, "end", RunStatus::Succeeded).await.unwrap();
    assert_eq!((run.status, run.slices), (RunStatus::Partial, 2));
    let report = &run.report;
    assert_eq!((report.counts.created, report.effort.calls), (9, 4));
    assert_eq!((report.effort.read_units, report.effort.write_units), (6.0, 84.0));
    assert_eq!(report.skipped.iter().collect::<Vec<_>>(), [("has no title", 6)]);
    let noted = store.run("run-1").await.unwrap().unwrap();
    assert_eq!((noted.status(), noted.report()), (run.status, run.report));
    // The end is told once, however often it is noted.
    assert_eq!(note(&sports, "end", RunStatus::Succeeded).await, None);
    // Unless a replay makes up for a failure.
    assert_eq!(note(&music, "1", RunStatus::Running).await, None);
    let again = store.run("run-1").await.unwrap().unwrap();
    assert_eq!(again.status(), RunStatus::Running);
    note(&music, "end", RunStatus::Succeeded).await;
    let again = store.run("run-1").await.unwrap().unwrap();
    assert_eq!(again.status(), RunStatus::Succeeded);
    assert!(again.finished_at().is_some());
}

/// The end of a slice that came to [`page`].
async fn end(store: &Store, slice: &Slice, status: RunStatus) -> Result<Option<EndedRun>, StorageError> {
    let progress = Progress {
        run_id: "run-1",
        slice,
        step: "end",
        report: &page(),
        is_cut: false,
        status,
        at: now() + TimeDelta::seconds(i64::from(slice.category.as_str() == "sports")),
    };
    Ok(store.note_progress(&progress).await?.ended)
}

/// What the run's own item says of its end, without when that was.
fn written(dynamo: &Dynamo) -> Value {
    let is_run = |item: &Value| item["pk"]["S"] == "RUN#run-1" && item["sk"]["S"] == "RUN";
    let item = dynamo.items("state").into_iter().find(is_run).unwrap();
    [
        "status",
        "created",
        "skipped",
        "skipped_has_no_title",
        "calls",
        "read_units",
    ]
    .map(|name| (name.to_owned(), item[name].clone()))
    .into_iter()
    .collect()
}

#[test_case([RunStatus::Succeeded, RunStatus::Succeeded], RunStatus::Succeeded)]
#[test_case([RunStatus::Succeeded, RunStatus::Held], RunStatus::Partial)]
#[test_case([RunStatus::Held, RunStatus::Held], RunStatus::Held)]
#[tokio::test]
async fn a_worker_that_dies_as_a_run_ends_leaves_it_to_be_ended_once(
    ends: [RunStatus; 2],
    status: RunStatus,
) {
    let slices = [slice("music"), slice("sports")];
    // Before it notes the slice, the latest sync, the lease, the run's slice, the run's end; or not at all.
    for lived in 0..=5_u32 {
        let dynamo = dynamodb::start().await;
        let store = dynamo.store();
        store.start_run("run-1", now(), &slices).await.unwrap();
        let mut told = Vec::new();
        for (slice, status) in slices.iter().zip(ends) {
            let mut left = lived;
            let dying = Proxy::start(&dynamo, move |_, _| {
                let is_dead = left == 0;
                left = left.saturating_sub(1);
                is_dead.then(validation_error)
            });
            let dying = end(&dying.await.store(), slice, status).await;
            assert_eq!(
                dying.is_err(),
                lived < 4 || (lived == 4 && slice == &slices[1]),
                "{lived}"
            );
            told.extend(dying.unwrap_or_default());
        }
        // All messages come again, and once more, the last first.
        for (slice, status) in slices.iter().zip(ends).chain(slices.iter().zip(ends).rev()) {
            told.extend(end(&store, slice, status).await.unwrap());
        }
        assert_eq!(told.len(), 1, "{lived}: {told:#?}");
        let run = store.run("run-1").await.unwrap().unwrap();
        let ended = told.remove(0);
        assert_eq!((run.status(), run.report()), (status, ended.report));
        assert_eq!((ended.status, ended.slices), (status, 2));
        assert_eq!(run.finished_at(), Some(ended.finished_at));
        assert_eq!(
            written(&dynamo),
            json!({
                "status": {"S": serde_json::to_value(status).unwrap()}, "created": {"N": "6"},
                "skipped": {"N": "4"}, "skipped_has_no_title": {"N": "4"}, "calls": {"N": "2"}, "read_units": {"N": "3"},
            })
        );
    }
}

#[tokio::test]
async fn of_slices_that_end_at_once_one_ends_the_run() {
    let store = dynamodb::start().await.store();
    let slices: Vec<_> = (0..12).map(|number| slice(&format!("part-{number}"))).collect();
    store.start_run("run-1", now(), &slices).await.unwrap();
    let ends = slices
        .iter()
        .map(|slice| end(&store, slice, RunStatus::Succeeded));
    let told: Vec<_> = try_join_all(ends).await.unwrap().into_iter().flatten().collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].report.counts.created, 36);
}

#[tokio::test]
async fn a_replay_under_way_keeps_its_run_from_ending_and_is_part_of_its_sum() {
    let dynamo = dynamodb::start().await;
    let store = dynamo.store();
    let (music, sports) = (slice("music"), slice("sports"));
    let slices = [music.clone(), sports.clone()];
    store.start_run("run-1", now(), &slices).await.unwrap();
    assert_eq!(end(&store, &music, RunStatus::Failed).await.unwrap(), None);
    assert!(note(&store, &music, "1", RunStatus::Running, now()).await);
    assert_eq!(end(&store, &sports, RunStatus::Succeeded).await.unwrap(), None);
    let run = end(&store, &music, RunStatus::Succeeded).await.unwrap().unwrap();
    assert_eq!(run.status, RunStatus::Succeeded);
    // Music twice, sports once, and what the replay noted before its end.
    assert_eq!(run.report.counts.created, 3 * 3 + 10);
    assert_eq!(written(&dynamo)["created"], json!({"N": "19"}));
}

#[tokio::test]
async fn what_was_held_is_not_ended_otherwise() {
    let store = dynamodb::start().await.store();
    let music = slice("music");
    store
        .start_run("run-1", now(), std::slice::from_ref(&music))
        .await
        .unwrap();
    for (status, is_new) in [
        (RunStatus::Held, true),
        (RunStatus::Succeeded, false),
        (RunStatus::Running, false),
    ] {
        assert_eq!(
            note(&store, &music, &format!("{status:?}"), status, now()).await,
            is_new
        );
    }
    assert_eq!(
        store.run("run-1").await.unwrap().unwrap().status(),
        RunStatus::Held
    );
}

#[tokio::test]
async fn remembers_the_latest_sync_and_the_latest_success() {
    let store = dynamodb::start().await.store();
    assert!(store.latest_syncs().await.unwrap().is_empty());
    let music = slice("music");
    let later = now() + TimeDelta::days(1);
    for (run_id, status, at) in [
        ("first", RunStatus::Succeeded, now()),
        ("second", RunStatus::Failed, later),
        // Told late: what is known is newer.
        ("earlier", RunStatus::Succeeded, now() - TimeDelta::days(1)),
    ] {
        let progress = Progress {
            run_id,
            slice: &music,
            step: "end",
            report: &created(3).into(),
            is_cut: false,
            status,
            at,
        };
        store.note_progress(&progress).await.unwrap();
    }
    let syncs = store.latest_syncs().await.unwrap();
    assert_eq!(syncs.len(), 1);
    let sync = &syncs[0];
    assert_eq!(
        (sync.source, sync.category.as_str()),
        (Source::Ticketmaster, "music")
    );
    assert_eq!((sync.run_id.as_str(), sync.last_run), ("second", later));
    assert_eq!(sync.last_success, Some(now()));
    assert_eq!(sync.counts, created(3));
}

#[test]
fn derives_the_state_of_a_run_from_its_slices() {
    use RunStatus::{Failed, Held, Partial, Queued, Running, Succeeded};
    let status = |states: &[RunStatus]| {
        let slices = states.iter().map(|&status| SliceRun {
            slice: slice("music"),
            status,
            report: Report::default(),
            is_cut: false,
            finished_at: None,
        });
        let run = Run {
            run_id: "run".to_owned(),
            started_at: now(),
            slices: slices.collect(),
        };
        run.status()
    };
    assert_eq!(status(&[]), Succeeded);
    assert_eq!(status(&[Queued, Queued]), Queued);
    assert_eq!(status(&[Queued, Succeeded]), Running);
    assert_eq!(status(&[Running, Failed]), Running);
    assert_eq!(status(&[Succeeded, Succeeded]), Succeeded);
    assert_eq!(status(&[Succeeded, Failed]), Partial);
    assert_eq!(status(&[Succeeded, Held]), Partial);
    assert_eq!(status(&[Failed, Held]), Held);
    assert_eq!(status(&[Failed, Failed]), Failed);
}
