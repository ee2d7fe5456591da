//! How providers perform: how many calls were answered, and how fast.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::time::Duration;

use crate::source::Source;

/// How finely latencies are told apart: into so many parts of each doubling, 12.5 % of a latency at most.
const PARTS: u64 = 8;

/// The last bucket: what takes longer than two minutes takes longer than any call may.
const LAST: u8 = 136;

/// How long calls took, in buckets that grow with the latency. Histograms of any calls add up to that of all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Latencies(BTreeMap<u8, u64>);

impl Latencies {
    /// A histogram of so many calls in each bucket.
    pub fn of(buckets: impl IntoIterator<Item = (u8, u64)>) -> Self {
        let mut latencies = Self::default();
        for (bucket, calls) in buckets {
            *latencies.0.entry(bucket.min(LAST)).or_default() += calls;
        }
        latencies
    }

    /// The buckets that are not empty, in order, each with its number of calls.
    pub fn buckets(&self) -> impl Iterator<Item = (u8, u64)> {
        self.0.iter().map(|(bucket, calls)| (*bucket, *calls))
    }

    /// Notes one call.
    pub fn record(&mut self, latency: Duration) {
        let ms = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX).max(1);
        let doublings = u64::from(ms.ilog2());
        let part = ((u128::from(ms) * u128::from(PARTS)) >> doublings) - u128::from(PARTS);
        let bucket = u128::from(doublings * PARTS) + part;
        let bucket = u8::try_from(bucket).unwrap_or(LAST).min(LAST);
        *self.0.entry(bucket).or_default() += 1;
    }

    /// How many calls there were.
    pub fn calls(&self) -> u64 {
        self.0.values().sum()
    }

    /// The latency that `percent` of the calls did not exceed, to the middle of its bucket; `None` of no calls.
    pub fn quantile(&self, percent: u64) -> Option<Duration> {
        let rank = (self.calls() * percent).div_ceil(100).max(1);
        let mut seen = 0;
        let (bucket, _) = self.buckets().find(|(_, calls)| {
            seen += calls;
            seen >= rank
        })?;
        let (doublings, part) = (u64::from(bucket) / PARTS, u64::from(bucket) % PARTS);
        let edge = |part: u64| (part << doublings) / PARTS;
        Some(Duration::from_millis(
            edge(2 * (PARTS + part) + 1).div_ceil(2).max(1),
        ))
    }
}

impl AddAssign<&Self> for Latencies {
    fn add_assign(&mut self, more: &Self) {
        for (bucket, calls) in more.buckets() {
            *self.0.entry(bucket).or_default() += calls;
        }
    }
}

/// How calls of a provider went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Performance {
    /// How long each took, answered or not.
    pub latencies: Latencies,
    /// How many were not answered, for whatever reason.
    pub failed: u64,
    /// How many of those because the provider limits our rate.
    pub rate_limited: u64,
}

impl AddAssign<&Self> for Performance {
    fn add_assign(&mut self, more: &Self) {
        self.latencies += &more.latencies;
        self.failed += more.failed;
        self.rate_limited += more.rate_limited;
    }
}

/// The calls of each provider that was called.
pub type Calls = BTreeMap<Source, Performance>;
