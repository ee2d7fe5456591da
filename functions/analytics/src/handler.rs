//! `GET /external-events/analytics/`: a fixed number of reads, however many events there are.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use domain::Source;
use domain::sync::Counts;
use domain::tally::{Counter, Step};
use edge::view::{
    AnalyticsResponse, CategoryStat, ExternalEventResponse, ImportStats, SourceStat, SyncStat, Timestamp,
};
use edge::{Answer, ApiError, Call, Route};
use storage::LatestSync;

use crate::context::Context;

/// How many categories are shown.
const TOP_CATEGORIES: usize = 10;

/// How many imports are shown.
const RECENT_IMPORTS: u32 = 10;

/// Answers with what the counters say and the latest imports.
pub async fn handle(context: &Context, call: Call) -> Result<Answer, ApiError> {
    let Route::Analytics = call.route else {
        return Err(ApiError::NotFound("Not found"));
    };
    let counters = context.store.counters().await?;
    let recent = context
        .store
        .recent_imports(&months_with_imports(&counters), RECENT_IMPORTS)
        .await?;
    let source_stats = source_stats(&counters);
    let syncs = context.store.latest_syncs().await?;
    Answer::ok(&AnalyticsResponse {
        sync: sync_stats(&syncs),
        import_stats: import_stats(&source_stats),
        source_stats,
        category_stats: category_stats(&counters),
        recent_imports: recent.iter().map(ExternalEventResponse::from).collect(),
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
    stats.truncate(TOP_CATEGORIES);
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
