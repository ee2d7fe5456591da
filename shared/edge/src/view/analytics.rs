//! What is stored, what is imported, and what comes of trying.

use std::collections::BTreeMap;

use domain::Source;
use serde::Serialize;
use utoipa::ToSchema;

use super::{ExternalEventResponse, SyncStat, source};

/// What is stored, and what of it is used.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnalyticsResponse<'a> {
    /// By source.
    pub source_stats: Vec<SourceStat>,
    /// The ten largest categories.
    pub category_stats: Vec<CategoryStat>,
    /// Of everything.
    pub import_stats: ImportStats,
    /// The ten latest.
    pub recent_imports: Vec<ExternalEventResponse<'a>>,
    /// What came of the attempts to import.
    pub import_success: ImportSuccess,
    /// How the calls of each source went, this week and the one before.
    pub source_performance: Vec<SourcePerformance>,
    /// The ten categories with most imports.
    pub category_popularity: Vec<CategoryPopularity>,
    /// The ten cities with most imports.
    pub geographic_distribution: Vec<CityPopularity<'a>>,
    /// The latest sync of each source.
    pub sync: Vec<SyncStat>,
}

/// The events of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct SourceStat {
    /// The source.
    #[schema(schema_with = source)]
    pub source: Source,
    /// How many are stored.
    pub count: u64,
    /// How many of them are imported.
    pub imported_count: u64,
}

/// The events of a category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct CategoryStat {
    /// The category.
    pub category: &'static str,
    /// How many are stored.
    pub count: u64,
}

/// All events.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct ImportStats {
    /// How many are stored.
    pub total_external_events: u64,
    /// How many of them are imported.
    pub total_imported: u64,
    /// The imported ones in percent.
    pub import_rate: f64,
}

/// The attempts to import.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ImportSuccess {
    /// How many there were.
    pub attempted: u64,
    /// How many made a local event.
    pub succeeded: u64,
    /// Those in percent.
    pub rate: f64,
    /// The others, by reason.
    pub failures: BTreeMap<&'static str, u64>,
}

/// The calls of a source, of this week and the one before.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct SourcePerformance {
    /// The source.
    #[schema(schema_with = source)]
    pub source: Source,
    /// How many calls were made.
    pub calls: u64,
    /// Those that were answered, in percent.
    pub success_rate: f64,
    /// How long half of the calls took at most, in milliseconds, to 6 %; `null` if there were none.
    pub p50_ms: Option<u64>,
    /// How long 95 of 100 took at most.
    pub p95_ms: Option<u64>,
    /// How many were refused because the source limits our rate.
    pub rate_limited: u64,
    /// How many calls of the current window are used; `null` where nothing is known of a quota.
    pub quota_used: Option<u32>,
    /// How many calls the window has.
    pub quota_limit: Option<u32>,
}

/// The imports of a category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct CategoryPopularity {
    /// The category.
    pub category: &'static str,
    /// How many of its events are imported.
    pub imported_count: u64,
}

/// The imports of a city.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct CityPopularity<'a> {
    /// The city, as the source of its first import spells it.
    pub city: &'a str,
    /// ISO 3166 alpha-2; empty if it is not known.
    pub country: &'a str,
    /// How many events there are imported.
    pub imported_count: u64,
}
