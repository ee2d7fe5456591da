//! The end of a run: whoever ends its last slice writes down what all of them came to.
//!
//! Each slice adds its report to the run's own item as it ends, so that the last one finds the sum there and need not read
//! the others. That cannot be taken back, and need not be: what ended stays ended. But for a slice that failed, which a
//! replay can open again: a run in which one did is summed from its slices.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use domain::start::Rfc3339;
use domain::sync::{Report, RunStatus};
use serde::Deserialize;

use super::super::{Item, Written};
use super::{RUN, SliceRun, attributes, partition, report, value};
use crate::error::StorageError;
use crate::store::Store;
use crate::update::{Update, number, text};

/// A run whose last slice ended.
#[derive(Debug, Clone, PartialEq)]
pub struct EndedRun {
    /// Its id.
    pub run_id: String,
    /// How many slices it had.
    pub slices: usize,
    /// How it ended.
    pub status: RunStatus,
    /// What all slices together came to and took.
    pub report: Report,
    /// When the last one ended.
    pub finished_at: DateTime<Utc>,
}

/// A run's own item, as far as its end goes.
#[derive(Debug, Deserialize)]
struct RunItem {
    slices: usize,
    #[serde(default)]
    ended: BTreeSet<String>,
    /// When the latest of them did.
    ended_at: Option<DateTime<Utc>>,
    /// How many of them were held.
    #[serde(default)]
    held: usize,
    /// Whether one of them ended otherwise than held or well.
    #[serde(default)]
    has_failure: bool,
}

impl Store {
    /// Notes that a slice of a run ended, which counts once however often it is noted. If it was the last, the run's own
    /// item is finished, and the run given back to the one who finished it.
    pub(super) async fn note_end(
        &self,
        run_id: &str,
        slice: &SliceRun,
        finished_at: DateTime<Utc>,
    ) -> Result<Option<EndedRun>, StorageError> {
        let key = super::super::key(partition(run_id), RUN);
        let name = slice.slice.to_string();
        let update = Update::default()
            .set("ended_at", text(Rfc3339(finished_at)))
            .add("ended", AttributeValue::Ss(vec![name.clone()]))
            .only_if("attribute_exists(#slices) AND NOT contains(#ended, :slice)")
            .value("slice", text(name));
        let update = match slice.status {
            RunStatus::Succeeded => update,
            RunStatus::Held => update.add("held", number(1)),
            _ => update.set("has_failure", AttributeValue::Bool(true)),
        };
        let update = attributes(&slice.report)
            .into_iter()
            .fold(update, |update, (name, count)| update.add(&name, count));
        let written = self.update_state(key.clone(), &update, "noting an end").await?;
        // Also where it was noted before: who did may have been cut off here.
        let (Written::Done(item) | Written::Refused(item)) = written;
        let Some(ended) = self.ended_run(run_id, item).await? else {
            return Ok(None);
        };
        let update = Update::default()
            .set("finished_at", text(Rfc3339(ended.finished_at)))
            .set("status", value(ended.status)?)
            .only_if("attribute_not_exists(#finished_at) OR #finished_at < :finished_at");
        let update = attributes(&ended.report)
            .into_iter()
            .fold(update, |update, (name, count)| update.set(&name, count));
        let written = self.update_state(key, &update, "noting a run's end").await?;
        Ok(matches!(written, Written::Done(_)).then_some(ended))
    }

    /// The run that has this item, if all of it has ended.
    async fn ended_run(&self, run_id: &str, item: Item) -> Result<Option<EndedRun>, StorageError> {
        // A run that was never noted as a whole has no end.
        if !item.contains_key("slices") {
            return Ok(None);
        }
        let report = report(&item)?;
        let item: RunItem = super::super::read("run", item)?;
        if item.ended.len() < item.slices {
            return Ok(None);
        }
        if item.has_failure {
            return self.ended_run_from_slices(run_id).await;
        }
        Ok(item.ended_at.map(|finished_at| EndedRun {
            run_id: run_id.to_owned(),
            slices: item.slices,
            status: match item.held {
                0 => RunStatus::Succeeded,
                held if held == item.slices => RunStatus::Held,
                _ => RunStatus::Partial,
            },
            report,
            finished_at,
        }))
    }

    /// The same as its slices are now: by a replay, one can be under way again.
    async fn ended_run_from_slices(&self, run_id: &str) -> Result<Option<EndedRun>, StorageError> {
        let run = self.run(run_id).await?;
        Ok(run.and_then(|run| {
            Some(EndedRun {
                finished_at: run.finished_at()?,
                slices: run.slices.len(),
                status: run.status(),
                report: run.report(),
                run_id: run.run_id,
            })
        }))
    }
}
