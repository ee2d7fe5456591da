//! What the latest runs read to the end, and what that says of events that did not change.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Slice, Window};
use crate::event::StoredOutline;
use crate::status::EventStatus;

/// The name of a slice, the same from run to run: `ticketmaster/music`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SliceName(String);

impl From<&Slice> for SliceName {
    fn from(slice: &Slice) -> Self {
        Self(slice.to_string())
    }
}

impl fmt::Display for SliceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The window in which each slice was last read to its end.
///
/// Every event of a slice that ought to have come did come, or was looked up and written; so whatever a run did not write
/// was at its source as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage(BTreeMap<SliceName, Window>);

impl Coverage {
    /// When `stored` was last seen at its source: by the last whole run of its slice, which began with its window, or when
    /// it was written, whichever is later.
    pub fn last_seen(&self, stored: &StoredOutline) -> DateTime<Utc> {
        let window = stored.slice.as_ref().and_then(|slice| self.0.get(slice));
        window
            .filter(|window| window.expects(stored))
            .map_or(stored.synced_at, |window| window.from.max(stored.synced_at))
    }
}

impl FromIterator<(SliceName, Window)> for Coverage {
    fn from_iter<I: IntoIterator<Item = (SliceName, Window)>>(slices: I) -> Self {
        Self(slices.into_iter().collect())
    }
}

impl Window {
    /// Whether an event of a slice ought to come when this window is read: it is ahead, and not over or gone already.
    pub fn expects(self, stored: &StoredOutline) -> bool {
        let is_ahead = stored
            .latest_start
            .is_none_or(|start| (self.from..=self.to).contains(&start));
        is_ahead && !matches!(stored.status, EventStatus::Removed | EventStatus::Ended)
    }
}
