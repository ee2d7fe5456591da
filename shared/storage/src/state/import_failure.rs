//! Attempts to import that failed, by their reasons. Those that succeeded are counted with the events.

use std::collections::BTreeMap;

use super::counter;
use crate::error::StorageError;
use crate::store::Store;
use crate::update::{Update, number};

/// The failures so far, by their reasons.
pub type ImportFailures = BTreeMap<ImportFailure, u64>;

/// Why an attempt to import failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImportFailure {
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

impl ImportFailure {
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
    /// Counts attempts to import that failed: one write, however many they are.
    pub async fn count_import_failures(&self, failures: &ImportFailures) -> Result<(), StorageError> {
        let update = failures
            .iter()
            .fold(Update::default(), |update, (failure, count)| {
                update.add(failure.as_str(), number(count))
            });
        let key = super::key(counter::PARTITION, counter::FAILURES);
        self.update_state(key, &update, "counting failed imports").await?;
        Ok(())
    }
}

/// The failures in their item. One of a kind that is no longer kept counts for nothing.
pub(super) fn read(item: &super::Item) -> ImportFailures {
    let counts = ImportFailure::ALL.map(|failure| (failure, count(item, failure.as_str())));
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// A count in an item.
pub(super) fn count(item: &super::Item, name: &str) -> u64 {
    let count = item.get(name).and_then(|count| count.as_n().ok()?.parse().ok());
    count.unwrap_or_default()
}
