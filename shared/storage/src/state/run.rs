//! Sync runs: what was asked for, how far it is, how it ended.

mod end;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use domain::start::Rfc3339;
use domain::sync::{Counts, Effort, Report, RunStatus, SkipReasons, Slice};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};

pub use self::end::EndedRun;
use super::{Written, manifest};
use crate::error::StorageError;
use crate::store::Store;
use crate::update::{Update, number, text};

/// How long a run can be looked up.
const RETENTION: TimeDelta = TimeDelta::days(90);

/// The sort key of a run's own record.
const RUN: &str = "RUN";

/// What comes before the reason in an attribute that counts skipped events.
const SKIPPED: &str = "skipped_";

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
#[derive(Debug, Clone, PartialEq)]
pub struct SliceRun {
    /// The slice.
    pub slice: Slice,
    /// Its state.
    pub status: RunStatus,
    /// What it came to and took so far.
    pub report: Report,
    /// Whether it was left before its end, for it holds more than is to be read.
    pub is_cut: bool,
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
    /// What this step came to and took.
    pub report: &'a Report,
    /// Whether the slice was left before its end.
    pub is_cut: bool,
    /// The state after this step: running, or how the slice ended.
    pub status: RunStatus,
    /// When.
    pub at: DateTime<Utc>,
}

/// What became of a note.
#[derive(Debug, Clone, PartialEq)]
pub struct Noted {
    /// Whether it was news.
    pub is_new: bool,
    /// The run, if this ended it. That is told once.
    pub ended: Option<EndedRun>,
}

impl SliceRun {
    /// Whether every event of the slice came, or is known to be gone.
    pub(super) fn is_whole(&self) -> bool {
        let events = usize::try_from(self.report.counts.read()).unwrap_or(usize::MAX);
        self.status == RunStatus::Succeeded && !self.is_cut && events <= manifest::MAX_EVENTS
    }
}

impl Run {
    /// What all slices together came to and took.
    pub fn report(&self) -> Report {
        let mut sum = Report::default();
        for slice in &self.slices {
            sum += &slice.report;
        }
        sum
    }

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
        let update = Update::default()
            .set("started_at", text(Rfc3339(started_at)))
            .set("slices", number(slices.len()));
        let written = self
            .update_state(super::key(partition(run_id), RUN), &new(update), "noting a run")
            .await?;
        Ok(matches!(written, Written::Done(_)))
    }

    /// Notes a step of a slice; nothing is counted twice. What ended stays ended, unless it failed: a replay makes up for
    /// that.
    pub async fn note_progress(&self, progress: &Progress<'_>) -> Result<Noted, StorageError> {
        let has_ended = !matches!(progress.status, RunStatus::Queued | RunStatus::Running);
        let finished_at = has_ended.then(|| text(Rfc3339(progress.at)));
        let is_open = "(attribute_not_exists(#finished_at) OR #status = :given_up)";
        let update = Update::default()
            .set("slice", value(progress.slice)?)
            .set("status", value(progress.status)?)
            .set("finished_at", finished_at)
            .set("is_cut", progress.is_cut.then_some(AttributeValue::Bool(true)))
            .set_once("expires_at", number((progress.at + RETENTION).timestamp()))
            .add("steps", AttributeValue::Ss(vec![progress.step.to_owned()]))
            .value("given_up", value(RunStatus::Failed)?);
        let update = if has_ended {
            update.only_if(is_open)
        } else {
            update
                .only_if(format!("{is_open} AND NOT contains(#steps, :step)"))
                .value("step", text(progress.step))
        };
        let update = attributes(progress.report)
            .into_iter()
            .fold(update, |update, (name, count)| update.add(&name, count));
        let key = slice_key(progress.run_id, progress.slice);
        let written = self.update_state(key, &update, "noting progress").await?;
        let (Written::Done(item) | Written::Refused(item)) = &written;
        // Also after a repeated step: the one before may have been cut off here.
        let slice = slice_run(item.clone())?;
        let mut ended = None;
        if let Some(finished_at) = slice.finished_at {
            self.note_latest(progress.run_id, &slice, finished_at).await?;
            self.release(progress.run_id, progress.slice, progress.at).await?;
            ended = self.note_end(progress.run_id, &slice, finished_at).await?;
        }
        Ok(Noted {
            is_new: matches!(written, Written::Done(_)),
            ended,
        })
    }

    /// Adds what a slice took besides its steps: an attempt that failed.
    pub async fn note_effort(&self, run_id: &str, slice: &Slice, effort: Effort) -> Result<(), StorageError> {
        let report = Report {
            effort,
            ..Report::default()
        };
        let update = attributes(&report)
            .into_iter()
            .fold(Update::default(), |update, (name, count)| {
                update.add(&name, count)
            })
            .only_if("attribute_exists(#pk)");
        self.update_state(slice_key(run_id, slice), &update, "noting an effort")
            .await?;
        Ok(())
    }

    /// A run with all its slices, by their names, as they are at this instant: one query.
    pub async fn run(&self, run_id: &str) -> Result<Option<Run>, StorageError> {
        #[derive(Deserialize)]
        struct RunItem {
            started_at: DateTime<Utc>,
        }
        // `RUN` comes before every `SLICE#…`.
        let mut items = self
            .state_partition_now(&partition(run_id), "reading a run")
            .await?
            .into_iter();
        let Some(first) = items.next() else {
            return Ok(None);
        };
        if !first.contains_key("started_at") {
            return Ok(None);
        }
        let RunItem { started_at } = super::read("run", first)?;
        let slices = items.map(slice_run);
        Ok(Some(Run {
            run_id: run_id.to_owned(),
            started_at,
            slices: slices.collect::<Result<_, _>>()?,
        }))
    }
}

fn partition(run_id: &str) -> String {
    format!("RUN#{run_id}")
}

fn slice_key(run_id: &str, slice: &Slice) -> super::Item {
    super::key(partition(run_id), format!("SLICE#{slice}"))
}

pub(super) fn value(value: impl Serialize) -> Result<AttributeValue, StorageError> {
    serde_dynamo::to_attribute_value(value).map_err(|error| StorageError::unwritable("run", error))
}

fn slice_run(item: super::Item) -> Result<SliceRun, StorageError> {
    #[derive(Deserialize)]
    struct SliceItem {
        slice: Slice,
        status: RunStatus,
        #[serde(default)]
        is_cut: bool,
        finished_at: Option<DateTime<Utc>>,
    }
    let report = report(&item)?;
    let item: SliceItem = super::read("slice", item)?;
    Ok(SliceRun {
        slice: item.slice,
        status: item.status,
        report,
        is_cut: item.is_cut,
        finished_at: item.finished_at,
    })
}

/// The report in an item, of a slice or of all of a run.
fn report(item: &super::Item) -> Result<Report, StorageError> {
    #[derive(Deserialize)]
    struct ReportItem {
        #[serde(flatten)]
        counts: Counts,
        #[serde(flatten)]
        effort: Effort,
    }
    let mut skipped = SkipReasons::default();
    for (name, count) in item {
        if let (Some(reason), AttributeValue::N(count)) = (name.strip_prefix(SKIPPED), count) {
            skipped.add(&reason.replace('_', " "), count.parse().unwrap_or_default());
        }
    }
    let ReportItem { counts, effort } = super::read("report", item.clone())?;
    Ok(Report {
        counts,
        skipped,
        effort,
    })
}

/// The attributes that hold counts.
pub(super) fn counters(counts: Counts) -> [(&'static str, u64); 6] {
    [
        ("created", counts.created),
        ("updated", counts.updated),
        ("unchanged", counts.unchanged),
        ("skipped", counts.skipped),
        ("failed", counts.failed),
        ("removed", counts.removed),
    ]
}

/// The attributes that hold a report. A reason is part of its attribute's name, so that each counts by itself.
fn attributes(report: &Report) -> Vec<(String, AttributeValue)> {
    let Effort {
        calls,
        bytes,
        milliseconds,
        read_units,
        write_units,
    } = report.effort;
    let whole = [("calls", calls), ("bytes", bytes), ("milliseconds", milliseconds)];
    let whole = counters(report.counts).into_iter().chain(whole);
    let whole = whole.map(|(name, count)| (name.to_owned(), number(count)));
    let units = [("read_units", read_units), ("write_units", write_units)];
    let units = units.map(|(name, units)| (name.to_owned(), number(units)));
    let reasons = report.skipped.iter().map(|(reason, events)| {
        let name = reason.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        (format!("{SKIPPED}{name}"), number(events))
    });
    whole.chain(units).chain(reasons).collect()
}
