//! Jobs on their way to the sync worker.

mod address;
mod sync;

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeNameForSends, MessageSystemAttributeValue,
    SendMessageBatchRequestEntry,
};
use domain::sync::{Slice, Window};
use domain::{EventKey, Source};
use serde::{Deserialize, Serialize};
use storage::{Connection, Seen};

pub use self::address::{InvalidQueueUrl, InvalidQueuesBySource, QueueUrl, QueueUrls};
pub use self::sync::SyncQueues;
use crate::error::Cause;
use crate::trace::Trace;

/// Something for the sync worker to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncJob {
    /// The run that it is part of.
    pub run_id: String,
    /// What to do.
    #[serde(flatten)]
    pub task: Task,
}

/// What a job asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "lowercase")]
#[expect(clippy::large_enum_variant, reason = "almost every job is about a slice")]
pub enum Task {
    /// Read a source's categories.
    Categories {
        /// The source.
        source: Source,
    },
    /// Read a slice, from a cursor on.
    Slice {
        /// The slice.
        #[serde(flatten)]
        slice: Slice,
        /// Where to go on.
        cursor: Cursor,
    },
}

/// How far a slice has been read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The windows still to be read, the current one last. They are parts of the slice's window, halved where the
    /// provider does not page through all of it.
    pub windows: Vec<Window>,
    /// The page of the current window to read, counted from 0.
    pub page: u32,
    /// What the page before said to ask for it with, at providers that do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// How many events were read so far.
    pub read: u64,
    /// Whether the slice is left before its end, for it holds more than is to be read.
    #[serde(default)]
    pub cut: bool,
    /// Which events of the last run came back; `None` if there is nothing to compare with.
    #[serde(default)]
    pub seen: Option<Seen>,
    /// Whether events came that the last run did not see, or not as they are now.
    #[serde(default)]
    pub noted: bool,
    /// The vanished events that are still to be looked up, once all pages are read.
    #[serde(default)]
    pub lookups: Option<Vec<EventKey>>,
    /// Whether an admin has approved that as much is removed as it takes.
    #[serde(default)]
    pub force: bool,
}

impl Cursor {
    /// The beginning of a slice.
    pub fn start(slice: &Slice) -> Self {
        Self {
            windows: vec![slice.window],
            page: 0,
            token: None,
            read: 0,
            cut: false,
            seen: None,
            noted: false,
            lookups: None,
            force: false,
        }
    }
}

impl Task {
    /// Whom it asks.
    pub fn source(&self) -> Source {
        match self {
            Self::Categories { source } => *source,
            Self::Slice { slice, .. } => slice.source,
        }
    }

    /// Read a slice from its beginning.
    pub fn slice(slice: Slice) -> Self {
        let cursor = Cursor::start(&slice);
        Self::Slice { slice, cursor }
    }
}

/// The queue of jobs, and its dead-letter queue.
#[derive(Debug, Clone)]
pub struct JobQueue {
    client: Client,
    urls: QueueUrls,
}

/// A failed access to a queue.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// SQS does not do it.
    #[error("the queue refused to {operation}")]
    Refused {
        /// What it was asked to do.
        operation: &'static str,
        /// Its answer.
        #[source]
        cause: Cause,
    },
    /// Some messages of a batch did not get through.
    #[error("{count} messages could not be sent, one of them because of {code}")]
    Unsent {
        /// How many.
        count: usize,
        /// SQS' code for one of them.
        code: String,
    },
}

impl QueueError {
    fn refused(operation: &'static str, cause: impl Into<Cause>) -> Self {
        Self::Refused {
            operation,
            cause: cause.into(),
        }
    }
}

impl JobQueue {
    /// The most messages that SQS takes at once.
    const BATCH: usize = 10;

    /// How often messages are sent before those that failed are given up.
    const ATTEMPTS: u32 = 3;

    /// The longest that a message can be hidden, less the time it has been worked on: SQS' limit is 12 hours in all.
    pub(crate) const MAX_POSTPONEMENT: Duration = Duration::from_hours(11);

    /// The longest that SQS delays a new message.
    const MAX_DELAY: Duration = Duration::from_mins(15);

    /// The attribute of a dead letter that says why it is one.
    pub const REASON: &'static str = "reason";

    /// The queues behind `connection`.
    pub fn new(connection: &Connection, urls: QueueUrls) -> Self {
        Self {
            client: Client::new(connection.sdk_config()),
            urls,
        }
    }

    /// Sends all jobs. SQS takes or leaves each by itself; what it leaves is sent again.
    pub async fn send_all<T: Serialize>(&self, jobs: &[T]) -> Result<(), QueueError> {
        for batch in jobs.chunks(Self::BATCH) {
            self.send_batch(batch).await?;
        }
        Ok(())
    }

    async fn send_batch<T: Serialize>(&self, jobs: &[T]) -> Result<(), QueueError> {
        const OPERATION: &str = "send jobs";
        let mut entries = jobs
            .iter()
            .enumerate()
            .map(|(index, job)| {
                let body =
                    serde_json::to_string(job).map_err(|error| QueueError::refused(OPERATION, error))?;
                SendMessageBatchRequestEntry::builder()
                    .id(index.to_string())
                    .message_body(body)
                    .set_message_system_attributes(trace())
                    .build()
                    .map_err(|error| QueueError::refused(OPERATION, error))
            })
            .collect::<Result<Vec<_>, _>>()?;
        for attempt in 1.. {
            let answer = self
                .client
                .send_message_batch()
                .queue_url(self.urls.jobs.to_string())
                .set_entries(Some(entries.clone()))
                .send()
                .await
                .map_err(|error| QueueError::refused(OPERATION, error.into_service_error()))?;
            let Some(failure) = answer.failed.first() else {
                break;
            };
            if attempt == Self::ATTEMPTS || answer.failed.iter().any(|failure| failure.sender_fault) {
                return Err(QueueError::Unsent {
                    count: answer.failed.len(),
                    code: failure.code.clone(),
                });
            }
            entries.retain(|entry| answer.failed.iter().any(|failure| failure.id == entry.id));
            tokio::time::sleep(Duration::from_millis(100) * attempt).await;
        }
        Ok(())
    }

    /// Hides a received message for `delay` from now; it comes back then.
    pub async fn postpone(&self, receipt_handle: &str, delay: Duration) -> Result<(), QueueError> {
        let seconds = delay.min(Self::MAX_POSTPONEMENT).as_secs();
        self.client
            .change_message_visibility()
            .queue_url(self.urls.jobs.to_string())
            .receipt_handle(receipt_handle)
            .visibility_timeout(i32::try_from(seconds).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|error| QueueError::refused("postpone a message", error.into_service_error()))?;
        Ok(())
    }

    /// Sends a job that is received after `delay` at the earliest, or after a quarter of an hour if that is shorter.
    pub async fn send_later(&self, job: &SyncJob, delay: Duration) -> Result<(), QueueError> {
        const OPERATION: &str = "send a job for later";
        let body = serde_json::to_string(job).map_err(|error| QueueError::refused(OPERATION, error))?;
        let seconds = delay.min(Self::MAX_DELAY).as_secs();
        self.client
            .send_message()
            .queue_url(self.urls.jobs.to_string())
            .message_body(body)
            .set_message_system_attributes(trace())
            .delay_seconds(i32::try_from(seconds).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|error| QueueError::refused(OPERATION, error.into_service_error()))?;
        Ok(())
    }

    /// Puts a message that no repetition mends into the dead-letter queue, with the reason.
    pub async fn bury(&self, body: &str, reason: &str) -> Result<(), QueueError> {
        const OPERATION: &str = "bury a message";
        let reason = MessageAttributeValue::builder()
            .data_type("String")
            .string_value(reason)
            .build()
            .map_err(|error| QueueError::refused(OPERATION, error))?;
        self.client
            .send_message()
            .queue_url(self.urls.dead_letters.to_string())
            .message_body(body)
            .message_attributes(Self::REASON, reason)
            .set_message_system_attributes(trace())
            .send()
            .await
            .map_err(|error| QueueError::refused(OPERATION, error.into_service_error()))?;
        Ok(())
    }
}

/// The trace of the work under way, for a message that is part of it.
fn trace() -> Option<HashMap<MessageSystemAttributeNameForSends, MessageSystemAttributeValue>> {
    let header = MessageSystemAttributeValue::builder()
        .data_type("String")
        .string_value(Trace::current()?.header())
        .build()
        .ok()?;
    Some(HashMap::from([(
        MessageSystemAttributeNameForSends::AwsTraceHeader,
        header,
    )]))
}
