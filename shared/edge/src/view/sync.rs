//! Runs of the sync.

use std::collections::BTreeMap;

use domain::Source;
use domain::sync::{Counts, Report, RunStatus};
use serde::Serialize;
use storage::{Run, SliceRun};
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use super::{Timestamp, one_of, source};

/// A run that was started, or that was under way already.
#[derive(Debug, Serialize, ToSchema)]
pub struct SyncStartedResponse<'a> {
    /// Its name, with which its progress is asked for.
    #[schema(example = "20261122-1f0c9a3b4d5e")]
    pub run_id: &'a str,
    /// How many slices it reads.
    pub slices: usize,
}

/// A run of the sync.
#[derive(Debug, Serialize, ToSchema)]
pub struct SyncRunResponse<'a> {
    /// Its name.
    pub run_id: &'a str,
    /// Its state.
    #[schema(schema_with = run_status)]
    pub status: RunStatus,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// When its last slice ended; `null` until then.
    pub finished_at: Option<Timestamp>,
    /// What all of it came to and took so far.
    pub total: SyncReportResponse,
    /// Its parts.
    pub slices: Vec<SyncSliceResponse<'a>>,
}

/// What a sync, or a part of one, came to and what it took.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SyncReportResponse {
    /// What became of the events so far.
    #[serde(flatten)]
    pub counts: CountsResponse,
    /// Why events were skipped, with how many.
    pub skipped_reasons: BTreeMap<String, u64>,
    /// Requests to the provider, repetitions included.
    pub calls: u64,
    /// Bytes of their answers, decompressed.
    pub bytes: u64,
    /// How long workers were at it.
    pub milliseconds: u64,
    /// Read units of the store.
    pub read_units: f64,
    /// Write units of the store.
    pub write_units: f64,
}

/// A part of one source's catalogue, read by a run.
#[derive(Debug, Serialize, ToSchema)]
pub struct SyncSliceResponse<'a> {
    /// The source.
    #[schema(schema_with = source)]
    pub source: Source,
    /// The part of its catalogue, in its own terms.
    pub category: &'a str,
    /// The country (`CH`) or city (`zurich`) that it is about; `null` if it is about all of them.
    pub area: Option<String>,
    /// The state of this part.
    #[schema(schema_with = run_status)]
    pub status: RunStatus,
    /// Whether it was left before its end, for it holds more events than a sync takes.
    pub cut_off: bool,
    /// What it came to and took so far.
    #[serde(flatten)]
    pub report: SyncReportResponse,
}

/// The latest sync of a source, all parts of its catalogue together.
#[derive(Debug, Serialize, ToSchema)]
pub struct SyncStat {
    /// The source.
    #[schema(schema_with = source)]
    pub source: Source,
    /// When a part of it was last read, well or not.
    pub last_run: Timestamp,
    /// When a part of it was last read to its end.
    pub last_success: Option<Timestamp>,
    /// What became of the events of the latest run of each part.
    #[serde(flatten)]
    pub counts: CountsResponse,
}

/// What became of the events that a sync read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CountsResponse {
    /// New in the store.
    pub created: u64,
    /// Different from what was stored.
    pub updated: u64,
    /// As stored.
    pub unchanged: u64,
    /// Not readable, left out.
    pub skipped: u64,
    /// Readable, but not written.
    pub failed: u64,
    /// Vanished at the source.
    pub removed: u64,
}

impl From<Counts> for CountsResponse {
    fn from(counts: Counts) -> Self {
        let Counts {
            created,
            updated,
            unchanged,
            skipped,
            failed,
            removed,
        } = counts;
        Self {
            created,
            updated,
            unchanged,
            skipped,
            failed,
            removed,
        }
    }
}

impl From<Report> for SyncReportResponse {
    fn from(report: Report) -> Self {
        let effort = report.effort;
        let reasons = report.skipped.iter();
        Self {
            counts: report.counts.into(),
            skipped_reasons: reasons
                .map(|(reason, events)| (reason.to_owned(), events))
                .collect(),
            calls: effort.calls,
            bytes: effort.bytes,
            milliseconds: effort.milliseconds,
            read_units: effort.read_units,
            write_units: effort.write_units,
        }
    }
}

impl<'a> From<&'a Run> for SyncRunResponse<'a> {
    fn from(run: &'a Run) -> Self {
        Self {
            run_id: &run.run_id,
            status: run.status(),
            started_at: Timestamp(run.started_at),
            finished_at: run.finished_at().map(Timestamp),
            total: run.report().into(),
            slices: run.slices.iter().map(SyncSliceResponse::from).collect(),
        }
    }
}

impl<'a> From<&'a SliceRun> for SyncSliceResponse<'a> {
    fn from(run: &'a SliceRun) -> Self {
        Self {
            source: run.slice.source,
            category: run.slice.category.as_str(),
            area: run.slice.area.as_ref().map(ToString::to_string),
            status: run.status,
            cut_off: run.is_cut,
            report: run.report.clone().into(),
        }
    }
}

fn run_status() -> Object {
    one_of(["queued", "running", "succeeded", "partial", "failed", "held"])
}
