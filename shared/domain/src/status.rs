//! What became of an event.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The state of an event at its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventStatus {
    /// Takes place as announced.
    Scheduled,
    /// Does not take place.
    Cancelled,
    /// Does not take place as announced; a new date is not known.
    Postponed,
    /// Takes place at a new date, which is the one given.
    Rescheduled,
    /// Takes place, without tickets left.
    SoldOut,
    /// Has taken place.
    Ended,
    /// Vanished from its source, confirmed by id.
    Removed,
}

/// A text that is no status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of scheduled, cancelled, postponed, rescheduled, sold_out, ended, removed")]
pub struct UnknownStatus;

impl EventStatus {
    /// Every status.
    pub const ALL: [Self; 7] = [
        Self::Scheduled,
        Self::Cancelled,
        Self::Postponed,
        Self::Rescheduled,
        Self::SoldOut,
        Self::Ended,
        Self::Removed,
    ];

    /// The name in JSON and keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Cancelled => "cancelled",
            Self::Postponed => "postponed",
            Self::Rescheduled => "rescheduled",
            Self::SoldOut => "sold_out",
            Self::Ended => "ended",
            Self::Removed => "removed",
        }
    }

    /// Whether nobody can attend any more: such an event cannot be imported.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Cancelled | Self::Ended | Self::Removed)
    }
}

impl fmt::Display for EventStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EventStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(UnknownStatus)
    }
}
