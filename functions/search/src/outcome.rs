//! What came of asking one source, and what the whole request says when every source failed.

use std::sync::Arc;
use std::time::Duration;

use domain::{ExternalEvent, Source, StoredOutline};
use edge::error::ApiError;
use edge::view::{SourceReport, SourceState};
use providers::ProviderError;

/// An event that a search found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// As its source describes it, now or when the store last heard of it.
    pub(crate) event: Arc<ExternalEvent>,
    /// What else the store knows of it, where it comes from there.
    pub(crate) stored: Option<StoredOutline>,
}

/// A source's answer, or why there is none.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Whom it is from.
    pub(crate) source: Source,
    /// The events, in the order in which the source ranks them.
    pub(crate) events: Vec<Found>,
    /// How many events the source says it has.
    pub(crate) total: Option<u64>,
    /// How the answer came about.
    pub(crate) state: SourceState,
    /// How old it is.
    pub(crate) age: Duration,
    /// How long the asking took.
    pub(crate) latency: Duration,
    /// When a failing source said to come back.
    pub(crate) retry_after: Option<Duration>,
}

impl Outcome {
    /// The outcome of a source that gave nothing.
    pub(crate) fn failed(source: Source, error: &ProviderError, latency: Duration) -> Self {
        let state = match error {
            ProviderError::NotConfigured => SourceState::NotConfigured,
            ProviderError::Unauthorized => SourceState::Unauthorized,
            ProviderError::RateLimited { .. } => SourceState::RateLimited,
            ProviderError::Unavailable { .. }
            | ProviderError::Refused { .. }
            | ProviderError::NotSearchable => SourceState::Unavailable,
        };
        Self {
            source,
            events: Vec::new(),
            total: None,
            state,
            age: Duration::ZERO,
            latency,
            retry_after: error.retry_after(),
        }
    }

    /// The source's part of the answer; `count` of its events are in it.
    pub(crate) fn report(&self, count: usize) -> SourceReport {
        SourceReport {
            status: self.state,
            count,
            total: self.total,
            age_seconds: self.state.is_answer().then_some(self.age.as_secs()),
            latency_ms: u64::try_from(self.latency.as_millis()).unwrap_or(u64::MAX),
            retry_after: self.retry_after.map(whole_seconds),
        }
    }
}

/// An error if no source answered: 429 if every source that could be asked limits our rate, else 503.
///
/// An answer with no events is an answer; an empty list in place of a failure would be a lie.
pub(crate) fn all_failed(outcomes: &[Outcome]) -> Option<ApiError> {
    if outcomes.iter().any(|outcome| outcome.state.is_answer()) {
        return None;
    }
    let mut asked = outcomes
        .iter()
        .filter(|outcome| outcome.state != SourceState::NotConfigured)
        .peekable();
    let retry_after = outcomes.iter().filter_map(|outcome| outcome.retry_after).min();
    let limited = asked.peek().is_some() && asked.all(|outcome| outcome.state == SourceState::RateLimited);
    Some(if limited {
        ApiError::RateLimited { retry_after }
    } else {
        ApiError::Unavailable { retry_after }
    })
}

/// Rounded up: a caller that comes back a fraction too early is turned away again.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}
