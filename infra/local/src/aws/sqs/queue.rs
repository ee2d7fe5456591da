//! One queue: which messages it holds, and which of them are hidden until when.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{Depth, Message, MessageAttribute, md5};
use crate::template;

/// Milliseconds since 1970, the unit of SQS's timestamps.
pub(super) type Millis = i64;

/// The order of messages, unique over all queues: a message keeps it when it moves to the dead-letter queue.
pub(super) type Sequence = u64;

/// A message in a queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Held {
    pub(super) id: String,
    pub(super) body: String,
    pub(super) message_attributes: BTreeMap<String, MessageAttribute>,
    pub(super) trace_header: Option<String>,
    pub(super) sent_at: Millis,
    pub(super) receive_count: u32,
    pub(super) first_received_at: Option<Millis>,
    /// ARN of the queue that it was moved from.
    pub(super) dead_letter_source: Option<String>,
    /// Not kept over a restart: whoever received the message is gone then.
    #[serde(skip)]
    pub(super) hidden_until: Option<Millis>,
}

impl Held {
    /// The message as its receiver sees it.
    pub(super) fn message(&self, receipt_handle: String) -> Message {
        let attributes = [
            ("ApproximateReceiveCount", Some(self.receive_count.to_string())),
            (
                "ApproximateFirstReceiveTimestamp",
                self.first_received_at.map(|at| at.to_string()),
            ),
            ("SentTimestamp", Some(self.sent_at.to_string())),
            ("SenderId", Some(SENDER_ID.to_owned())),
            ("AWSTraceHeader", self.trace_header.clone()),
            ("DeadLetterQueueSourceArn", self.dead_letter_source.clone()),
        ];
        let attributes = attributes
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Message {
            message_id: self.id.clone(),
            receipt_handle,
            md5_of_body: md5::hex(self.body.as_bytes()),
            md5_of_message_attributes: md5::of_attributes(&self.message_attributes),
            body: self.body.clone(),
            attributes: attributes.collect(),
            message_attributes: self.message_attributes.clone(),
        }
    }
}

/// Who sends all messages here, in the form of an IAM role's id and session.
const SENDER_ID: &str = "AROALOCAL:local";

/// A queue.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) settings: template::Queue,
    messages: BTreeMap<Sequence, Held>,
    ready: BTreeSet<Sequence>,
    hidden: BTreeSet<(Millis, Sequence)>,
}

impl Queue {
    pub(super) fn new(settings: template::Queue) -> Self {
        Self {
            settings,
            messages: BTreeMap::new(),
            ready: BTreeSet::new(),
            hidden: BTreeSet::new(),
        }
    }

    pub(super) fn insert(&mut self, sequence: Sequence, held: Held) {
        match held.hidden_until {
            Some(until) => self.hidden.insert((until, sequence)),
            None => self.ready.insert(sequence),
        };
        self.messages.insert(sequence, held);
    }

    pub(super) fn remove(&mut self, sequence: Sequence) -> Option<Held> {
        let held = self.messages.remove(&sequence)?;
        self.ready.remove(&sequence);
        if let Some(until) = held.hidden_until {
            self.hidden.remove(&(until, sequence));
        }
        Some(held)
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.settings.clone());
    }

    pub(super) fn get(&self, sequence: Sequence) -> Option<&Held> {
        self.messages.get(&sequence)
    }

    pub(super) fn count_receive(&mut self, sequence: Sequence, at: Millis) {
        if let Some(held) = self.messages.get_mut(&sequence) {
            held.receive_count += 1;
            held.first_received_at.get_or_insert(at);
        }
    }

    pub(super) fn hide(&mut self, sequence: Sequence, until: Millis) {
        if let Some(mut held) = self.remove(sequence) {
            held.hidden_until = Some(until);
            self.insert(sequence, held);
        }
    }

    /// Shows what is hidden no longer and drops what is kept no longer.
    pub(super) fn settle(&mut self, now: Millis) {
        while let Some(&(until, sequence)) = self.hidden.first()
            && until <= now
        {
            if let Some(mut held) = self.remove(sequence) {
                held.hidden_until = None;
                self.insert(sequence, held);
            }
        }
        let oldest = now.saturating_sub(millis(self.settings.retention));
        while let Some((&sequence, held)) = self.messages.first_key_value()
            && held.sent_at < oldest
        {
            self.remove(sequence);
        }
    }

    /// The messages that can be received, in order.
    pub(super) fn ready(&self) -> impl Iterator<Item = (Sequence, &Held)> {
        self.ready
            .iter()
            .filter_map(|sequence| Some((*sequence, self.messages.get(sequence)?)))
    }

    /// All messages, in order.
    pub(super) fn messages(&self) -> &BTreeMap<Sequence, Held> {
        &self.messages
    }

    /// When the next hidden message shows.
    pub(super) fn next_visible(&self) -> Option<Millis> {
        self.hidden.first().map(|(until, _)| *until)
    }

    pub(super) fn depth(&self) -> Depth {
        let received = |(_, sequence): &&(Millis, Sequence)| {
            self.messages
                .get(sequence)
                .is_some_and(|held| held.receive_count > 0)
        };
        let in_flight = self.hidden.iter().filter(received).count();
        Depth {
            visible: self.ready.len(),
            in_flight,
            delayed: self.hidden.len() - in_flight,
        }
    }
}

pub(super) fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}
