//! Attempts to import, by what came of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::counter;
use crate::error::StorageError;
use crate::store::Store;
use crate::update::{Update, number};

/// The attempts so far, by what came of them.
pub type Attempts = BTreeMap<Attempt, u64>;

/// What came of an attempt to import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attempt {
    /// There is a new local event.
    Succeeded,
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
    /// The name in items and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
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
    /// Counts attempts to import: one write, however many they are.
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
