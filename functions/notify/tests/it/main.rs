//! From changes of the tables to signed calls of the platform.
#![expect(
    clippy::unwrap_used,
    reason = "a test's helper fails by panicking, as the test does"
)]

mod announcement;
mod delivery;

use domain::{AuditAction, AuditEntry, ExternalEvent, LocalEvent};
use edge::Invocation;
use edge::webhook::{Notification, Webhook};
use notify::context::Context;
use notify::handler::{Trigger, handle};
use providers::webhook::Receiver;
use serde_json::{Value, json};
use storage::Replaced;
use testkit::dynamodb::{self, Dynamo, tables};
use testkit::event::EventBuilder;
use testkit::queue::Queues;
use testkit::{event, now};
use wiremock::MockServer;

/// The secret of the Standard Webhooks specification's examples.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What notifying works with.
struct World {
    dynamo: Dynamo,
    queues: Queues,
    receiver: MockServer,
    context: Context,
}

impl World {
    async fn start() -> Self {
        let dynamo = dynamodb::start().await;
        let queues = Queues::start().await;
        let receiver = MockServer::start().await;
        let context = Context {
            store: dynamo.store(),
            queue: queues.queue(),
            webhook: Some(webhook(&receiver.uri())),
        };
        Self {
            dynamo,
            queues,
            receiver,
            context,
        }
    }

    /// One in which the concert is imported.
    async fn imported() -> (Self, LocalEvent) {
        let world = Self::start().await;
        let local_event = world.dynamo.import(&concert().build(), now()).await;
        (world, local_event)
    }

    /// What a sync that finds `event` changes in ExternalEvents.
    async fn source_says(&self, event: ExternalEvent) -> Vec<Value> {
        let before = self.dynamo.records().len();
        let later = now() + chrono::TimeDelta::hours(1);
        self.context.store.record(&[event], later).await.unwrap();
        self.dynamo.records().split_off(before)
    }

    async fn withdraw(&self, event: &LocalEvent) {
        let stored = self.context.store.event(&event.content.external).await.unwrap();
        let entry = AuditEntry {
            action: AuditAction::Withdrawn,
            by: "7".to_owned(),
            at: now(),
            changes: Vec::new(),
        };
        let withdrawn = self.context.store.withdraw(event, &stored.unwrap(), &entry).await;
        assert_eq!(withdrawn.unwrap(), Replaced::Done);
    }

    /// Everything that happened to local events.
    fn local_records(&self) -> Vec<Value> {
        self.dynamo.records_of(&tables().local_events)
    }
}

/// The answer to what invokes the function, as Lambda reads it.
async fn invoke(context: &Context, event: Value) -> Value {
    let trigger: Trigger = serde_json::from_value(event).unwrap();
    let invocation = Invocation {
        request_id: "invocation".to_owned(),
        now: now(),
    };
    let report = handle(context, trigger, invocation).await.unwrap();
    serde_json::to_value(report).unwrap()
}

fn concert() -> EventBuilder {
    event("seatgeek#12")
}

fn webhook(address: &str) -> Webhook {
    let receiver = Receiver::new(address, true).unwrap();
    Webhook::new(receiver, vec![SECRET.parse().unwrap()])
}

fn body(notification: &Notification) -> Value {
    serde_json::from_str(&notification.body).unwrap()
}

/// Nothing comes again.
fn nothing() -> Value {
    json!({"batchItemFailures": []})
}
