//! The start of a sync, the same for a schedule and for an admin.

use chrono::{DateTime, Utc};
use domain::sync::{RunId, Slice};
use storage::{Lease, StorageError, Store};

use crate::error::chain;
use crate::queue::{Cursor, QueueError, SyncJob, SyncQueues, Task};

/// A run about to be started.
#[derive(Debug, Clone)]
pub struct NewRun<'a> {
    /// Its name. A run that is started again under its name is the same run.
    pub run_id: RunId,
    /// When it was asked for.
    pub at: DateTime<Utc>,
    /// What it is to read.
    pub slices: &'a [Slice],
    /// Whether it removes what vanished however much that is.
    pub force: bool,
}

/// The run that now reads what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartedRun {
    /// Its name: another's, if other runs were reading all of it already.
    pub run_id: RunId,
    /// How many of the asked slices it reads; the others are being read by earlier runs.
    pub slices: usize,
}

/// Why a run was not started. Starting it again does no harm.
#[derive(Debug, thiserror::Error)]
pub enum StartRunError {
    /// The run could not be noted.
    #[error("the run cannot be noted")]
    Store(#[from] StorageError),
    /// Not every job could be sent.
    #[error("the jobs cannot be sent")]
    Queue(#[from] QueueError),
    /// The store names a run by something that is no name.
    #[error("a lease names no run")]
    Name(#[from] domain::sync::plan::InvalidRunId),
}

/// Starts a run of those slices that no other run is reading: leases them, notes the run, sends its jobs. A repetition
/// after a crash in between starts the same run, and jobs that are sent twice count once.
pub async fn begin(store: &Store, jobs: &SyncQueues, run: NewRun<'_>) -> Result<StartedRun, StartRunError> {
    let run_id = run.run_id.as_str();
    let mut ours = Vec::new();
    let mut other = None;
    for slice in run.slices {
        match store.lease(run_id, slice, run.at).await? {
            Lease::Ours => ours.push(slice.clone()),
            Lease::Theirs { run_id } => other = Some(run_id),
        }
    }
    if ours.is_empty()
        && let Some(other) = other
    {
        tracing::info!(run.id = other, "a run of the same slices is under way");
        return Ok(StartedRun {
            run_id: other.parse()?,
            slices: run.slices.len(),
        });
    }
    if let Err(error) = set_off(store, jobs, &run, &ours).await {
        for slice in &ours {
            // Else other runs would point to this one, which reads nothing, until its leases run out.
            if let Err(error) = store.release(run_id, slice, run.at).await {
                tracing::warn!(run.id = run_id, %slice, error = chain(&error), "a slice could not be given back");
            }
        }
        return Err(error);
    }
    tracing::info!(run.id = run_id, slices = ours.len(), "sync started");
    Ok(StartedRun {
        slices: ours.len(),
        run_id: run.run_id,
    })
}

/// Notes a run, then sends its jobs.
async fn set_off(
    store: &Store,
    jobs: &SyncQueues,
    run: &NewRun<'_>,
    slices: &[Slice],
) -> Result<(), StartRunError> {
    let run_id = run.run_id.as_str();
    store.start_run(run_id, run.at, slices).await?;
    jobs.send_all(&jobs_of(run_id, slices, run.force)).await?;
    Ok(())
}

/// One job a slice, and one for the categories of each source.
fn jobs_of(run_id: &str, slices: &[Slice], force: bool) -> Vec<SyncJob> {
    let mut sources: Vec<_> = slices.iter().map(|slice| slice.source).collect();
    sources.dedup();
    let categories = sources.into_iter().map(|source| Task::Categories { source });
    let pages = slices.iter().map(|slice| Task::Slice {
        cursor: Cursor {
            force,
            ..Cursor::start(slice)
        },
        slice: slice.clone(),
    });
    categories
        .chain(pages)
        .map(|task| SyncJob {
            run_id: run_id.to_owned(),
            task,
        })
        .collect()
}
