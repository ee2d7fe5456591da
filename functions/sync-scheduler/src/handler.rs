//! From a schedule to one job a slice.

use chrono::{DateTime, Utc};
use domain::Source;
use domain::sync::{RunId, plan};
use edge::Invocation;
use edge::sync::{self, NewRun, StartRunError};
use serde::{Deserialize, Serialize};

use crate::context::Context;

/// What EventBridge, or whoever starts a sync, says. Everything else in the event is left alone.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ScheduleEvent {
    /// When the schedule fired; a schedule with an input of its own does not say.
    pub time: Option<DateTime<Utc>>,
    /// Only these sources; none means all.
    pub sources: Vec<Source>,
}

/// What was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScheduleReport {
    /// The run, `None` if syncing is switched off.
    pub run_id: Option<RunId>,
    /// How many slices it has.
    pub slices: usize,
}

/// Starts a run of everything that is asked for and not under way already.
pub async fn handle(
    context: &Context,
    event: ScheduleEvent,
    invocation: Invocation,
) -> Result<ScheduleReport, StartRunError> {
    if !context.enabled {
        tracing::info!("syncing is switched off (ENABLE_AUTO_SYNC)");
        return Ok(ScheduleReport {
            run_id: None,
            slices: 0,
        });
    }
    let at = event.time.unwrap_or(invocation.now);
    let sources = if event.sources.is_empty() {
        &Source::ALL
    } else {
        event.sources.as_slice()
    };
    let run = NewRun {
        run_id: RunId::of_request(at, &invocation.request_id),
        at,
        slices: &plan(sources, &context.chosen, at),
        force: false,
    };
    let started = sync::begin(&context.store, &context.jobs, run).await?;
    Ok(ScheduleReport {
        run_id: Some(started.run_id),
        slices: started.slices,
    })
}
