//! SQS: queues with visibility timeouts, delays, receive counts and dead-letter queues.

pub(super) mod api;
mod journal;
mod md5;
mod queue;

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::Utc;
use serde::{Deserialize, Serialize};
use tokio::{sync::Notify, time::Instant};

use self::{
    journal::{Change, Journal},
    queue::{Held, Millis, Queue, Sequence, millis},
};
use super::{AwsError, random};
use crate::template;

/// All queues, by name ([`template::Queue::name`]).
#[derive(Debug)]
pub struct Queues {
    state: Mutex<State>,
    /// Wakes those who wait for a message.
    changed: Notify,
}

#[derive(Debug)]
struct State {
    queues: journal::Queues,
    journal: Option<Journal>,
    next_sequence: Sequence,
}

/// A message to send.
#[derive(Clone, Debug, Default)]
pub struct NewMessage {
    /// Its text.
    pub body: String,
    /// What the sender said about it, by name.
    pub message_attributes: BTreeMap<String, MessageAttribute>,
    /// The X-Ray trace that it belongs to (`AWSTraceHeader`).
    pub trace_header: Option<String>,
    /// How long it stays hidden at first.
    pub delay: Duration,
}

impl From<String> for NewMessage {
    fn from(body: String) -> Self {
        Self {
            body,
            ..Self::default()
        }
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
    /// MD5 of `message_attributes`, hexadecimal; none without any.
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    pub md5_of_message_attributes: Option<String>,
    /// `ApproximateReceiveCount`, `SentTimestamp`, `ApproximateFirstReceiveTimestamp`, `SenderId`; where known
    /// `AWSTraceHeader`; in a dead-letter queue `DeadLetterQueueSourceArn`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// What the sender said about it, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub message_attributes: BTreeMap<String, MessageAttribute>,
}

/// What a sender says about a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
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
    #[error("the queue {0} does not exist")]
    QueueDoesNotExist(String),
    /// A text that no receive gave out.
    #[error("the receipt handle is not valid")]
    ReceiptHandleIsInvalid,
    /// The receipt handle's message is visible, received by another, or deleted.
    #[error("the message is not in flight")]
    MessageNotInflight,
    /// The change cannot be written down, so it did not happen.
    #[error("the queues' journal cannot be written")]
    Journal(#[from] io::Error),
}

impl Queues {
    /// Opens the template's queues, with the messages that the journal holds.
    pub(super) fn open(journal: Option<PathBuf>, settings: &[template::Queue]) -> Result<Self, AwsError> {
        let queues = settings
            .iter()
            .map(|settings| (settings.name.clone(), Queue::new(settings.clone())));
        let mut queues = queues.collect();
        let journal = journal.map(|path| Journal::open(path, &mut queues)).transpose()?;
        let last = queues
            .values()
            .filter_map(|queue| queue.messages().last_key_value())
            .map(|(last, _)| *last)
            .max();
        let next_sequence = last.map_or(0, |last| last + 1);
        Ok(Self {
            state: Mutex::new(State {
                queues,
                journal,
                next_sequence,
            }),
            changed: Notify::new(),
        })
    }

    /// Sends a message; returns its id.
    pub fn send(&self, queue: &str, message: NewMessage) -> Result<String, QueueError> {
        let now = now();
        let id = random::uuid();
        let mut state = self.lock();
        state.queue(queue)?;
        let held = Held {
            id: id.clone(),
            body: message.body,
            message_attributes: message.message_attributes,
            trace_header: message.trace_header,
            sent_at: now,
            receive_count: 0,
            first_received_at: None,
            dead_letter_source: None,
            hidden_until: (!message.delay.is_zero()).then(|| now.saturating_add(millis(message.delay))),
        };
        let sequence = state.next_sequence;
        state.next_sequence += 1;
        state.change(vec![Change::Sent {
            queue: queue.to_owned(),
            sequence,
            held,
        }])?;
        drop(state);
        self.changed.notify_waiters();
        Ok(id)
    }

    /// Receives up to `max` messages, waiting up to `wait` for the first; they stay hidden for the queue's
    /// visibility timeout.
    pub async fn receive(&self, queue: &str, max: usize, wait: Duration) -> Result<Vec<Message>, QueueError> {
        self.receive_hiding(queue, max, wait, None).await
    }

    /// [`Self::receive`] with a visibility timeout of the receiver's own.
    async fn receive_hiding(
        &self,
        queue: &str,
        max: usize,
        wait: Duration,
        visibility_timeout: Option<Duration>,
    ) -> Result<Vec<Message>, QueueError> {
        let deadline = Instant::now() + wait;
        loop {
            // Listening begins before looking, so that a message sent in between is not missed.
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let now = now();
            let (messages, next_visible) = {
                let mut state = self.lock();
                let messages = state.receive(queue, max, visibility_timeout, now)?;
                (messages, state.queue(queue)?.next_visible())
            };
            if !messages.is_empty() || Instant::now() >= deadline {
                return Ok(messages);
            }
            let shown = next_visible
                .and_then(|at| u64::try_from(at - now).ok())
                .map(Duration::from_millis);
            let wake = shown.map_or(deadline, |shown| deadline.min(Instant::now() + shown));
            tokio::select! {
                () = &mut changed => {}
                () = tokio::time::sleep_until(wake) => {}
            }
        }
    }

    /// Deletes a received message. As in SQS, a handle that is not the message's latest deletes nothing.
    pub fn delete(&self, queue: &str, receipt_handle: &str) -> Result<(), QueueError> {
        let handle: ReceiptHandle = receipt_handle.parse()?;
        let mut state = self.lock();
        if state
            .queue(queue)?
            .get(handle.sequence)
            .is_some_and(|held| handle.is_of(held))
        {
            state.change(vec![Change::Deleted {
                queue: queue.to_owned(),
                sequence: handle.sequence,
            }])?;
        }
        Ok(())
    }

    /// Hides a received message for `timeout` from now; zero shows it at once.
    pub fn change_visibility(&self, queue: &str, receipt: &str, timeout: Duration) -> Result<(), QueueError> {
        let handle: ReceiptHandle = receipt.parse()?;
        let now = now();
        let mut state = self.lock();
        let queue = state.queue(queue)?;
        queue.settle(now);
        let in_flight = |held: &Held| handle.is_of(held) && held.hidden_until.is_some();
        if !queue.get(handle.sequence).is_some_and(in_flight) {
            return Err(QueueError::MessageNotInflight);
        }
        queue.hide(handle.sequence, now.saturating_add(millis(timeout)));
        drop(state);
        self.changed.notify_waiters();
        Ok(())
    }

    /// All messages of a queue, hidden ones too, without receiving them; their receipt handle is empty.
    pub fn list(&self, queue: &str) -> Result<Vec<Message>, QueueError> {
        let mut state = self.lock();
        let queue = state.queue(queue)?;
        queue.settle(now());
        Ok(queue
            .messages()
            .values()
            .map(|held| held.message(String::new()))
            .collect())
    }

    /// About how many messages a queue has.
    pub fn depth(&self, queue: &str) -> Result<Depth, QueueError> {
        let mut state = self.lock();
        let queue = state.queue(queue)?;
        queue.settle(now());
        Ok(queue.depth())
    }

    /// Deletes all messages of a queue.
    pub fn purge(&self, queue: &str) -> Result<(), QueueError> {
        let mut state = self.lock();
        state.queue(queue)?;
        state.change(vec![Change::Purged {
            queue: queue.to_owned(),
        }])
    }

    /// The settings of all queues.
    fn settings(&self) -> Vec<template::Queue> {
        self.lock()
            .queues
            .values()
            .map(|queue| queue.settings.clone())
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn queue(&mut self, name: &str) -> Result<&mut Queue, QueueError> {
        self.queues
            .get_mut(name)
            .ok_or_else(|| QueueError::QueueDoesNotExist(name.to_owned()))
    }

    /// Writes the changes down and makes them.
    fn change(&mut self, changes: Vec<Change>) -> Result<(), QueueError> {
        if let Some(journal) = &mut self.journal
            && !changes.is_empty()
        {
            journal.append(&changes, &self.queues)?;
        }
        for change in changes {
            change.apply(&mut self.queues);
        }
        Ok(())
    }

    /// Takes the messages that are ready; those received too often go to the dead-letter queue instead.
    fn receive(
        &mut self,
        name: &str,
        max: usize,
        visibility_timeout: Option<Duration>,
        now: Millis,
    ) -> Result<Vec<Message>, QueueError> {
        let queue = self.queue(name)?;
        queue.settle(now);
        let visibility_timeout = visibility_timeout.unwrap_or(queue.settings.visibility_timeout);
        let redrive = queue.settings.redrive.as_ref();
        let mut changes = Vec::new();
        let mut taken = Vec::new();
        for (sequence, held) in queue.ready() {
            let queue_name = name.to_owned();
            if let Some(redrive) = redrive.filter(|redrive| held.receive_count >= redrive.max_receive_count) {
                let to = redrive
                    .queue_arn
                    .rsplit(':')
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                let source = queue.settings.arn.clone();
                changes.push(Change::Moved {
                    queue: queue_name,
                    sequence,
                    to,
                    source,
                });
            } else if taken.len() < max {
                changes.push(Change::Received {
                    queue: queue_name,
                    sequence,
                    at: now,
                });
                taken.push(sequence);
            } else {
                break;
            }
        }
        self.change(changes)?;

        let queue = self.queue(name)?;
        let until = now.saturating_add(millis(visibility_timeout));
        let mut messages = Vec::with_capacity(taken.len());
        for sequence in taken {
            queue.hide(sequence, until);
            messages.extend(
                queue
                    .get(sequence)
                    .map(|held| held.message(ReceiptHandle::new(sequence, held).to_string())),
            );
        }
        Ok(messages)
    }
}

/// What a receive gives out to delete the message by: it names one receive of one message.
struct ReceiptHandle {
    sequence: Sequence,
    receive_count: u32,
    message_id: String,
}

impl ReceiptHandle {
    fn new(sequence: Sequence, held: &Held) -> Self {
        Self {
            sequence,
            receive_count: held.receive_count,
            message_id: held.id.clone(),
        }
    }

    fn is_of(&self, held: &Held) -> bool {
        self.receive_count == held.receive_count && self.message_id == held.id
    }
}

impl std::fmt::Display for ReceiptHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.sequence, self.receive_count, self.message_id)
    }
}

impl std::str::FromStr for ReceiptHandle {
    type Err = QueueError;

    fn from_str(text: &str) -> Result<Self, QueueError> {
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().ok_or(QueueError::ReceiptHandleIsInvalid);
        let (sequence, receive_count, message_id) = (part()?, part()?, part()?);
        Ok(Self {
            sequence: sequence.parse().map_err(|_| QueueError::ReceiptHandleIsInvalid)?,
            receive_count: receive_count
                .parse()
                .map_err(|_| QueueError::ReceiptHandleIsInvalid)?,
            message_id: message_id.to_owned(),
        })
    }
}

fn now() -> Millis {
    Utc::now().timestamp_millis()
}
