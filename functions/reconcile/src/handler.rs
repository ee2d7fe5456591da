//! Starting a comparison of the counters, and going on with one.

use std::time::{Duration, Instant};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::reconciliation::{Findings, Phase, Reconciliation};
use domain::sync::RunId;
use edge::Invocation;
use edge::batch::{self, Delivery, Outcome};
use edge::error::chain;
use edge::queue::QueueError;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use storage::{StorageError, StoredReconciliation};

use crate::comparison;
use crate::context::Context;

/// How long an invocation begins further pieces.
const SHARE: Duration = Duration::from_secs(25);

/// After how long a comparison that does not get on is lost: twice as long as a message of it stays hidden.
const LOST_AFTER: chrono::TimeDelta = chrono::TimeDelta::minutes(15);

/// What invokes this function.
#[derive(Debug)]
pub enum Trigger {
    /// A schedule, or a person.
    Start,
    /// The invocation before.
    Messages(SqsEvent),
}

impl<'de> Deserialize<'de> for Trigger {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = Value::deserialize(deserializer)?;
        match event.get("Records") {
            Some(_) => serde_json::from_value(event)
                .map(Self::Messages)
                .map_err(serde::de::Error::custom),
            None => Ok(Self::Start),
        }
    }
}

/// The message by which a comparison goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Continuation {
    /// The comparison.
    pub run_id: RunId,
}

/// What became of an invocation.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Report {
    /// How far the comparison is.
    Progress {
        /// The comparison: that which was started, or one that is under way.
        run_id: RunId,
        /// Whether it is done.
        done: bool,
        /// What it found and mended so far.
        #[serde(flatten)]
        findings: Findings,
    },
    /// Which messages come again.
    Messages(SqsBatchResponse),
}

/// Why a comparison did not get on.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StorageError),
    /// The next piece cannot be asked for.
    #[error("the next message could not be sent")]
    Queue(#[from] QueueError),
}

/// Compares some pieces, and sees to it that the others follow.
pub async fn handle(context: &Context, trigger: Trigger, invocation: Invocation) -> Result<Report, Failure> {
    match trigger {
        Trigger::Start => start(context, &invocation).await,
        Trigger::Messages(event) => {
            let handle = |delivery| resume(context, delivery, &invocation);
            Ok(Report::Messages(batch::run(&context.queue, event, handle).await))
        }
    }
}

/// Starts a comparison, unless one is under way. A repetition of the same invocation goes on with what it started.
async fn start(context: &Context, invocation: &Invocation) -> Result<Report, Failure> {
    let run_id = RunId::of_request(invocation.now, &invocation.request_id);
    let mut stored = context.store.reconciliation().await?;
    let latest = stored.reconciliation.take();
    let reconciliation = match latest {
        Some(latest) if latest.run_id == run_id => latest,
        Some(latest) if latest.phase != Phase::Done && invocation.now - latest.updated_at < LOST_AFTER => {
            tracing::info!(run.id = %latest.run_id, "a comparison of the counters is under way");
            return Ok(Report::of(&latest));
        }
        _ => Reconciliation::begin(run_id, invocation.now),
    };
    let reconciliation = advance(context, &mut stored, reconciliation, invocation).await?;
    Ok(Report::of(&reconciliation))
}

async fn resume(context: &Context, delivery: Delivery<Continuation>, invocation: &Invocation) -> Outcome {
    let work = async {
        let mut stored = context.store.reconciliation().await?;
        match stored.reconciliation.take() {
            Some(latest) if latest.run_id == delivery.job.run_id => {
                advance(context, &mut stored, latest, invocation).await?;
            }
            // It was given up for lost, and another one started.
            _ => tracing::info!(run.id = %delivery.job.run_id, "the comparison is not the latest"),
        }
        Ok::<_, Failure>(())
    };
    match work.await {
        Ok(()) => Outcome::Done,
        Err(failure) => {
            tracing::warn!(error = chain(&failure), "the comparison did not get on");
            Outcome::Retry { after: None }
        }
    }
}

/// Compares pieces until the share of this invocation is used up. Nothing of that is noted before its end: who comes again
/// after a crash compares the same pieces again, and finds them mended.
async fn advance(
    context: &Context,
    stored: &mut StoredReconciliation,
    mut reconciliation: Reconciliation,
    invocation: &Invocation,
) -> Result<Reconciliation, Failure> {
    let started = Instant::now();
    for _ in 0..context.pieces {
        if reconciliation.phase == Phase::Done || started.elapsed() > SHARE {
            break;
        }
        let phase = reconciliation.phase;
        let findings = &mut reconciliation.findings;
        reconciliation.phase = Box::pin(comparison::step(context, phase, findings, invocation)).await?;
    }
    reconciliation.updated_at = invocation.now;
    if !context
        .store
        .save_reconciliation(stored, reconciliation.clone())
        .await?
    {
        tracing::info!(run.id = %reconciliation.run_id, "another invocation went on with the comparison");
        return Ok(reconciliation);
    }
    let units = context.store.take_units();
    let Findings {
        events,
        markers,
        miscounted,
        gone,
        counters,
        unsettled,
    } = reconciliation.findings;
    tracing::info!(
        run.id = %reconciliation.run_id,
        done = reconciliation.phase == Phase::Done,
        events.compared = events,
        events.miscounted = miscounted,
        events.gone = gone,
        markers.compared = markers,
        counters.wrong = counters,
        counters.unsettled = unsettled,
        read_units = units.read,
        write_units = units.write,
        "counters compared"
    );
    if reconciliation.phase != Phase::Done {
        let run_id = reconciliation.run_id.clone();
        context.queue.send_all(&[Continuation { run_id }]).await?;
    }
    Ok(reconciliation)
}

impl Report {
    fn of(reconciliation: &Reconciliation) -> Self {
        Self::Progress {
            run_id: reconciliation.run_id.clone(),
            done: reconciliation.phase == Phase::Done,
            findings: reconciliation.findings,
        }
    }
}
