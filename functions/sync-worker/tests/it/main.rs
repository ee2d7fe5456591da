//! From jobs to stored events, over imitated providers.
#![expect(
    clippy::unwrap_used,
    reason = "a test's helper fails by panicking, as the test does"
)]

mod failure;
mod run;
mod slice;

use std::collections::BTreeSet;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use chrono::Days;
use domain::Source;
use domain::sync::{Slice, Window};
use edge::Invocation;
use edge::queue::{SyncJob, Task};
use serde_json::json;
use storage::SliceRun;
use sync_worker::context::Context;
use sync_worker::handler::handle;
use testkit::dynamodb::{self, Dynamo};
use testkit::imitation::Imitations;
use testkit::now;
use testkit::queue::{Queues, Request};

const RUN: &str = "20261122T120000Z-1f0c9a3b";

/// What the worker works with.
struct World {
    dynamo: Dynamo,
    imitations: Imitations,
    queues: Queues,
    context: Context,
}

impl World {
    async fn start() -> Self {
        let dynamo = dynamodb::start().await;
        let imitations = Imitations::start().await;
        let queues = Queues::start().await;
        let store = dynamo.store().metered();
        let context = Context {
            providers: imitations.guarded(store.clone()),
            store,
            jobs: queues.jobs(),
            max_events: 10_000,
        };
        Self {
            dynamo,
            imitations,
            queues,
            context,
        }
    }

    /// Notes a run of one slice, and gives its first job.
    async fn run(&self, run_id: &str, slice: Slice) -> SyncJob {
        let slices = std::slice::from_ref(&slice);
        self.context.store.start_run(run_id, now(), slices).await.unwrap();
        SyncJob {
            run_id: run_id.to_owned(),
            task: Task::slice(slice),
        }
    }

    /// Delivers a job for the `receive_count`th time; whether its message is done with.
    async fn deliver(&self, job: &SyncJob, receive_count: u32) -> bool {
        let message = json!({
            "messageId": "m", "receiptHandle": "receipt", "body": serde_json::to_string(job).unwrap(),
            "attributes": {"ApproximateReceiveCount": receive_count.to_string()},
        });
        let event = serde_json::from_value(json!({"Records": [message]})).unwrap();
        self.handle(event).await.batch_item_failures.is_empty()
    }

    async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        let invocation = Invocation {
            request_id: "invocation".to_owned(),
            now: now(),
        };
        handle(&self.context, event, invocation).await.unwrap()
    }

    /// Delivers a job and all that follow from it; how many messages that were.
    async fn finish(&self, job: SyncJob) -> usize {
        let mut jobs = vec![job];
        let mut messages = 0;
        while let Some(job) = jobs.pop() {
            assert!(self.deliver(&job, 1).await, "{job:?}");
            messages += 1;
            jobs.extend(self.queues.take().into_iter().map(|request| match request {
                Request::Send(job, _) => job,
                other => panic!("{other:?}"),
            }));
        }
        messages
    }

    /// The state of the only slice of a run.
    async fn slice_of(&self, run_id: &str) -> SliceRun {
        let run = self.context.store.run(run_id).await.unwrap().unwrap();
        run.slices.into_iter().next().unwrap()
    }

    /// The keys of all stored events.
    fn stored(&self) -> BTreeSet<String> {
        let items = self.dynamo.items("external-events").into_iter();
        items
            .map(|item| item["event_key"]["S"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// Some days of a source's music.
fn music(source: Source, days: u64) -> Slice {
    let category = match source {
        Source::Ticketmaster => "music",
        _ => "concert",
    };
    Slice {
        source,
        category: category.parse().unwrap(),
        window: Window {
            from: now(),
            to: now() + Days::new(days),
        },
        area: None,
    }
}
