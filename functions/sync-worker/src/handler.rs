//! Jobs from the queue, one page after the other.

use std::convert::Infallible;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use chrono::{DateTime, Utc};
use domain::Source;
use domain::sync::{Counts, RunStatus, Slice};
use edge::Invocation;
use edge::batch::{self, Delivery, Outcome};
use edge::error::chain;
use edge::queue::{Cursor, SyncJob, Task};
use providers::{Next, Place, ProviderError, SlicePage};
use storage::{Progress, StorageError};

use crate::context::Context;

/// Pages an invocation reads before it passes its cursor on: at the provider's timeout of 5 s a page, and with time
/// to write, this stays well within the function's minute.
const PAGES: usize = 5;

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
    Ok(batch::run(&context.jobs, event, |delivery| work(context, delivery)).await)
}

/// Does a job, or a bounded part of it, and says what becomes of its message. Whatever it did may be done again.
async fn work(context: &Context, delivery: Delivery<SyncJob>) -> Outcome {
    let job = delivery.job;
    let outcome = match &job.task {
        Task::Categories { source } => categories(context, *source).await,
        Task::Slice { slice, cursor } => read(context, &job.run_id, slice, cursor.clone()).await,
    };
    match outcome {
        Ok(()) => Outcome::Done,
        Err(failure) => settle(context, &job, failure, delivery.receive_count).await,
    }
}

/// Why a job did not get to its end.
#[derive(Debug, thiserror::Error)]
enum Failure {
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

/// Reads pages from `cursor` on, up to the slice's end or the end of this invocation's share.
async fn read(context: &Context, run_id: &str, slice: &Slice, mut cursor: Cursor) -> Result<(), Failure> {
    for _ in 0..PAGES {
        let Some(&window) = cursor.windows.last() else {
            break;
        };
        if cursor.read >= context.max_events {
            tracing::warn!(run.id = run_id, %slice, events = cursor.read, "the slice is cut off (MAX_EVENTS_PER_SYNC)");
            cursor.windows.clear();
            break;
        }
        let page = context
            .providers
            .slice_page(
                slice.source,
                &slice.category,
                window,
                Place {
                    page: cursor.page,
                    token: cursor.token.as_deref(),
                },
            )
            .await?;
        if page.next == Next::Split
            && let Some((first, second)) = window.halves()
        {
            cursor.windows.pop();
            cursor.windows.extend([second, first]);
            cursor.page = 0;
            continue;
        }
        let step = format!("{}/{}", window.from.timestamp(), cursor.page);
        cursor.read += store(context, run_id, slice, &step, &page).await?.read();
        cursor.token = page.token;
        match page.next {
            Next::Page(next) => cursor.page = next,
            // A second that holds more than the provider pages through cannot be halved: its first page has to do.
            Next::End | Next::Split => {
                cursor.windows.pop();
                cursor.page = 0;
            }
        }
    }
    if cursor.windows.is_empty() {
        note(
            context,
            run_id,
            slice,
            "end",
            Counts::default(),
            RunStatus::Succeeded,
        )
        .await?;
        tracing::info!(run.id = run_id, %slice, events = cursor.read, "slice synced");
    } else {
        let task = Task::Slice {
            slice: slice.clone(),
            cursor,
        };
        context
            .jobs
            .send_all(&[SyncJob {
                run_id: run_id.to_owned(),
                task,
            }])
            .await?;
    }
    Ok(())
}

/// Writes what changed and notes the page; fails if anything could not be written, so that the page comes again.
async fn store(
    context: &Context,
    run_id: &str,
    slice: &Slice,
    step: &str,
    page: &SlicePage,
) -> Result<Counts, Failure> {
    for skipped in &page.skipped {
        tracing::warn!(
            run.id = run_id,
            %slice,
            event.id = skipped.id.as_deref().unwrap_or_default(),
            reason = skipped.reason,
            "an event could not be read and was left out"
        );
    }
    let recorded = context.store.record(&page.events, now()).await?;
    let failed = recorded.failed.len();
    if let Some((key, error)) = recorded.failed.into_iter().next() {
        tracing::error!(run.id = run_id, event.key = %key, failed, "events could not be written");
        return Err(Failure::Unwritten(failed, error));
    }
    let counts = Counts {
        created: recorded.created,
        updated: recorded.updated,
        unchanged: recorded.unchanged,
        skipped: page.skipped.len() as u64,
        ..Counts::default()
    };
    note(context, run_id, slice, step, counts, RunStatus::Running).await?;
    Ok(counts)
}

async fn note(
    context: &Context,
    run_id: &str,
    slice: &Slice,
    step: &str,
    counts: Counts,
    status: RunStatus,
) -> Result<(), StorageError> {
    let progress = Progress {
        run_id,
        slice,
        step,
        counts,
        status,
        at: now(),
    };
    context.store.note_progress(&progress).await?;
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
        // Waiting for a provider to open is not the job's failure: a new message does not use up its tries.
        Failure::Provider(ProviderError::RateLimited { retry_after }) => {
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
    match note(
        context,
        &job.run_id,
        slice,
        "end",
        Counts::default(),
        RunStatus::Failed,
    )
    .await
    {
        Ok(()) => outcome,
        Err(error) => {
            tracing::error!(error = chain(&error), "the end of the slice could not be noted");
            Outcome::Retry { after: None }
        }
    }
}

fn now() -> DateTime<Utc> {
    Utc::now()
}
