//! SQS: queues with visibility timeouts, delays, receive counts and dead-letter queues.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

/// All queues, by name ([`crate::template::Queue::name`]).
#[derive(Debug)]
pub struct Queues {}

/// A message to send.
#[derive(Clone, Debug, Default)]
pub struct NewMessage {
    /// Its text.
    pub body: String,
    /// What the sender said about it, by name.
    pub message_attributes: BTreeMap<String, MessageAttribute>,
    /// How long it stays hidden at first.
    pub delay: Duration,
}

impl From<String> for NewMessage {
    fn from(body: String) -> Self {
        Self { body, ..Self::default() }
    }
}

/// A message as its receiver sees it; serialises as ReceiveMessage answers it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Message {
    /// Its id, the same at every receive.
    pub message_id: String,
    /// What deletes it: valid until the next receive of this message.
    pub receipt_handle: String,
    /// Its text.
    pub body: String,
    /// MD5 of `body`, hexadecimal.
    #[serde(rename = "MD5OfBody")]
    pub md5_of_body: String,
    /// `ApproximateReceiveCount`, `SentTimestamp`, `ApproximateFirstReceiveTimestamp`, `SenderId`.
    pub attributes: BTreeMap<String, String>,
    /// What the sender said about it, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub message_attributes: BTreeMap<String, MessageAttribute>,
}

/// What a sender says about a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageAttribute {
    /// `String`, `Number` or `Binary`, with an optional label after a dot.
    pub data_type: String,
    /// The value of a `String` or `Number`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    /// The value of a `Binary`, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
}

/// About how many messages a queue has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Ready to be received.
    pub visible: usize,
    /// Received, neither deleted nor timed out.
    pub in_flight: usize,
    /// Not ready yet, for their delay.
    pub delayed: usize,
}

/// Why a queue refuses.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// No queue has this name.
    #[error("the queue `{0}` does not exist")]
    QueueDoesNotExist(String),
}

impl Queues {
    /// Sends a message; returns its id.
    pub fn send(&self, queue: &str, message: NewMessage) -> Result<String, QueueError> {
        unimplemented!("{queue} {message:?}")
    }

    /// Receives up to `max` messages, waiting up to `wait` for the first; they stay hidden for the queue's
    /// visibility timeout.
    pub async fn receive(&self, queue: &str, max: usize, wait: Duration) -> Result<Vec<Message>, QueueError> {
        unimplemented!("{queue} {max} {wait:?}")
    }

    /// Deletes a received message.
    pub fn delete(&self, queue: &str, receipt_handle: &str) -> Result<(), QueueError> {
        unimplemented!("{queue} {receipt_handle}")
    }

    /// Hides a received message for `timeout` from now; zero shows it at once.
    pub fn change_visibility(&self, queue: &str, receipt: &str, timeout: Duration) -> Result<(), QueueError> {
        unimplemented!("{queue} {receipt} {timeout:?}")
    }

    /// All messages of a queue, hidden ones too, without receiving them; their receipt handle is empty.
    pub fn list(&self, queue: &str) -> Result<Vec<Message>, QueueError> {
        unimplemented!("{queue}")
    }

    /// About how many messages a queue has.
    pub fn depth(&self, queue: &str) -> Result<Depth, QueueError> {
        unimplemented!("{queue}")
    }

    /// Deletes all messages of a queue.
    pub fn purge(&self, queue: &str) -> Result<(), QueueError> {
        unimplemented!("{queue}")
    }
}
