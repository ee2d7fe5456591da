//! `GET /external-events/analytics/`: a fixed number of reads, however many events there are.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use domain::Source;
use domain::performance::Calls;
use domain::sync::{Counts, Coverage};
use domain::tally::{Counter, Place, Step};
use edge::view::{
    AnalyticsResponse, CategoryPopularity, CategoryStat, CityPopularity, ExternalEventResponse, ImportStats,
    ImportSuccess, SourcePerformance, SourceStat, SyncStat, Timestamp,
};
use edge::{Answer, ApiError, Call, Route};
use storage::{ImportFailures, LatestSync, Sources};

use crate::context::Context;

/// How many categories or cities are shown.
const TOP: u32 = 10;

/// How many imports are shown.
const RECENT_IMPORTS: u32 = 10;

/// Answers with what the counters say and the latest imports.
pub async fn handle(context: &Context, call: Call) -> Result<Answer, ApiError> {
    let Route::Analytics = call.route else {
        return Err(ApiError::NotFound("Not found"));
    };
    let store = &context.store;
    let (figures, places, Sources { healths, syncs }) = tokio::try_join!(
        store.figures(),
        // One more: imports of which no city is known can be among them.
        store.top_places(TOP + 1),
        store.sources(),
    )?;
    let counters = &figures.counters;
    let recent = store
        .recent_imports(&months_with_imports(counters), RECENT_IMPORTS)
        .await?;
    let covered = syncs.iter().filter_map(LatestSync::covered);
    let coverage: Coverage = covered.collect();
    let source_stats = source_stats(counters);
    Answer::ok(&AnalyticsResponse {
        import_stats: import_stats(&source_stats),
        source_stats,
        category_stats: category_stats(counters),
        recent_imports: recent
            .iter()
            .map(|stored| ExternalEventResponse::stored(stored, &coverage))
            .collect(),
        import_success: import_success(figures.imports, &figures.failures),
        source_performance: source_performance(&figures.calls.recent(call.now), |source| {
            healths
                .get(&source)?
                .health
                .usage(context.budgets.of(source), call.now)
        }),
        category_popularity: category_popularity(counters),
        geographic_distribution: geographic_distribution(&places),
        sync: sync_stats(&syncs),
    })
}

/// Every source, those with most events first.
fn source_stats(counters: &BTreeMap<Counter, Step>) -> Vec<SourceStat> {
    let mut stats: Vec<_> = Source::ALL
        .into_iter()
        .map(|source| {
            let totals = counters
                .get(&Counter::Source(source))
                .copied()
                .unwrap_or_default();
            SourceStat {
                source,
                count: number(totals.events),
                imported_count: number(totals.imported),
            }
        })
        .collect();
    stats.sort_by_key(|stats| (Reverse(stats.count), stats.source));
    stats
}

fn category_stats(counters: &BTreeMap<Counter, Step>) -> Vec<CategoryStat> {
    let mut stats: Vec<_> = counters
        .iter()
        .filter_map(|(counter, totals)| match counter {
            Counter::Category(category) if totals.events > 0 => Some(CategoryStat {
                category: category.name(),
                count: number(totals.events),
            }),
            _ => None,
        })
        .collect();
    stats.sort_by(|one, other| {
        other
            .count
            .cmp(&one.count)
            .then_with(|| one.category.cmp(other.category))
    });
    stats.truncate(TOP as usize);
    stats
}

fn import_stats(sources: &[SourceStat]) -> ImportStats {
    let total_external_events = sources.iter().map(|stats| stats.count).sum();
    let total_imported = sources.iter().map(|stats| stats.imported_count).sum();
    ImportStats {
        total_external_events,
        total_imported,
        import_rate: percent(total_imported, total_external_events),
    }
}

/// `part` of `whole` in percent, to two decimals; 0 of nothing.
#[expect(
    clippy::cast_precision_loss,
    reason = "two decimals are right far beyond any number of events"
)]
fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        (part as f64 * 10_000.0 / whole as f64).round() / 100.0
    }
}

fn import_success(succeeded: u64, failed: &ImportFailures) -> ImportSuccess {
    let attempted = succeeded + failed.values().sum::<u64>();
    ImportSuccess {
        attempted,
        succeeded,
        rate: percent(succeeded, attempted),
        failures: failed
            .iter()
            .map(|(failure, &count)| (failure.as_str(), count))
            .collect(),
    }
}

/// The sources that were called, and those of whose quota something is known.
fn source_performance(calls: &Calls, usage: impl Fn(Source) -> Option<(u32, u32)>) -> Vec<SourcePerformance> {
    let stat = |source| {
        let usage = usage(source);
        let performance = calls.get(&source).cloned();
        if usage.is_none() && performance.is_none() {
            return None;
        }
        let performance = performance.unwrap_or_default();
        let calls = performance.latencies.calls();
        let quantile = |percent| {
            let latency = performance.latencies.quantile(percent)?;
            u64::try_from(latency.as_millis()).ok()
        };
        Some(SourcePerformance {
            source,
            calls,
            success_rate: percent(calls.saturating_sub(performance.failed), calls),
            p50_ms: quantile(50),
            p95_ms: quantile(95),
            rate_limited: performance.rate_limited,
            quota_used: usage.map(|(used, _)| used),
            quota_limit: usage.map(|(_, limit)| limit),
        })
    };
    Source::ALL.into_iter().filter_map(stat).collect()
}

/// The categories with most imports; equal ones by name.
fn category_popularity(counters: &BTreeMap<Counter, Step>) -> Vec<CategoryPopularity> {
    let mut stats: Vec<_> = counters
        .iter()
        .filter_map(|(counter, totals)| match counter {
            Counter::Category(category) if totals.imported > 0 => Some(CategoryPopularity {
                category: category.name(),
                imported_count: number(totals.imported),
            }),
            _ => None,
        })
        .collect();
    stats.sort_by_key(|stat| (Reverse(stat.imported_count), stat.category));
    stats.truncate(TOP as usize);
    stats
}

/// The cities with most imports; equal ones by name. Imports of which no city is known are not shown.
fn geographic_distribution(places: &[(Place, u64)]) -> Vec<CityPopularity<'_>> {
    let mut stats: Vec<_> = places
        .iter()
        .filter(|(place, _)| !place.city.is_empty())
        .map(|(place, imported_count)| CityPopularity {
            city: &place.city,
            country: &place.country,
            imported_count: *imported_count,
        })
        .collect();
    stats.sort_by_key(|stat| (Reverse(stat.imported_count), stat.city, stat.country));
    stats.truncate(TOP as usize);
    stats
}

/// The latest sync of each source that ever had one: its slices together.
fn sync_stats(syncs: &[LatestSync]) -> Vec<SyncStat> {
    let of = |source| {
        let syncs = syncs
            .iter()
            .filter(move |sync: &&LatestSync| sync.source == source);
        let mut counts = Counts::default();
        syncs.clone().for_each(|sync| counts += sync.counts);
        Some(SyncStat {
            source,
            last_run: syncs.clone().map(|sync| sync.last_run).max().map(Timestamp)?,
            last_success: syncs.filter_map(|sync| sync.last_success).max().map(Timestamp),
            counts: counts.into(),
        })
    };
    Source::ALL.into_iter().filter_map(of).collect()
}

/// The months in which imports were made, newest first: the partitions of the index of imports that are not empty.
fn months_with_imports(counters: &BTreeMap<Counter, Step>) -> Vec<String> {
    let mut months: Vec<_> = counters
        .iter()
        .filter_map(|(counter, totals)| match counter {
            Counter::ImportMonth(month) if totals.imported > 0 => Some(month.clone()),
            _ => None,
        })
        .collect();
    months.sort_unstable_by(|one, other| other.cmp(one));
    months
}

/// A total as a count: counters move by both signs, but a total below zero would count nothing.
fn number(total: i64) -> u64 {
    total.try_into().unwrap_or_default()
}
