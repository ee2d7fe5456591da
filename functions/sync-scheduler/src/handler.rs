//! From a schedule to one job a slice.

use chrono::{DateTime, Utc};
use domain::Source;
use domain::sync::{Slice, Window, default_categories};
use edge::Invocation;
use edge::config::ChosenSlices;
use edge::queue::{SyncJob, Task};
use serde::{Deserialize, Serialize};

use crate::context::Context;

/// How far ahead a scheduled sync reads, in days.
const DAYS_AHEAD: u32 = 90;

/// What EventBridge, or whoever starts a sync, says. Everything else in the event is left alone.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ScheduleEvent {
    /// When the schedule fired: the same for every retry of one firing.
    pub time: Option<DateTime<Utc>>,
    /// Only these sources; none means all.
    pub sources: Vec<Source>,
}

/// What was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScheduleReport {
    /// The run, `None` if syncing is switched off.
    pub run_id: Option<String>,
    /// How many slices it has.
    pub slices: usize,
}

/// Why a sync was not started. EventBridge tries again, which starts the same run.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// The run could not be noted.
    #[error("the run cannot be noted")]
    Store(#[from] storage::StorageError),
    /// Not every job could be sent.
    #[error("the jobs cannot be sent")]
    Queue(#[from] edge::queue::QueueError),
}

/// Starts a run: notes it, then sends its jobs. A retry after a crash in between starts the same run, and jobs that
/// are sent twice count once.
pub async fn handle(
    context: &Context,
    event: ScheduleEvent,
    invocation: Invocation,
) -> Result<ScheduleReport, ScheduleError> {
    if !context.enabled {
        tracing::info!("syncing is switched off (ENABLE_AUTO_SYNC)");
        return Ok(ScheduleReport {
            run_id: None,
            slices: 0,
        });
    }
    let at = event.time.unwrap_or(invocation.now);
    let run_id = run_id(at, &invocation.request_id);
    let slices = plan(&event.sources, &context.chosen, at);
    context.store.start_run(&run_id, at, &slices).await?;
    let jobs = jobs(&run_id, &slices);
    context.jobs.send_all(&jobs).await?;
    tracing::info!(run.id = run_id, slices = slices.len(), "sync started");
    Ok(ScheduleReport {
        run_id: Some(run_id),
        slices: slices.len(),
    })
}

/// `20261122T020000Z-1f0c9a3b`: sorts by time, and the same for every retry of one invocation.
fn run_id(at: DateTime<Utc>, request_id: &str) -> String {
    let suffix: String = request_id
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(8)
        .collect();
    format!("{}-{suffix}", at.format("%Y%m%dT%H%M%SZ"))
}

/// The slices of a run: every part of every asked source's catalogue, and the chosen owners, over the days ahead; those
/// of one source together.
pub fn plan(sources: &[Source], chosen: &ChosenSlices, at: DateTime<Utc>) -> Vec<Slice> {
    let window = Window::next_days(at, DAYS_AHEAD);
    let public = Source::ALL
        .into_iter()
        .filter(|source| sources.is_empty() || sources.contains(source))
        .flat_map(|source| {
            default_categories(source).iter().filter_map(move |name| {
                Some(Slice {
                    source,
                    category: name.parse().ok()?,
                    window,
                })
            })
        });
    chosen.of(sources, window).chain(public).collect()
}

/// One job a slice, and one for the categories of each source.
fn jobs(run_id: &str, slices: &[Slice]) -> Vec<SyncJob> {
    let mut sources: Vec<_> = slices.iter().map(|slice| slice.source).collect();
    sources.dedup();
    let categories = sources.into_iter().map(|source| Task::Categories { source });
    let pages = slices.iter().map(|slice| Task::slice(slice.clone()));
    categories
        .chain(pages)
        .map(|task| SyncJob {
            run_id: run_id.to_owned(),
            task,
        })
        .collect()
}
