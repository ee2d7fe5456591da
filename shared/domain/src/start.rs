//! When an event starts, with how much of it is known.

use std::fmt;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::timezone::Timezone;

/// The start of an event. Each variant carries just what is known, so that a placeholder can never pass for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// The instant is known.
    Exact {
        /// The instant.
        at: DateTime<Utc>,
        /// The time on the wall where it takes place, where the provider or the time zone tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        local: Option<NaiveDateTime>,
    },
    /// The day (where it takes place) is known, the time is not.
    DateOnly {
        /// The day.
        date: NaiveDate,
    },
    /// Not even the day is known.
    ToBeAnnounced,
}

/// How much of an event's start is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeCertainty {
    /// Date and time.
    Exact,
    /// The date alone.
    DateOnly,
    /// Neither.
    ToBeAnnounced,
}

impl TimeCertainty {
    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::DateOnly => "date_only",
            Self::ToBeAnnounced => "to_be_announced",
        }
    }
}

impl Start {
    /// An exact start, its local time told by `timezone` where that is known.
    pub fn exact(at: DateTime<Utc>, timezone: Option<Timezone>) -> Self {
        let local = timezone.and_then(|timezone| timezone.local(at));
        Self::Exact { at, local }
    }

    /// An exact start from a local time: `None` where the time zone's clock skips that time.
    ///
    /// A time that the clock shows twice (the end of daylight saving time) means the first of the two.
    pub fn from_local(local: NaiveDateTime, timezone: Timezone) -> Option<Self> {
        Some(Self::Exact {
            at: timezone.instant(local)?,
            local: Some(local),
        })
    }

    /// How much is known.
    pub const fn certainty(&self) -> TimeCertainty {
        match self {
            Self::Exact { .. } => TimeCertainty::Exact,
            Self::DateOnly { .. } => TimeCertainty::DateOnly,
            Self::ToBeAnnounced => TimeCertainty::ToBeAnnounced,
        }
    }

    /// The instant, where it is known.
    pub const fn instant(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Exact { at, .. } => Some(*at),
            Self::DateOnly { .. } | Self::ToBeAnnounced => None,
        }
    }

    /// The earliest instant at which the event can start: the instant itself, or the first of its day in `timezone`
    /// (UTC where that is unknown).
    pub fn earliest(&self, timezone: Option<Timezone>) -> Option<DateTime<Utc>> {
        match self {
            Self::Exact { at, .. } => Some(*at),
            Self::DateOnly { date } => day_begin(*date, timezone),
            Self::ToBeAnnounced => None,
        }
    }

    /// The latest instant at which the event can start: the instant itself, or the last second of its day in
    /// `timezone` (UTC where that is unknown). This orders events without a time at the end of their day.
    pub fn latest(&self, timezone: Option<Timezone>) -> Option<DateTime<Utc>> {
        match self {
            Self::Exact { at, .. } => Some(*at),
            Self::DateOnly { date } => {
                let next = day_begin(date.checked_add_days(Days::new(1))?, timezone)?;
                next.checked_sub_signed(TimeDelta::seconds(1))
            }
            Self::ToBeAnnounced => None,
        }
    }

    /// The local date and time, or the date alone, as ISO 8601 without an offset.
    pub fn local_text(&self) -> Option<String> {
        match self {
            Self::Exact { local, .. } => local.map(|local| local.format("%Y-%m-%dT%H:%M:%S").to_string()),
            Self::DateOnly { date } => Some(date.to_string()),
            Self::ToBeAnnounced => None,
        }
    }
}

/// The instant at which `date` begins. Where the clock skips midnight (Cairo, Beirut, Santiago: daylight saving time
/// begins there at 00:00), that is the instant of the skip.
fn day_begin(date: NaiveDate, timezone: Option<Timezone>) -> Option<DateTime<Utc>> {
    let midnight = date.and_time(NaiveTime::MIN);
    match timezone {
        Some(timezone) => timezone.instant_or_skip(midnight),
        None => Some(midnight.and_utc()),
    }
}

/// Displays an instant the way every API here writes it: RFC 3339, UTC, whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rfc3339(pub DateTime<Utc>);

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format("%Y-%m-%dT%H:%M:%SZ").fmt(f)
    }
}
