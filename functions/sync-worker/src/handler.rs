//! Jobs from the queue, and what becomes of those that fail.

use std::convert::Infallible;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::Source;
use domain::sync::{Effort, RunStatus};
use edge::Invocation;
use edge::batch::{self, Delivery, Outcome};
use edge::error::chain;
use edge::queue::{SyncJob, Task};
use providers::{Fault, ProviderError};
use storage::StorageError;

use crate::context::Context;
use crate::slice;
use crate::spending::Spending;

/// How often a job is received before it is given up: the queue's `maxReceiveCount`, which is the backstop.
const TRIES: u32 = 5;

/// How long a job rests when a provider limits our rate without saying for how long.
const RATE_LIMIT_PAUSE: Duration = Duration::from_mins(1);

/// How long a job rests after its first failure; twice as long after each further one.
const FAILURE_PAUSE: Duration = Duration::from_secs(15);

/// Does the jobs of a batch, each alone.
pub async fn handle(
    context: &Context,
    event: SqsEvent,
    _invocation: Invocation,
) -> Result<SqsBatchResponse, Infallible> {
    let queue = context.jobs.behind(&event);
    Ok(batch::run(queue, event, |delivery| work(context, delivery)).await)
}

/// Does a job, or a bounded part of it, and says what becomes of its message. Whatever it did may be done again.
async fn work(context: &Context, delivery: Delivery<SyncJob>) -> Outcome {
    let mut job = delivery.job;
    let spending = Spending::begin(context);
    let outcome = match &mut job.task {
        Task::Categories { source } => categories(context, *source).await,
        Task::Slice { slice, cursor } => slice::read(context, &job.run_id, slice, cursor, &spending).await,
    };
    context.providers.report_calls().await;
    match outcome {
        Ok(()) => Outcome::Done,
        Err(failure) => {
            note_effort(context, &job, spending.take()).await;
            settle(context, &job, failure, delivery.receive_count).await
        }
    }
}

/// Adds to a slice what an attempt took that failed. The report is not worth another failure.
async fn note_effort(context: &Context, job: &SyncJob, effort: Effort) {
    let Task::Slice { slice, .. } = &job.task else {
        return;
    };
    if let Err(error) = context.store.note_effort(&job.run_id, slice, effort).await {
        tracing::warn!(
            run.id = job.run_id,
            error = chain(&error),
            "what the attempt took is not noted"
        );
    }
}

/// Why a job did not get to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the provider gave no answer")]
    Provider(#[from] ProviderError),
    #[error("the store failed")]
    Store(#[from] StorageError),
    #[error("{0} events could not be written")]
    Unwritten(usize, #[source] StorageError),
    #[error("the next job could not be sent")]
    Queue(#[from] edge::queue::QueueError),
}

async fn categories(context: &Context, source: Source) -> Result<(), Failure> {
    let categories = context.providers.categories(source).await?;
    context.store.replace_categories(source, &categories).await?;
    tracing::info!(provider.name = %source, categories = categories.len(), "categories stored");
    Ok(())
}

/// What becomes of the message of a job that failed.
async fn settle(context: &Context, job: &SyncJob, failure: Failure, receive_count: u32) -> Outcome {
    tracing::warn!(
        run.id = job.run_id,
        error = chain(&failure),
        receive_count,
        "the job failed"
    );
    match &failure {
        // Waiting for a provider to open is not the job's failure: a new message does not use up its tries, and goes on
        // where this one got to.
        Failure::Provider(
            ProviderError::RateLimited { retry_after }
            | ProviderError::Unavailable {
                retry_after,
                fault: Fault::LeftAlone,
            },
        ) => {
            return match context
                .jobs
                .send_later(job, retry_after.unwrap_or(RATE_LIMIT_PAUSE))
                .await
            {
                Ok(()) => Outcome::Done,
                Err(error) => {
                    tracing::error!(error = chain(&error), "the job could not be put off");
                    Outcome::Retry { after: None }
                }
            };
        }
        // Without a key that the provider takes there is nothing to try again, and nothing wrong with the job.
        Failure::Provider(ProviderError::NotConfigured | ProviderError::Unauthorized) => {
            return give_up(context, job, Outcome::Done).await;
        }
        Failure::Provider(ProviderError::Refused { .. } | ProviderError::NotSearchable) => {
            return give_up(
                context,
                job,
                Outcome::Poison {
                    reason: chain(&failure),
                },
            )
            .await;
        }
        Failure::Provider(ProviderError::Unavailable { .. })
        | Failure::Store(_)
        | Failure::Unwritten(..)
        | Failure::Queue(_) => {}
    }
    if receive_count >= TRIES {
        return give_up(
            context,
            job,
            Outcome::Poison {
                reason: chain(&failure),
            },
        )
        .await;
    }
    let pause = FAILURE_PAUSE * 2u32.saturating_pow(receive_count.saturating_sub(1));
    let asked = match &failure {
        Failure::Provider(error) => error.retry_after(),
        _ => None,
    };
    Outcome::Retry {
        after: Some(asked.map_or(pause, |asked| asked.max(pause))),
    }
}

/// Ends the job's slice as failed. If that cannot be noted, the message has to come again.
async fn give_up(context: &Context, job: &SyncJob, outcome: Outcome) -> Outcome {
    let Task::Slice { slice, .. } = &job.task else {
        return outcome;
    };
    let effort = Effort::default();
    let failed = slice::end(context, &job.run_id, slice, effort, false, RunStatus::Failed);
    match failed.await {
        Ok(()) => outcome,
        Err(error) => {
            tracing::error!(error = chain(&error), "the end of the slice could not be noted");
            Outcome::Retry { after: None }
        }
    }
}
