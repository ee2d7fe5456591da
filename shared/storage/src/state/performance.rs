//! How calls of providers went, by week.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use domain::Source;
use domain::performance::{Calls, Latencies, Performance};
use futures_util::future::try_join_all;

use super::counter;
use crate::error::StorageError;
use crate::store::Store;
use crate::update::{Update, number};

/// How long the calls of a week are kept: for the week after it, which shows both.
const LIFETIME: TimeDelta = TimeDelta::weeks(3);

/// What comes before the week in a sort key.
const PREFIX: &str = "calls#";

/// The names of the attributes; those of the buckets have the bucket's number after theirs.
const FAILED: &str = "failed";
const RATE_LIMITED: &str = "rate_limited";
const BUCKET: &str = "b";

/// The calls of each week that is kept.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weeks(BTreeMap<String, Calls>);

impl Weeks {
    /// The calls of this week and of the one before.
    pub fn recent(&self, now: DateTime<Utc>) -> Calls {
        let mut recent = Calls::new();
        for week in [now, now - TimeDelta::weeks(1)].map(week) {
            for (source, performance) in self.0.get(&week).into_iter().flatten() {
                *recent.entry(*source).or_default() += performance;
            }
        }
        recent
    }

    /// Takes in an item of the counters' partition, if it is of calls.
    pub(super) fn read(&mut self, sort_key: &str, item: &super::Item) {
        let named = sort_key
            .strip_prefix(PREFIX)
            .and_then(|name| name.split_once('#'));
        if let Some((week, source)) = named
            && let Ok(source) = source.parse()
        {
            let week = self.0.entry(week.to_owned()).or_default();
            week.insert(source, read(item));
        }
    }
}

impl Store {
    /// Adds calls of any number to those of the week: one write for each provider.
    pub async fn note_calls(&self, calls: &Calls, now: DateTime<Utc>) -> Result<(), StorageError> {
        let notes = calls
            .iter()
            .map(|(source, performance)| self.note_performance(*source, performance, now));
        try_join_all(notes).await?;
        Ok(())
    }

    async fn note_performance(
        &self,
        source: Source,
        performance: &Performance,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let update = Update::default()
            .set_once("expires_at", number((now + LIFETIME).timestamp()))
            .add(FAILED, number(performance.failed))
            .add(RATE_LIMITED, number(performance.rate_limited));
        // The names are short, for an expression with every bucket in it has to stay below 4 KB.
        let buckets = performance.latencies.buckets();
        let update = buckets.fold(update, |update, (bucket, calls)| {
            update.add(&format!("{BUCKET}{bucket}"), number(calls))
        });
        let key = super::key(counter::PARTITION, format!("{PREFIX}{}#{source}", week(now)));
        self.update_state(key, &update, "noting calls").await?;
        Ok(())
    }
}

/// The week of the calendar (ISO 8601): `2026-W47`.
fn week(at: DateTime<Utc>) -> String {
    at.format("%G-W%V").to_string()
}

fn read(item: &super::Item) -> Performance {
    let count = |value: &AttributeValue| value.as_n().ok()?.parse::<u64>().ok();
    let of = |name| item.get(name).and_then(count).unwrap_or_default();
    let buckets = item.iter().filter_map(|(name, value)| {
        let bucket = name.strip_prefix(BUCKET)?.parse::<u8>().ok()?;
        Some((bucket, count(value)?))
    });
    Performance {
        latencies: Latencies::of(buckets),
        failed: of(FAILED),
        rate_limited: of(RATE_LIMITED),
    }
}
