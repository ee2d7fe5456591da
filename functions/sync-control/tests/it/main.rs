//! Syncs that an admin starts and watches, from API Gateway's event to the answer and the queue.
#![expect(
    clippy::unwrap_used,
    reason = "a test's helper fails by panicking, as the test does"
)]

use domain::Source;
use domain::sync::{ChosenSlices, Counts, Report, RunStatus, Slice, plan};
use edge::queue::{SyncJob, Task};
use lambda_http::Request;
use serde_json::{Value, json};
use storage::Progress;
use sync_control::context::Context;
use sync_control::handler::handle;
use test_case::test_case;
use testkit::call::{self, Reply, get, post, sample_call};
use testkit::queue::{self, Queues, Request as Asked};
use testkit::{dynamodb, now};

/// What the control works with.
struct World {
    queues: Queues,
    context: Context,
}

impl World {
    async fn start() -> Self {
        let store = dynamodb::start().await.store();
        let queues = Queues::start().await;
        let jobs = queues.jobs();
        Self {
            queues,
            context: Context {
                store,
                jobs,
                chosen: ChosenSlices::default(),
            },
        }
    }

    async fn answer(&self, request: Request) -> Reply {
        call::answer(|call| handle(&self.context, call), request).await
    }

    /// Starts a sync by a request with this id.
    async fn sync(&self, request_id: &str, body: &Value) -> Reply {
        let mut request = post("/external-events/sync/", body);
        let mut invocation = lambda_http::Context::default();
        request_id.clone_into(&mut invocation.request_id);
        request.extensions_mut().insert(invocation);
        self.answer(request).await
    }

    /// The jobs sent since the last call.
    fn sent(&self) -> Vec<SyncJob> {
        let requests = self.queues.take().into_iter();
        let jobs = requests.map(|request| match request {
            Asked::Send(job, 0) => job,
            other => panic!("{other:?}"),
        });
        jobs.collect()
    }

    /// The slices among them, and whether what vanished is removed however much that is.
    fn sent_slices(&self) -> Vec<(String, bool)> {
        let slices = self.sent().into_iter().filter_map(|job| match job.task {
            Task::Slice { slice, cursor } => Some((slice.to_string(), cursor.force)),
            Task::Categories { .. } => None,
        });
        slices.collect()
    }

    /// Ends a slice of a run.
    async fn end(&self, run_id: &str, slice: &Slice, status: RunStatus) {
        let mut report = Report::from(Counts {
            created: 3,
            skipped: 1,
            ..Counts::default()
        });
        report.skipped.add("has no title", 1);
        report.effort.calls = 2;
        let progress = Progress {
            run_id,
            slice,
            step: "end",
            report: &report,
            is_cut: false,
            status,
            at: now(),
        };
        self.context.store.note_progress(&progress).await.unwrap();
    }
}

#[tokio::test]
async fn starts_a_sync_of_everything() {
    let world = World::start().await;
    let reply = world.answer(sample_call("sync-control/all")).await;
    assert_eq!(
        (reply.status, &reply.body["slices"]),
        (202, &json!(8)),
        "{}",
        reply.body
    );
    let run_id = reply.body["run_id"].as_str().unwrap();
    assert_eq!(
        reply.headers["location"],
        format!("/external-events/sync/runs/{run_id}/")
    );
    let sent = world.sent();
    assert!(sent.iter().all(|job| job.run_id == run_id));
    assert_eq!(sent.len(), 2 + 8, "the categories of two sources, and the slices");
}

#[tokio::test]
async fn starts_a_sync_of_one_slice() {
    let world = World::start().await;
    let reply = world.answer(sample_call("sync-control/one-slice")).await;
    assert_eq!((reply.status, &reply.body["slices"]), (202, &json!(1)));
    assert_eq!(world.sent_slices(), [("ticketmaster/music".to_owned(), false)]);
}

#[tokio::test]
async fn tells_the_jobs_that_a_held_run_is_to_go_on() {
    let world = World::start().await;
    let body = json!({"source": "seatgeek", "category": "comedy", "force": true});
    world.sync("first", &body).await;
    assert_eq!(world.sent_slices(), [("seatgeek/comedy".to_owned(), true)]);
}

#[tokio::test]
async fn points_to_the_run_that_is_under_way_and_reads_what_nobody_reads_yet() {
    let world = World::start().await;
    let first = world.sync("first", &json!({"source": "seatgeek"})).await;
    world.sent();
    let second = world.sync("second", &json!({"source": "seatgeek"})).await;
    assert_eq!(
        (second.status, &second.body["run_id"]),
        (202, &first.body["run_id"])
    );
    assert_eq!(world.sent(), []);
    let all = world.sync("third", &json!({})).await;
    assert_ne!(all.body["run_id"], first.body["run_id"]);
    assert!(
        all.body["slices"] == 4
            && world
                .sent_slices()
                .iter()
                .all(|(name, _)| name.starts_with("ticketmaster"))
    );
}

#[tokio::test]
async fn a_request_that_comes_again_starts_the_same_run() {
    let world = World::start().await;
    let first = world.sync("first", &json!({})).await;
    let jobs = world.sent();
    let again = world.sync("first", &json!({})).await;
    assert_eq!((again.status, again.body, world.sent()), (202, first.body, jobs));
}

#[tokio::test]
async fn a_sync_whose_jobs_could_not_be_sent_can_be_started_again() {
    let mut world = World::start().await;
    world.context.jobs = queue::nowhere().jobs();
    assert_eq!(world.sync("first", &json!({})).await.status, 503);
    world.context.jobs = world.queues.jobs();
    let second = world.sync("second", &json!({})).await;
    assert_eq!((second.status, &second.body["slices"]), (202, &json!(8)));
    assert_eq!(world.sent_slices().len(), 8);
}

#[tokio::test]
async fn a_store_that_fails_starts_nothing() {
    let mut world = World::start().await;
    world.context.store = dynamodb::nowhere();
    assert_eq!(world.sync("first", &json!({})).await.status, 503);
    assert_eq!(world.sent(), []);
}

#[test_case("sync-control/not-an-admin", 403, &[]; "by somebody who is no admin")]
#[test_case("sync-control/unknown-category", 400, &["category"]; "of a category that the source does not have")]
#[test_case("search/concert", 404, &[]; "by a route of another function")]
#[tokio::test]
async fn refuses_a_call(sample: &str, status: u16, fields: &[&str]) {
    let world = World::start().await;
    let reply = world.answer(sample_call(sample)).await;
    let details = reply.body["details"].as_object().into_iter().flatten();
    let details = details.map(|(field, _)| field.as_str()).collect();
    assert_eq!((reply.status, details), (status, fields.to_vec()));
    assert_eq!(world.sent(), []);
}

#[test_case(json!({"source": "meetup"}), "source"; "of a source without a catalogue")]
#[test_case(json!({"source": "songkick"}), "source"; "of a source that does not exist")]
#[test_case(json!({"category": "opera"}), "category"; "of a category that no source has")]
#[test_case(json!({"sauce": "seatgeek"}), "sauce"; "by a field that does not exist")]
#[tokio::test]
async fn refuses_a_sync(body: Value, field: &str) {
    let world = World::start().await;
    let reply = world.sync("first", &body).await;
    assert_eq!(
        (reply.status, reply.body["details"][field].is_array()),
        (400, true),
        "{}",
        reply.body
    );
}

#[tokio::test]
async fn shows_how_far_a_run_is() {
    let world = World::start().await;
    let started = world.sync("first", &json!({"category": "sports"})).await;
    let run_id = started.body["run_id"].as_str().unwrap();
    let show = async || {
        let path = started.headers["location"].to_str().unwrap();
        world.answer(get(path)).await.body
    };
    let queued = show().await;
    assert_eq!(
        (&queued["run_id"], &queued["status"]),
        (&started.body["run_id"], &json!("queued"))
    );
    assert_eq!(
        (&queued["started_at"], &queued["finished_at"]),
        (&json!("2026-11-22T12:00:00Z"), &Value::Null)
    );

    let mut slices = plan(&Source::ALL, &ChosenSlices::default(), now());
    slices.retain(|slice| slice.category.as_str() == "sports");
    world.end(run_id, &slices[0], RunStatus::Succeeded).await;
    assert_eq!(show().await["status"], "running");
    world.end(run_id, &slices[1], RunStatus::Failed).await;
    let ended = show().await;
    assert_eq!(
        (&ended["status"], &ended["finished_at"]),
        (&json!("partial"), &json!("2026-11-22T12:00:00Z"))
    );
    let shown = |source: &str, status: &str| {
        json!({
            "source": source, "category": "sports", "area": null, "status": status,
            "created": 3, "updated": 0, "unchanged": 0, "skipped": 1, "failed": 0, "removed": 0,
            "skipped_reasons": {"has no title": 1}, "cut_off": false,
            "calls": 2, "bytes": 0, "milliseconds": 0, "read_units": 0.0, "write_units": 0.0,
        })
    };
    assert_eq!(
        ended["slices"],
        json!([shown("seatgeek", "succeeded"), shown("ticketmaster", "failed")])
    );
    let total = &ended["total"];
    assert_eq!((&total["created"], &total["calls"]), (&json!(6), &json!(4)));
    assert_eq!(total["skipped_reasons"], json!({"has no title": 2}));
}

#[tokio::test]
async fn a_run_that_nobody_started_is_not_found() {
    let world = World::start().await;
    let reply = world.answer(sample_call("sync-control/run-not-found")).await;
    assert_eq!(
        (reply.status, &reply.body["error"]),
        (404, &json!("Sync run not found"))
    );
}
