//! What a sync came to, and what it took.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::Counts;

/// The most reasons that are told apart.
const MAX_REASONS: usize = 16;

/// What a part of a sync took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Effort {
    /// Requests to the provider, repetitions included.
    pub calls: u64,
    /// Bytes of their answers, decompressed.
    pub bytes: u64,
    /// How long the worker was at it.
    pub milliseconds: u64,
    /// Read units of the store, by its own count.
    pub read_units: f64,
    /// Write units likewise.
    pub write_units: f64,
}

impl AddAssign for Effort {
    fn add_assign(&mut self, more: Self) {
        self.calls += more.calls;
        self.bytes += more.bytes;
        self.milliseconds += more.milliseconds;
        self.read_units += more.read_units;
        self.write_units += more.write_units;
    }
}

/// Why events were left out, each reason with how many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SkipReasons(BTreeMap<String, u64>);

impl SkipReasons {
    /// Adds `events` left out for a reason; beyond the reasons that there is room for, it is just another one.
    pub fn add(&mut self, reason: &str, events: u64) {
        let is_known = self.0.contains_key(reason) || self.0.len() < MAX_REASONS;
        let reason = if is_known { reason } else { "another reason" };
        *self.0.entry(reason.to_owned()).or_default() += events;
    }

    /// The reasons, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(reason, events)| (reason.as_str(), *events))
    }
}

/// What a sync, or a part of one, came to and what it took.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// What became of the events.
    pub counts: Counts,
    /// Why some were skipped.
    pub skipped: SkipReasons,
    /// What it took.
    pub effort: Effort,
}

impl AddAssign<&Self> for Report {
    fn add_assign(&mut self, more: &Self) {
        self.counts += more.counts;
        self.effort += more.effort;
        for (reason, events) in more.skipped.iter() {
            self.skipped.add(reason, events);
        }
    }
}

impl From<Counts> for Report {
    fn from(counts: Counts) -> Self {
        Self {
            counts,
            ..Self::default()
        }
    }
}
