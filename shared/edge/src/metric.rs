//! Metrics, as lines of the log that CloudWatch counts (its embedded metric format).
//!
//! Each is counted over the whole stack, which alarms watch, and by `provider` and `kind` where a line has them, which
//! the dashboard shows. The line has the fields of its spans like any other, so that a peak leads to its requests.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::Source;
use domain::sync::Counts;
use serde_json::{Map, Value, json};

use crate::view::SourceState;

/// The target of metrics' lines.
pub(crate) const TARGET: &str = "metric";

const NAMESPACE: &str = "ExternalEvents";

/// All metrics, with their units in CloudWatch's terms.
const METRICS: [(&str, &str); 11] = [
    ("CacheAnswers", "Count"),
    ("EventsCreated", "Count"),
    ("EventsSkipped", "Count"),
    ("EventsUpdated", "Count"),
    ("ProviderCalls", "Count"),
    ("ProviderClosed", "None"),
    ("ProviderErrors", "Count"),
    ("ProviderLatency", "Milliseconds"),
    ("QueueAge", "Milliseconds"),
    ("QuotaUsed", "Percent"),
    ("SyncsHeld", "Count"),
];

/// Fields that metrics are told apart by.
const DIMENSIONS: [&str; 2] = ["provider", "kind"];

/// Counts how the cache served a search of `source`, which came about as `state` says: it spared a call (`fresh`), stood
/// in for an answer that did not come (`stale`), or had nothing to offer (`miss`).
pub fn cache_answer(source: Source, state: SourceState) {
    let kind = match state {
        SourceState::Cached => "fresh",
        SourceState::Stale => "stale",
        SourceState::Ok | SourceState::RateLimited | SourceState::Unavailable | SourceState::Unauthorized => {
            "miss"
        }
        SourceState::Stored | SourceState::NotConfigured => return,
    };
    tracing::info!(target: TARGET, provider = %source, kind, CacheAnswers = 1);
}

/// What a call of a provider came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderCall {
    /// How long it took.
    pub latency: Duration,
    /// Whether it failed.
    pub failed: bool,
    /// Whether the provider is left alone from now on.
    pub closed: bool,
    /// How many calls of how many that the provider allows are used, where that is known.
    pub quota: Option<(u32, u32)>,
}

/// Counts a call of `source`.
pub fn provider_call(source: Source, call: ProviderCall) {
    let percent = |(used, limit)| f64::from(used) * 100.0 / f64::from(limit);
    tracing::info!(
        target: TARGET,
        provider = %source,
        ProviderCalls = 1,
        ProviderErrors = u8::from(call.failed),
        ProviderLatency = milliseconds(call.latency),
        ProviderClosed = u8::from(call.closed),
        QuotaUsed = call.quota.filter(|(_, limit)| *limit > 0).map(percent),
    );
}

/// Says that `source` was not called, because it is left alone.
pub fn provider_left_alone(source: Source) {
    tracing::info!(target: TARGET, provider = %source, ProviderClosed = 1);
}

/// Counts the events of `source` that a sync wrote, and those that it could not read.
pub fn events_written(source: Source, counts: Counts) {
    tracing::info!(
        target: TARGET,
        provider = %source,
        EventsCreated = counts.created,
        EventsUpdated = counts.updated,
        EventsSkipped = counts.skipped,
    );
}

/// Counts a sync of `source` that was held, because it would have removed suspiciously much.
pub fn sync_held(source: Source) {
    tracing::info!(target: TARGET, provider = %source, SyncsHeld = 1);
}

/// Says how long ago a message was sent that is handled now.
pub fn queue_age(age: Duration) {
    tracing::info!(target: TARGET, QueueAge = milliseconds(age));
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Tells CloudWatch which members of `line` are metrics, and by what they are told apart
/// (Amazon CloudWatch user guide, "Specification: Embedded metric format").
pub(crate) fn embed(line: &mut Map<String, Value>, stack: &str, at: DateTime<Utc>) {
    line.insert("stack".to_owned(), stack.into());
    let metrics: Vec<_> = METRICS
        .iter()
        .filter(|(name, _)| line.contains_key(*name))
        .map(|(name, unit)| json!({"Name": name, "Unit": unit}))
        .collect();
    let mut dimensions = vec!["stack"];
    dimensions.extend(DIMENSIONS.iter().filter(|name| line.contains_key(**name)));
    let mut sets = vec![vec!["stack"], dimensions];
    sets.dedup();
    line.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": at.timestamp_millis(),
            "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": sets, "Metrics": metrics}],
        }),
    );
}
