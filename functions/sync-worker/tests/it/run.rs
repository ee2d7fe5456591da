//! Slices, from a message to the store, over imitated providers.

mod crash;
mod killed;
mod manifest;
mod report;
mod seen;
mod vanished;

use aws_lambda_events::sqs::SqsEvent;
use domain::Source;
use domain::sync::{Slice, Window};
use edge::Invocation;
use edge::queue::{Cursor, SyncJob, Task};
use serde_json::{Value, json};
use storage::Run;
use sync_worker::context::Context;
use sync_worker::handler::handle;
use testkit::dynamodb::{self, Dynamo};
use testkit::imitation::Imitations;
use testkit::now;
use testkit::queue::{Queues, Request};

/// What the worker works with.
struct World {
    dynamo: Dynamo,
    imitations: Imitations,
    queues: Queues,
    context: Context,
}

/// Concerts at SeatGeek: a few hundred events, on several pages.
fn slice() -> Slice {
    Slice {
        source: Source::SeatGeek,
        category: "concert".parse().unwrap(),
        window: Window::next_days(now(), 90),
        area: None,
    }
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
            max_events: 1_000,
        };
        Self {
            dynamo,
            imitations,
            queues,
            context,
        }
    }

    /// Notes a run of the slice; its first job.
    async fn plan(&self, run_id: &str, force: bool) -> SyncJob {
        self.context
            .store
            .start_run(run_id, now(), &[slice()])
            .await
            .unwrap();
        let cursor = Cursor {
            force,
            ..Cursor::start(&slice())
        };
        SyncJob {
            run_id: run_id.to_owned(),
            task: Task::Slice {
                slice: slice(),
                cursor,
            },
        }
    }

    /// Does a job, for the `receive_count`th time; whether its message is dealt with.
    async fn deliver(&self, job: &SyncJob, receive_count: u32) -> bool {
        let event: SqsEvent = serde_json::from_value(json!({"Records": [{
            "messageId": "1",
            "receiptHandle": "receipt",
            "body": serde_json::to_string(job).unwrap(),
            "attributes": {"ApproximateReceiveCount": receive_count.to_string()},
        }]}))
        .unwrap();
        let invocation = Invocation {
            request_id: "test".to_owned(),
            now: now(),
        };
        let answer = handle(&self.context, event, invocation).await.unwrap();
        answer.batch_item_failures.is_empty()
    }

    /// Does a job and all those that it sends.
    async fn work_off(&self, job: SyncJob) {
        let mut jobs = vec![job];
        while let Some(job) = jobs.pop() {
            assert!(self.deliver(&job, 1).await, "{job:?}");
            jobs.extend(self.queues.take().into_iter().map(|request| match request {
                Request::Send(job, _) => job,
                other => panic!("{other:?}"),
            }));
        }
    }

    /// Runs the slice from its beginning to its end.
    async fn sync(&self, run_id: &str) -> Run {
        let job = self.plan(run_id, false).await;
        self.work_off(job).await;
        self.run(run_id).await
    }

    async fn run(&self, run_id: &str) -> Run {
        self.context.store.run(run_id).await.unwrap().unwrap()
    }

    /// The events in the store, in DynamoDB's JSON.
    fn events(&self) -> Vec<Value> {
        self.dynamo.items("external-events")
    }

    /// The ids at the source of stored events that are scheduled.
    fn scheduled(&self) -> Vec<String> {
        let events = self.events();
        let scheduled = events.iter().filter(|item| item["status"]["S"] == "scheduled");
        let mut ids: Vec<_> = scheduled
            .map(|item| item["event_key"]["S"].as_str().unwrap().replace("seatgeek#", ""))
            .collect();
        ids.sort();
        ids
    }

    fn status(&self, id: &str) -> String {
        let key = format!("seatgeek#{id}");
        let events = self.events();
        let item = events.iter().find(|item| item["event_key"]["S"] == key.as_str());
        item.unwrap()["status"]["S"].as_str().unwrap().to_owned()
    }

    /// Whether the provider was asked for a single event since `calls` calls were made.
    async fn lookups_since(&self, calls: usize) -> usize {
        let made = self.imitations.calls("seatgeek").await;
        made.iter()
            .skip(calls)
            .filter(|call| !call.contains("page="))
            .count()
    }
}
