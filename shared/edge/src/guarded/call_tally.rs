//! How the calls of this process went, until it is written down.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::Source;
use domain::health::Purpose;
use domain::performance::Calls;
use providers::ProviderError;
use tokio::time::Instant;

/// How long calls that somebody waits for are gathered before they are written: what a busy process loses at its end.
const PAUSE: Duration = Duration::from_secs(10);

/// Calls that are not written yet.
#[derive(Debug, Default)]
pub(super) struct CallTally(Mutex<Gathered>);

#[derive(Debug, Default)]
struct Gathered {
    calls: Calls,
    is_urgent: bool,
    requests: u64,
    bytes: u64,
    written_at: Option<Instant>,
}

impl CallTally {
    /// Notes a call that was made.
    pub(super) fn note(
        &self,
        source: Source,
        purpose: Purpose,
        error: Option<&ProviderError>,
        latency: Duration,
    ) {
        self.change(|gathered| {
            let performance = gathered.calls.entry(source).or_default();
            performance.latencies.record(latency);
            performance.failed += u64::from(error.is_some());
            let is_limited = matches!(error, Some(ProviderError::RateLimited { .. }));
            performance.rate_limited += u64::from(is_limited);
            gathered.is_urgent |= purpose == Purpose::Sync;
        });
    }

    /// Notes what calls took.
    pub(super) fn note_traffic(&self, requests: u32, bytes: u64) {
        self.change(|gathered| {
            gathered.requests += u64::from(requests);
            gathered.bytes += bytes;
        });
    }

    /// How many requests and bytes were noted since the last call.
    pub(super) fn take_traffic(&self) -> (u64, u64) {
        self.change(|gathered| {
            (
                std::mem::take(&mut gathered.requests),
                std::mem::take(&mut gathered.bytes),
            )
        })
    }

    /// The calls to be written now, if it is time for that.
    pub(super) fn take_due(&self) -> Option<Calls> {
        self.change(|gathered| {
            let is_due = gathered.is_urgent || gathered.written_at.is_none_or(|at| at.elapsed() >= PAUSE);
            (is_due && !gathered.calls.is_empty()).then(|| {
                gathered.is_urgent = false;
                gathered.written_at = Some(Instant::now());
                std::mem::take(&mut gathered.calls)
            })
        })
    }

    /// Takes back calls that could not be written.
    pub(super) fn give_back(&self, calls: &Calls) {
        self.change(|gathered| {
            for (source, performance) in calls {
                *gathered.calls.entry(*source).or_default() += performance;
            }
        });
    }

    fn change<T>(&self, change: impl FnOnce(&mut Gathered) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
