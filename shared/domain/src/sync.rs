//! What a sync reads, piece by piece, and what came of it.

pub mod area;
pub mod coverage;
pub mod plan;
pub mod report;

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Days, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

pub use area::{Area, CityName};
pub use coverage::{Coverage, SliceName};
pub use plan::{ChosenSlices, RunId, SyncRequest, plan};
pub use report::{Effort, Report, SkipReasons};

use crate::source::Source;

/// A span of time, not empty, in whole seconds: providers take no finer times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// The first instant.
    pub from: DateTime<Utc>,
    /// The last instant.
    pub to: DateTime<Utc>,
}

impl Window {
    /// From `now` to the end of the day (UTC) `days` ahead: two runs on one day end alike, so that the second meets no
    /// event that the first did not.
    pub fn next_days(now: DateTime<Utc>, days: u32) -> Self {
        let from = chrono::DurationRound::duration_trunc(now, chrono::Duration::seconds(1)).unwrap_or(now);
        let midnight = (now.date_naive() + Days::new(1 + u64::from(days))).and_time(NaiveTime::MIN);
        Self {
            from,
            to: midnight.and_utc() - chrono::Duration::seconds(1),
        }
    }

    /// The two halves, which share no instant; `None` if the window is too short to be halved.
    pub fn halves(self) -> Option<(Self, Self)> {
        let seconds = (self.to - self.from).num_seconds();
        (seconds >= 2).then(|| {
            let middle = self.from + chrono::Duration::seconds(seconds / 2);
            (
                Self {
                    from: self.from,
                    to: middle,
                },
                Self {
                    from: middle + chrono::Duration::seconds(1),
                    to: self.to,
                },
            )
        })
    }
}

/// What a provider calls the part of its catalogue that a slice reads: `music`, `concert`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SliceCategory(String);

/// A text that is no such name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 64 letters, digits, spaces or any of _ - & :")]
pub struct InvalidSliceCategory;

impl SliceCategory {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SliceCategory {
    type Err = InvalidSliceCategory;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b" _-&:".contains(&b);
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(InvalidSliceCategory)
        }
    }
}

impl TryFrom<String> for SliceCategory {
    type Error = InvalidSliceCategory;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<SliceCategory> for String {
    fn from(category: SliceCategory) -> Self {
        category.0
    }
}

impl fmt::Display for SliceCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A part of one provider's catalogue, small enough for one chain of jobs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Slice {
    /// The provider.
    pub source: Source,
    /// The part of its catalogue.
    pub category: SliceCategory,
    /// When its events start.
    pub window: Window,
    /// Where they take place; everywhere, if it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<Area>,
}

/// `ticketmaster/music`, `ticketmaster/music@CH`: a slice without its window, the same from run to run.
impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.source, self.category)?;
        match &self.area {
            Some(area) => write!(f, "@{area}"),
            None => Ok(()),
        }
    }
}

/// What became of the events that a sync read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// New in the store.
    pub created: u64,
    /// Different from what was stored.
    pub updated: u64,
    /// As stored: nothing was written.
    pub unchanged: u64,
    /// Not readable, left out and logged.
    pub skipped: u64,
    /// Readable, but not written.
    pub failed: u64,
    /// Vanished at the source.
    pub removed: u64,
}

impl Counts {
    /// How many events were read, readable or not.
    pub const fn read(self) -> u64 {
        self.created + self.updated + self.unchanged + self.skipped + self.failed
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.created += more.created;
        self.updated += more.updated;
        self.unchanged += more.unchanged;
        self.skipped += more.skipped;
        self.failed += more.failed;
        self.removed += more.removed;
    }
}

/// The state of a run, or of one of its slices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// Waiting for its first page.
    Queued,
    /// Under way.
    Running,
    /// Read to its end.
    Succeeded,
    /// Some slices read to their end, others not.
    Partial,
    /// Given up.
    Failed,
    /// Stopped before it would remove suspiciously much.
    Held,
}

/// Whether a run would remove so many of the events it knows that the provider's answer is more likely to be wrong:
/// more than 20, and more than a fifth.
pub const fn is_suspicious(vanished: usize, known: usize) -> bool {
    vanished > 20 && vanished * 5 > known
}

/// The parts of each provider's catalogue that are read when nothing else is configured.
pub fn default_categories(source: Source) -> &'static [&'static str] {
    match source {
        Source::Ticketmaster => &["music", "sports", "arts", "family"],
        Source::SeatGeek => &["concert", "sports", "theater", "comedy"],
        // These two have no public catalogue: they are read by configured groups and organizers.
        Source::Eventbrite | Source::Meetup => &[],
    }
}
