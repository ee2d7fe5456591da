//! The latest sync of each part of a source's catalogue.

use chrono::{DateTime, Utc};
use domain::Source;
use domain::start::Rfc3339;
use domain::sync::{Counts, RunStatus, SliceCategory, SliceName, Window};
use serde::Deserialize;

use super::Item;
use super::run::{SliceRun, counters, value};
use super::source::Kind;
use crate::error::StorageError;
use crate::store::Store;
use crate::update::{Update, number, text};

const SYNC: Kind = Kind("sync#");

/// The latest sync of a part of a source's catalogue.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LatestSync {
    /// The name of the slice.
    #[serde(rename = "sk")]
    name: SliceName,
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
    /// The window that was last read to its end, none of its events left out.
    covered: Option<Window>,
    /// What became of the events of that run.
    #[serde(flatten)]
    pub counts: Counts,
}

impl LatestSync {
    /// The slice and the window that was last read to its end, if one was.
    pub fn covered(&self) -> Option<(SliceName, Window)> {
        Some((self.name.clone(), self.covered?))
    }
}

impl Store {
    /// The latest sync of every part of every catalogue that was ever read, by source and name: one query.
    pub async fn latest_syncs(&self) -> Result<Vec<LatestSync>, StorageError> {
        take_from(&mut self.sources_of(SYNC, "reading syncs").await?)
    }

    /// Notes the end of a slice as the latest of its part of the catalogue, unless a later one is noted.
    pub(super) async fn note_latest(
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
        let update = counters(run.report.counts)
            .into_iter()
            .fold(update, |update, (name, count)| update.set(name, number(count)));
        let update = if run.status == RunStatus::Succeeded {
            update.set("last_success", text(Rfc3339(finished_at)))
        } else {
            update
        };
        let update = if run.is_whole() {
            update.set("covered", value(run.slice.window)?)
        } else {
            update
        };
        self.update_state(SYNC.key(&run.slice), &update, "noting a sync")
            .await?;
        Ok(())
    }
}

/// The latest syncs among what is kept of the sources.
pub(super) fn take_from(items: &mut Vec<Item>) -> Result<Vec<LatestSync>, StorageError> {
    let items = SYNC.take_from(items);
    serde_dynamo::from_items(items).map_err(|error| StorageError::unreadable("sync", error))
}
