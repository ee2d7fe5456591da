//! A queue as the source of a function’s invocations.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep},
};

use super::batch::failures;
use crate::{
    aws::{
        Queues,
        sqs::{Message, QueueError},
    },
    console::Console,
    log_line::{Level, LogLine},
    runtime::{Runtime, request_id},
    template::{Function, Queue, QueueSource},
};

/// How long one receive waits for a message; SQS’s own limit.
const LONG_POLL: Duration = Duration::from_secs(20);

/// How many batches Lambda begins with when the mapping sets no limit.
const DEFAULT_CONCURRENCY: u32 = 5;

/// Receives from one queue for one function.
pub struct QueuePoller {
    /// The functions.
    pub runtime: Arc<Runtime>,
    /// The queues.
    pub queues: Arc<Queues>,
    /// The function that is invoked.
    pub function: Function,
    /// How it is invoked.
    pub source: QueueSource,
    /// The queue received from.
    pub queue: Queue,
    /// The region that events name.
    pub region: String,
    /// Where trouble is told.
    pub console: Console,
}

impl QueuePoller {
    /// Polls until it is dropped.
    pub async fn run(self) {
        let concurrency = self
            .source
            .maximum_concurrency
            .unwrap_or(DEFAULT_CONCURRENCY)
            .max(1);
        let permits = Arc::new(Semaphore::new(concurrency as usize));
        let poller = Arc::new(self);
        let mut batches = JoinSet::new();
        while let Ok(permit) = Arc::clone(&permits).acquire_owned().await {
            while batches.try_join_next().is_some() {}
            match poller.receive().await {
                Ok(messages) if messages.is_empty() => {}
                Ok(messages) => {
                    let poller = Arc::clone(&poller);
                    batches.spawn(async move {
                        poller.handle(messages).await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    LogLine::new(Level::Error, None, error).print(&poller.console, &poller.function.binary);
                    sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    /// A batch: what is there, and what comes within the batching window while there is room.
    async fn receive(&self) -> Result<Vec<Message>, QueueError> {
        let size = self.source.batch_size.max(1) as usize;
        let mut messages = self
            .queues
            .receive(&self.queue.name, size.min(10), LONG_POLL)
            .await?;
        let end = Instant::now() + self.source.batching_window;
        while !messages.is_empty() && messages.len() < size {
            let left = end.saturating_duration_since(Instant::now());
            let more = self
                .queues
                .receive(&self.queue.name, (size - messages.len()).min(10), left)
                .await?;
            if more.is_empty() {
                break;
            }
            messages.extend(more);
        }
        Ok(messages)
    }

    /// Invokes the function and deletes what it has handled. The others come again after their visibility timeout.
    async fn handle(&self, messages: Vec<Message>) {
        let records: Vec<Value> = messages.iter().map(|message| self.record(message)).collect();
        let payload = Bytes::from(json!({ "Records": records }).to_string());
        let answer = self
            .runtime
            .invoke(&self.function.logical_id, &request_id(), payload)
            .await;
        let identifiers: Vec<&str> = messages
            .iter()
            .map(|message| message.message_id.as_str())
            .collect();
        let failed = failures(answer, self.source.report_batch_item_failures, &identifiers);
        for (position, message) in messages.iter().enumerate() {
            if failed.binary_search(&position).is_err()
                && let Err(error) = self.queues.delete(&self.queue.name, &message.receipt_handle)
            {
                LogLine::new(Level::Warn, None, error).print(&self.console, &self.function.binary);
            }
        }
    }

    fn record(&self, message: &Message) -> Value {
        let attributes: serde_json::Map<String, Value> = message
            .message_attributes
            .iter()
            .map(|(name, attribute)| {
                let mut value = json!({
                    "dataType": attribute.data_type, "stringListValues": [], "binaryListValues": [],
                });
                if let Some(text) = &attribute.string_value {
                    value["stringValue"] = json!(text);
                }
                if let Some(binary) = &attribute.binary_value {
                    value["binaryValue"] = json!(binary);
                }
                (name.clone(), value)
            })
            .collect();
        json!({
            "messageId": message.message_id,
            "receiptHandle": message.receipt_handle,
            "body": message.body,
            "attributes": message.attributes,
            "messageAttributes": attributes,
            "md5OfBody": message.md5_of_body,
            "eventSource": "aws:sqs",
            "eventSourceARN": self.queue.arn,
            "awsRegion": self.region,
        })
    }
}
