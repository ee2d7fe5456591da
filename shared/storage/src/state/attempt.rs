//! Attempts to import that failed, by what came of them. Those that succeeded are counted with the events.

use std::collections::BTreeMap;

use super::counter;
use crate::error::StorageError;
use crate::store::Store;
use crate::update::{Update, number};

/// The failed attempts so far, by what came of them.
pub type Attempts = BTreeMap<Attempt, u64>;

/// What came of an attempt to import that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attempt {
    /// Somebody was first.
    AlreadyImported,
    /// Neither the store nor the source knows the event.
    NotFound,
    /// The event is not fit to be imported.
    ValidationFailed,
    /// What was asked for makes no sense.
    Invalid,
    /// The source limits our rate of calls.
    RateLimited,
    /// The source, or the store, gave no answer in time.
    Unavailable,
    /// A fault of ours.
    Internal,
}

impl Attempt {
    const ALL: [Self; 7] = [
        Self::AlreadyImported,
        Self::NotFound,
        Self::ValidationFailed,
        Self::Invalid,
        Self::RateLimited,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The name in items and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AlreadyImported => "already_imported",
            Self::NotFound => "not_found",
            Self::ValidationFailed => "validation_failed",
            Self::Invalid => "invalid",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }
}

impl Store {
    /// Counts failed attempts to import: one write, however many they are.
    pub async fn count_attempts(&self, attempts: &Attempts) -> Result<(), StorageError> {
        let update = attempts
            .iter()
            .fold(Update::default(), |update, (attempt, count)| {
                update.add(attempt.as_str(), number(count))
            });
        let key = super::key(counter::PARTITION, counter::ATTEMPTS);
        self.update_state(key, &update, "counting attempts").await?;
        Ok(())
    }
}

/// The attempts in their item. One of a kind that is no longer kept counts for nothing.
pub(super) fn read(item: &super::Item) -> Attempts {
    let counts = Attempt::ALL.map(|attempt| (attempt, count(item, attempt.as_str())));
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// A count in an item.
pub(super) fn count(item: &super::Item, name: &str) -> u64 {
    let count = item.get(name).and_then(|count| count.as_n().ok()?.parse().ok());
    count.unwrap_or_default()
}
