//! Sync runs: what was asked for, how far it is, how it ended.

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use domain::Source;
use domain::start::Rfc3339;
use domain::sync::{Counts, RunStatus, Slice, SliceCategory};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};

use super::Written;
use crate::error::StorageError;
use crate::store::Store;
use crate::update::{Update, number, text};

/// How long a run can be looked up.
const RETENTION: TimeDelta = TimeDelta::days(90);

/// The partition of the latest syncs.
const LATEST: &str = "SYNC";

/// How many writes are under way at once.
const CONCURRENCY: usize = 16;

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
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SliceRun {
    /// The slice.
    pub slice: Slice,
    /// Its state.
    pub status: RunStatus,
    /// What became of its events so far.
    #[serde(flatten)]
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
#[derive(Debug, Clone, PartialEq, Deserialize)]
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
    /// What became of the events of that run.
    #[serde(flatten)]
    pub counts: Counts,
}

impl Run {
    /// The state of the whole: queued or running until every slice has ended.
    pub fn status(&self) -> RunStatus {
        let all = |status| self.slices.iter().all(|slice| slice.status == status);
        let any = |status| self.slices.iter().any(|slice| slice.status == status);
        if all(RunStatus::Succeeded) {
            RunStatus::Succeeded
        } else if all(RunStatus::Queued) {
            RunStatus::Queued
        } else if any(RunStatus::Queued) || any(RunStatus::Running) {
            RunStatus::Running
        } else if any(RunStatus::Succeeded) || any(RunStatus::Partial) {
            RunStatus::Partial
        } else if any(RunStatus::Held) {
            RunStatus::Held
        } else {
            RunStatus::Failed
        }
    }

    /// When its last slice ended, once all have.
    pub fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.slices
            .iter()
            .try_fold(self.started_at, |last, slice| Some(last.max(slice.finished_at?)))
    }
}

impl Store {
    /// Notes a run before its jobs are sent; a run can be seen once all of it is noted. `false` if it was noted before.
    pub async fn start_run(
        &self,
        run_id: &str,
        started_at: DateTime<Utc>,
        slices: &[Slice],
    ) -> Result<bool, StorageError> {
        let new = &|update: Update| {
            update
                .set("expires_at", number((started_at + RETENTION).timestamp()))
                .only_if("attribute_not_exists(#pk)")
        };
        stream::iter(slices.iter().cloned().map(|slice| async move {
            let update = Update::default()
                .set("slice", value(&slice)?)
                .set("status", value(RunStatus::Queued)?);
            self.update_state(slice_key(run_id, &slice), &new(update), "noting a slice")
                .await
        }))
        .buffer_unordered(CONCURRENCY)
        .try_for_each(|_| async { Ok(()) })
        .await?;
        let update = Update::default().set("started_at", text(Rfc3339(started_at)));
        let written = self
            .update_state(super::key(partition(run_id), "RUN"), &new(update), "noting a run")
            .await?;
        Ok(matches!(written, Written::Done(_)))
    }

    /// Notes a step of a slice. `false` if it was noted before: nothing is counted twice.
    pub async fn note_progress(&self, progress: &Progress<'_>) -> Result<bool, StorageError> {
        let has_ended = !matches!(progress.status, RunStatus::Queued | RunStatus::Running);
        let finished_at = has_ended.then(|| text(Rfc3339(progress.at)));
        let update = Update::default()
            .set("slice", value(progress.slice)?)
            .set("status", value(progress.status)?)
            .set("finished_at", finished_at)
            .set_once("expires_at", number((progress.at + RETENTION).timestamp()))
            .add("steps", AttributeValue::Ss(vec![progress.step.to_owned()]))
            .only_if("NOT contains(#steps, :step)")
            .value("step", text(progress.step));
        let update = counters(progress.counts)
            .into_iter()
            .fold(update, |update, (name, count)| update.add(name, number(count)));
        let key = slice_key(progress.run_id, progress.slice);
        let written = self.update_state(key, &update, "noting progress").await?;
        let (Written::Done(item) | Written::Refused(item)) = &written;
        // Also after a repeated step: the one before may have been cut off here.
        let slice: SliceRun = super::read("slice", item.clone())?;
        if let Some(finished_at) = slice.finished_at {
            self.note_latest(progress.run_id, &slice, finished_at).await?;
            self.release(progress.run_id, progress.slice, progress.at).await?;
        }
        Ok(matches!(written, Written::Done(_)))
    }

    /// Notes the end of a slice as the latest of its part of the catalogue, unless a later one is noted.
    async fn note_latest(
        &self,
        run_id: &str,
        run: &SliceRun,
        finished_at: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let update = Update::default()
            .set("source", value(run.slice.source)?)
            .set("category", text(&run.slice.category))
            .set("run_id", text(run_id))
            .set("last_run", text(Rfc3339(finished_at)))
            .only_if("attribute_not_exists(#last_run) OR #last_run <= :last_run");
        let update = counters(run.counts)
            .into_iter()
            .fold(update, |update, (name, count)| update.set(name, number(count)));
        let update = if run.status == RunStatus::Succeeded {
            update.set("last_success", text(Rfc3339(finished_at)))
        } else {
            update
        };
        let key = super::key(LATEST, run.slice.to_string());
        self.update_state(key, &update, "noting a sync").await?;
        Ok(())
    }

    /// A run with all its slices, by their names: one query.
    pub async fn run(&self, run_id: &str) -> Result<Option<Run>, StorageError> {
        #[derive(Deserialize)]
        struct RunItem {
            started_at: DateTime<Utc>,
        }
        // `RUN` comes before every `SLICE#…`.
        let mut items = self
            .state_partition(&partition(run_id), "reading a run")
            .await?
            .into_iter();
        let Some(first) = items.next() else {
            return Ok(None);
        };
        if !first.contains_key("started_at") {
            return Ok(None);
        }
        let RunItem { started_at } = super::read("run", first)?;
        let slices = items.map(|item| super::read("slice", item));
        Ok(Some(Run {
            run_id: run_id.to_owned(),
            started_at,
            slices: slices.collect::<Result<_, _>>()?,
        }))
    }

    /// The latest sync of every part of every catalogue that was ever read, by source and name: one query.
    pub async fn latest_syncs(&self) -> Result<Vec<LatestSync>, StorageError> {
        let items = self.state_partition(LATEST, "reading syncs").await?;
        serde_dynamo::from_items(items).map_err(|error| StorageError::unreadable("sync", error))
    }
}

fn partition(run_id: &str) -> String {
    format!("RUN#{run_id}")
}

fn slice_key(run_id: &str, slice: &Slice) -> super::Item {
    super::key(partition(run_id), format!("SLICE#{slice}"))
}

fn value(value: impl Serialize) -> Result<AttributeValue, StorageError> {
    serde_dynamo::to_attribute_value(value).map_err(|error| StorageError::unwritable("run", error))
}

/// The attributes that hold counts.
fn counters(counts: Counts) -> [(&'static str, u64); 6] {
    [
        ("created", counts.created),
        ("updated", counts.updated),
        ("unchanged", counts.unchanged),
        ("skipped", counts.skipped),
        ("failed", counts.failed),
        ("removed", counts.removed),
    ]
}
