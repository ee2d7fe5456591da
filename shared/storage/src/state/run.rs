//! Sync runs: what was asked for, how far it is, how it ended.

use chrono::{DateTime, Utc};
use domain::Source;
use domain::sync::{Counts, RunStatus, Slice, SliceCategory};

use crate::error::StorageError;
use crate::store::Store;

/// A run of the sync.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its id.
    pub run_id: String,
    /// When it was asked for.
    pub started_at: DateTime<Utc>,
    /// Its slices.
    pub slices: Vec<SliceRun>,
}

/// One slice of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceRun {
    /// The slice.
    pub slice: Slice,
    /// Its state.
    pub status: RunStatus,
    /// What became of its events so far.
    pub counts: Counts,
    /// When it ended, well or not.
    pub finished_at: Option<DateTime<Utc>>,
}

/// A step of a slice.
#[derive(Debug, Clone)]
pub struct Progress<'a> {
    /// The run.
    pub run_id: &'a str,
    /// The slice.
    pub slice: &'a Slice,
    /// The name of the step, unique in its slice: a step that is told twice counts once.
    pub step: &'a str,
    /// What became of the events of this step.
    pub counts: Counts,
    /// The state after this step: running, or how the slice ended.
    pub status: RunStatus,
    /// When.
    pub at: DateTime<Utc>,
}

/// The latest sync of a part of a source's catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct LatestSync {
    /// The source.
    pub source: Source,
    /// The part of its catalogue.
    pub category: SliceCategory,
    /// The run.
    pub run_id: String,
    /// When it ended.
    pub last_run: DateTime<Utc>,
    /// When one last ended well.
    pub last_success: Option<DateTime<Utc>>,
    /// What became of the events of the latest.
    pub counts: Counts,
}

impl Run {
    /// The state of the whole: queued or running until every slice has ended.
    pub fn status(&self) -> RunStatus {
        unimplemented!()
    }

    /// When its last slice ended, once all have.
    pub fn finished_at(&self) -> Option<DateTime<Utc>> {
        unimplemented!()
    }
}

impl Store {
    /// Notes a run before its jobs are sent. `false` if it was noted before.
    pub async fn start_run(
        &self,
        run_id: &str,
        started_at: DateTime<Utc>,
        slices: &[Slice],
    ) -> Result<bool, StorageError> {
        let _ = (run_id, started_at, slices);
        unimplemented!()
    }

    /// Notes a step of a slice. `false` if it was noted before.
    pub async fn note_progress(&self, progress: &Progress<'_>) -> Result<bool, StorageError> {
        let _ = progress;
        unimplemented!()
    }

    /// A run with all its slices.
    pub async fn run(&self, run_id: &str) -> Result<Option<Run>, StorageError> {
        let _ = run_id;
        unimplemented!()
    }

    /// The latest sync of every part of every catalogue that was ever read.
    pub async fn latest_syncs(&self) -> Result<Vec<LatestSync>, StorageError> {
        unimplemented!()
    }
}
