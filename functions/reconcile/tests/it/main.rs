//! The comparison of the counters with what they count, over the embedded DynamoDB.
#![expect(
    clippy::unwrap_used,
    reason = "a test's helper fails by panicking, as the test does"
)]

mod interleaving;
mod mending;

use aws_lambda_events::sqs::SqsEvent;
use domain::StoredEvent;
use domain::reconciliation::Findings;
use domain::tally::{Counted, Step, Steps};
use edge::Invocation;
use reconcile::context::Context;
use reconcile::handler::{Continuation, Report, Trigger, handle};
use serde_json::json;
use testkit::dynamodb::{self, Dynamo};
use testkit::now;
use testkit::queue::{Queues, Request};

/// What the function works with.
struct World {
    dynamo: Dynamo,
    queues: Queues,
    context: Context,
}

/// What the counters must say of these events, counted one by one.
fn count(events: &[StoredEvent]) -> Steps {
    let mut totals = Steps::new();
    for stored in events {
        for (counter, step) in Counted::of(stored).steps() {
            let total: &mut Step = totals.entry(counter).or_default();
            total.events += step.events;
            total.imported += step.imported;
        }
    }
    totals
}

impl World {
    /// A world in which an invocation compares so many pieces of so many events.
    async fn start(pieces: usize, piece: u32) -> Self {
        let dynamo = dynamodb::start().await;
        let queues = Queues::start().await;
        let context = Context {
            store: dynamo.store(),
            queue: queues.queue(),
            pieces,
            piece,
        };
        Self {
            dynamo,
            queues,
            context,
        }
    }

    fn invocation(name: &str) -> Invocation {
        Invocation {
            request_id: name.to_owned(),
            now: now(),
        }
    }

    /// Starts a comparison; its message, if it is to go on.
    async fn begin(&self, name: &str) -> Option<Continuation> {
        handle(&self.context, Trigger::Start, Self::invocation(name))
            .await
            .unwrap();
        self.next()
    }

    fn next(&self) -> Option<Continuation> {
        match self.queues.take().pop()? {
            Request::Other(message) => Some(serde_json::from_value(message).unwrap()),
            other => panic!("{other:?}"),
        }
    }

    /// Delivers a message; the next one, if there is one.
    async fn deliver(&self, message: &Continuation) -> Option<Continuation> {
        let event: SqsEvent = serde_json::from_value(json!({"Records": [{
            "messageId": "1", "receiptHandle": "receipt", "body": serde_json::to_string(message).unwrap(),
        }]}))
        .unwrap();
        let report = handle(
            &self.context,
            Trigger::Messages(event),
            Self::invocation("message"),
        )
        .await;
        let Ok(Report::Messages(answer)) = report else {
            panic!("{report:?}");
        };
        assert!(answer.batch_item_failures.is_empty());
        self.next()
    }

    /// Compares everything; how many messages that took.
    async fn reconcile(&self, name: &str) -> (usize, Findings) {
        let mut messages = 0;
        let mut next = self.begin(name).await;
        while let Some(message) = next {
            next = self.deliver(&message).await;
            messages += 1;
        }
        (messages, self.findings().await)
    }

    async fn findings(&self) -> Findings {
        let stored = self.context.store.reconciliation().await.unwrap();
        stored.reconciliation.unwrap().findings
    }

    /// Counts every change so far, as tally does.
    async fn tally(&self) {
        self.context
            .store
            .apply_changes(&self.dynamo.changes(), now())
            .await
            .unwrap();
    }

    /// Holds the counters against a count of the table.
    async fn assert_counted(&self) {
        let counters = self.context.store.counters().await.unwrap();
        assert_eq!(counters, count(&self.dynamo.stored_events()));
    }
}
