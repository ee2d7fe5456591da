//! What a run of the sync reads: asked for by a schedule or by an admin, planned in the same way.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Area, Slice, SliceCategory, Window, default_categories};
use crate::source::Source;
use crate::validation::FieldErrors;

/// How far ahead a sync reads, in days.
const DAYS_AHEAD: u32 = 90;

/// The name of a run: 1 to 64 letters, digits or hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

/// A text that names no run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 64 letters, digits or hyphens")]
pub struct InvalidRunId;

impl RunId {
    /// The run that the request `request_id` starts at `at`: `20261122-1f0c9a3b4d5e`.
    ///
    /// Whoever repeats a request that failed half way repeats its id, but not the second: a name of the day and the
    /// request is the same each time, and sorts by day.
    pub fn of_request(at: DateTime<Utc>, request_id: &str) -> Self {
        let request: String = request_id
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(12)
            .collect();
        Self(format!("{}-{request}", at.format("%Y%m%d")))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RunId {
    type Err = InvalidRunId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidRunId)
        }
    }
}

impl TryFrom<String> for RunId {
    type Error = InvalidRunId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is asked to be synced; what is left out means all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SyncRequest {
    /// Only this source.
    pub source: Option<Source>,
    /// Only this part of a catalogue, in the source's own terms.
    pub category: Option<SliceCategory>,
    /// Whether what vanished is removed however much that is: what an admin says to a run that was held.
    pub force: bool,
}

impl SyncRequest {
    /// The slices of a run that starts at `at`; every field that leaves nothing to be read is named.
    pub fn plan(&self, chosen: &ChosenSlices, at: DateTime<Utc>) -> Result<Vec<Slice>, FieldErrors> {
        let sources: Vec<Source> = self
            .source
            .map_or_else(|| Source::ALL.to_vec(), |source| vec![source]);
        let slices = plan(&sources, chosen, at);
        if slices.is_empty() {
            return Err(FieldErrors::of("source", "has no catalogue to be synced"));
        }
        let Some(category) = &self.category else {
            return Ok(slices);
        };
        let (asked, others): (Vec<_>, Vec<_>) =
            slices.into_iter().partition(|slice| slice.category == *category);
        if asked.is_empty() {
            let mut names: Vec<_> = others.iter().map(|slice| slice.category.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            let rule = format!("must be one of {}", names.join(", "));
            return Err(FieldErrors::of("category", rule));
        }
        Ok(asked)
    }
}

/// What is read besides, or instead of, everything that is public: the owners and groups of providers that have no public
/// catalogue, as those providers' slices name them, and the areas that public catalogues are read in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChosenSlices {
    owned: Vec<(Source, SliceCategory)>,
    areas: Vec<Area>,
}

impl ChosenSlices {
    /// These parts of these sources' catalogues, and public ones everywhere.
    pub const fn new(owned: Vec<(Source, SliceCategory)>) -> Self {
        Self {
            owned,
            areas: Vec::new(),
        }
    }

    /// The same with public catalogues read in these areas only, each of which makes slices of its own; none means
    /// everywhere.
    #[must_use]
    pub fn within(self, areas: Vec<Area>) -> Self {
        Self { areas, ..self }
    }
}

/// Every part of the catalogues of `sources` and what is chosen of them, over the days ahead of `at`; those of one source
/// together.
pub fn plan(sources: &[Source], chosen: &ChosenSlices, at: DateTime<Utc>) -> Vec<Slice> {
    let window = Window::next_days(at, DAYS_AHEAD);
    let everywhere = [None];
    let areas: Vec<Option<&Area>> = chosen.areas.iter().map(Some).collect();
    let areas = if areas.is_empty() { &everywhere[..] } else { &areas };
    sources
        .iter()
        .flat_map(|&source| {
            let public = default_categories(source)
                .iter()
                .filter_map(|name| name.parse::<SliceCategory>().ok())
                .flat_map(|category| areas.iter().map(move |area| (category.clone(), area.cloned())));
            let owned = chosen.owned.iter().filter(move |(owner, _)| *owner == source);
            public
                .chain(owned.map(|(_, category)| (category.clone(), None)))
                .map(move |(category, area)| Slice {
                    source,
                    category,
                    window,
                    area,
                })
        })
        .collect()
}
