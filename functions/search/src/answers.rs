//! What sources answered lately: the latest in this process, all of it in the store, which all processes share.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::ExternalEvent;
use edge::error::chain;
use serde::{Deserialize, Serialize};
use storage::{CachedAnswer, PackedAnswer, Store};
use tokio::time::{Instant, timeout_at};

/// How long an answer is kept to stand in for a source that fails.
pub(crate) const KEPT_FOR_STALE: Duration = Duration::from_hours(24);

/// How long the reading of stored answers may take: they exist to save time.
const PATIENCE: Duration = Duration::from_millis(300);

/// The most bytes of events that a process remembers, about.
const MAX_REMEMBERED: usize = 4 << 20;

/// What a source answered.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The events, in the order in which the source ranks them.
    pub(crate) events: Vec<Arc<ExternalEvent>>,
    /// How many events the source says it has.
    pub(crate) total: Option<u64>,
}

/// An answer, and when it was given.
#[derive(Debug, Clone)]
pub(crate) struct Dated {
    pub(crate) answer: Arc<Answer>,
    pub(crate) given_at: DateTime<Utc>,
    /// The memory that it takes, about.
    size: usize,
}

/// The answers that this process knows.
#[derive(Debug, Default)]
pub struct Answers(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// By key, the last of which was given or read last.
    remembered: VecDeque<(String, Dated)>,
    /// How much memory they take, about.
    bytes: usize,
    /// Those that are not stored yet.
    unstored: Vec<PackedAnswer>,
}

impl Answers {
    /// The answer under `key` that this process gave or read last.
    pub(crate) fn known(&self, key: &str) -> Option<Dated> {
        self.change(|known| {
            known
                .remembered
                .iter()
                .find(|(known, _)| known == key)
                .map(|(_, dated)| dated.clone())
        })
    }

    /// The answers of all processes under `keys`, which are remembered. A store that fails or dawdles keeps nobody from
    /// asking the sources.
    pub(crate) async fn read(
        &self,
        store: &Store,
        keys: &[String],
        deadline: Instant,
    ) -> Vec<(String, Dated)> {
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        let patience = deadline.min(Instant::now() + PATIENCE);
        let stored = match timeout_at(patience, store.cached_answers(&keys)).await {
            Ok(Ok(stored)) => stored,
            Ok(Err(error)) => {
                tracing::warn!(error = chain(&error), "the search cache could not be read");
                Vec::new()
            }
            Err(_) => Vec::new(),
        };
        let read = stored.into_iter().filter_map(|cached| {
            // What another version wrote and this one cannot read is as good as nothing.
            let answer = serde_json::from_slice(&cached.body).ok()?;
            Some((cached.key, Dated::new(answer, cached.stored_at)))
        });
        let read: Vec<_> = read.collect();
        for (key, dated) in &read {
            self.change(|known| known.remember(key.clone(), dated.clone()));
        }
        read
    }

    /// Remembers an answer, and has it ready to be stored.
    pub(crate) fn keep(&self, key: &str, dated: Dated) {
        let packed = dated.pack(key);
        self.change(|known| {
            known.unstored.extend(packed);
            known.remember(key.to_owned(), dated);
        });
    }

    /// Stores what is not stored yet. A store that fails or dawdles keeps nobody from an answer.
    pub(crate) async fn flush(&self, store: &Store, deadline: Instant) {
        let unstored = self.change(|known| std::mem::take(&mut known.unstored));
        if let Ok(Err(error)) = timeout_at(deadline, store.cache_answers(unstored)).await {
            tracing::warn!(error = chain(&error), "the search cache could not be written");
        }
    }

    fn change<R>(&self, change: impl FnOnce(&mut Known) -> R) -> R {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Known {
    /// Remembers an answer, unless a later one is, and forgets others for want of room.
    fn remember(&mut self, key: String, dated: Dated) {
        let older = self.remembered.iter().position(|(known, _)| *known == key);
        let older = older.and_then(|older| self.remembered.remove(older));
        let latest = match older {
            Some((_, known)) => {
                self.bytes -= known.size;
                if known.given_at > dated.given_at {
                    known
                } else {
                    dated
                }
            }
            None => dated,
        };
        self.bytes += latest.size;
        self.remembered.push_back((key, latest));
        while self.bytes > MAX_REMEMBERED
            && let Some((_, oldest)) = self.remembered.pop_front()
        {
            self.bytes -= oldest.size;
        }
    }
}

impl Dated {
    pub(crate) fn new(answer: Answer, given_at: DateTime<Utc>) -> Self {
        // Descriptions can be of any length, all else of an event comes to a kilobyte or two.
        let events = answer.events.iter();
        let size = events.map(|event| 2_048 + event.description.len());
        Self {
            size: 1_024 + size.sum::<usize>(),
            answer: Arc::new(answer),
            given_at,
        }
    }

    /// The answer as it is stored; nothing if it cannot be.
    fn pack(&self, key: &str) -> Option<PackedAnswer> {
        let mut body = Vec::with_capacity(self.size);
        serde_json::to_writer(&mut body, &*self.answer).ok()?;
        let cached = CachedAnswer {
            key: key.to_owned(),
            body,
            stored_at: self.given_at,
        };
        match cached.pack(KEPT_FOR_STALE) {
            Ok(Some(packed)) => Some(packed),
            Ok(None) => {
                tracing::debug!("an answer is too large for the search cache");
                None
            }
            Err(error) => {
                tracing::warn!(
                    error = chain(&error),
                    "an answer could not be packed for the search cache"
                );
                None
            }
        }
    }
}
