//! What sources answered lately: the latest in this process, all of it in the store, which all processes share.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::ExternalEvent;
use edge::error::chain;
use serde::{Deserialize, Serialize};
use storage::{CachedAnswer, Store};
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
}

/// The answers that this process knows.
#[derive(Debug, Default)]
pub struct Answers(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// By key, the last of which was given or read last.
    remembered: VecDeque<(String, Dated)>,
    /// Those that are not stored yet.
    unstored: Vec<(String, Dated)>,
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

    /// Reads the answers of all processes under `keys`, and remembers those that are later than what is remembered. A
    /// store that fails or dawdles keeps nobody from asking the sources.
    pub(crate) async fn read(&self, store: &Store, keys: &[String], deadline: Instant) {
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        let patience = deadline.min(Instant::now() + PATIENCE);
        let stored = match timeout_at(patience, store.cached_answers(&keys)).await {
            Ok(Ok(stored)) => stored,
            Ok(Err(error)) => {
                tracing::warn!(error = chain(&error), "the search cache could not be read");
                return;
            }
            Err(_) => return,
        };
        for cached in stored {
            // What another version wrote and this one cannot read is as good as nothing.
            let Ok(answer) = serde_json::from_slice(&cached.body) else {
                continue;
            };
            let dated = Dated {
                answer: Arc::new(answer),
                given_at: cached.stored_at,
            };
            self.change(|known| known.remember(cached.key, dated));
        }
    }

    /// Remembers an answer, and that it is to be stored.
    pub(crate) fn keep(&self, key: &str, dated: Dated) {
        self.change(|known| {
            known.unstored.push((key.to_owned(), dated.clone()));
            known.remember(key.to_owned(), dated);
        });
    }

    /// Stores what is not stored yet. A store that fails or dawdles keeps nobody from an answer.
    pub(crate) async fn flush(&self, store: &Store, deadline: Instant) {
        let unstored = self.change(|known| std::mem::take(&mut known.unstored));
        if unstored.is_empty() {
            return;
        }
        // What else is to be sent leaves before the work of packing begins.
        tokio::task::yield_now().await;
        let cached: Vec<_> = unstored
            .into_iter()
            .filter_map(|(key, dated)| {
                let body = serde_json::to_vec(&*dated.answer).ok()?;
                Some(CachedAnswer {
                    key,
                    body,
                    stored_at: dated.given_at,
                })
            })
            .collect();
        match timeout_at(deadline, store.cache_answers(&cached, KEPT_FOR_STALE)).await {
            Ok(Ok(too_large)) if too_large.is_empty() => {}
            Ok(Ok(_)) => tracing::debug!("an answer is too large for the search cache"),
            Ok(Err(error)) => tracing::warn!(error = chain(&error), "the search cache could not be written"),
            Err(_) => {}
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
        if let Some((_, known)) = older.and_then(|older| self.remembered.remove(older))
            && known.given_at > dated.given_at
        {
            self.remembered.push_back((key, known));
        } else {
            self.remembered.push_back((key, dated));
        }
        let mut bytes: usize = self.remembered.iter().map(|(_, dated)| dated.size()).sum();
        while bytes > MAX_REMEMBERED
            && let Some((_, oldest)) = self.remembered.pop_front()
        {
            bytes -= oldest.size();
        }
    }
}

impl Dated {
    /// The memory that it takes, about: descriptions can be of any length, all else comes to a kilobyte or two.
    fn size(&self) -> usize {
        let events = self.answer.events.iter();
        let size = events.map(|event| 2_048 + event.description.len());
        1_024 + size.sum::<usize>()
    }
}
