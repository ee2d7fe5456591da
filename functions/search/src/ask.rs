//! Asking one source: a fresh cached answer, else the source itself, else a stale cached answer; or the store, where the
//! source has no such search.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::search::SearchFilter;
use domain::{ExternalEvent, Source};
use edge::error::chain;
use edge::view::SourceState;
use futures_util::future::join;
use providers::{Findings, ProviderError};
use serde::{Deserialize, Serialize};
use storage::CachedAnswer;
use tokio::time::{Instant, timeout_at};

use crate::context::Context;
use crate::outcome::Outcome;
use crate::stored;

/// How long an answer is kept to stand in for a source that fails.
const KEPT_FOR_STALE: Duration = Duration::from_hours(24);

/// How long the reading of a cached answer may take: it exists to save time.
const CACHE_PATIENCE: Duration = Duration::from_millis(300);

/// What is cached of a source's answer.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    events: Vec<ExternalEvent>,
    total: Option<u64>,
}

/// The outcome of asking `source` for what `filter` says, not later than `deadline`. Whoever asks the same meanwhile
/// gets the same outcome.
pub(crate) async fn ask(
    context: &Context,
    source: Source,
    filter: &SearchFilter,
    now: DateTime<Utc>,
    deadline: Instant,
) -> Outcome {
    if !context.providers.is_configured(source) {
        return Outcome::failed(source, &ProviderError::NotConfigured, Duration::ZERO);
    }
    if !context.providers.has_search(source, filter) {
        return stored::find(context, source, filter, now, deadline).await;
    }
    let key = cache_key(source, filter);
    let work = Box::pin(look(context, &key, source, filter, now, deadline));
    context.flights.share(&key, work).await
}

async fn look(
    context: &Context,
    key: &str,
    source: Source,
    filter: &SearchFilter,
    now: DateTime<Utc>,
    deadline: Instant,
) -> Outcome {
    let started = Instant::now();
    let cache = Box::pin(read_cache(context, key, deadline));
    let (cached, health) = join(cache, context.providers.health(source)).await;
    let age = cached
        .as_ref()
        .map(|cached| (now - cached.stored_at).to_std().unwrap_or_default());
    if age.is_some_and(|age| age < context.settings.fresh)
        && let Some(outcome) = cached
            .as_ref()
            .and_then(|cached| recall(source, filter, cached, SourceState::Cached, now, started))
    {
        return outcome;
    }
    let live = context.providers.search(source, filter, now, health, deadline);
    match live.await {
        Ok(findings) => {
            let latency = started.elapsed();
            let is_whole = findings.is_whole;
            let answer = into_answer(source, findings);
            // What came short by accident must not stay so for an hour, nor take the place of what was whole.
            if is_whole {
                write_cache(context, key, &answer, now, deadline).await;
            }
            Outcome {
                source,
                events: answer.events,
                total: answer.total,
                state: SourceState::Ok,
                age: Duration::ZERO,
                latency,
                retry_after: None,
            }
        }
        Err(error) => {
            // DynamoDB removes what expired within days, not at once.
            let stale = cached
                .filter(|_| age.is_some_and(|age| age <= KEPT_FOR_STALE))
                .and_then(|cached| recall(source, filter, &cached, SourceState::Stale, now, started));
            match stale {
                Some(outcome) => Outcome {
                    retry_after: error.retry_after(),
                    ..outcome
                },
                None => Outcome::failed(source, &error, started.elapsed()),
            }
        }
    }
}

/// Equal for searches that mean the same, however they are spelt.
fn cache_key(source: Source, filter: &SearchFilter) -> String {
    format!("{source}#{}", filter.meaning())
}

fn into_answer(source: Source, findings: Findings) -> Answer {
    for skipped in &findings.skipped {
        tracing::warn!(
            provider.name = %source,
            event.id = skipped.id.as_deref().unwrap_or_default(),
            reason = skipped.reason,
            "an event could not be read and was left out"
        );
    }
    Answer {
        events: findings.events,
        total: findings.total,
    }
}

/// A cache that fails or dawdles is no reason to fail: the source is still there.
async fn read_cache(context: &Context, key: &str, deadline: Instant) -> Option<CachedAnswer> {
    let patience = deadline.min(Instant::now() + CACHE_PATIENCE);
    match timeout_at(patience, context.store.cached_answer(key)).await {
        Ok(Ok(cached)) => cached,
        Ok(Err(error)) => {
            tracing::warn!(error = chain(&error), "the search cache could not be read");
            None
        }
        Err(_) => None,
    }
}

async fn write_cache(context: &Context, key: &str, answer: &Answer, now: DateTime<Utc>, deadline: Instant) {
    let Ok(body) = serde_json::to_vec(answer) else {
        return;
    };
    let write = context.store.cache_answer(key, &body, now, KEPT_FOR_STALE);
    match timeout_at(deadline, write).await {
        Ok(Ok(true)) | Err(_) => {}
        Ok(Ok(false)) => tracing::debug!("an answer is too large for the search cache"),
        Ok(Err(error)) => tracing::warn!(error = chain(&error), "the search cache could not be written"),
    }
}

/// The outcome that a cached answer stands for, `None` if it was written by another version and cannot be read.
fn recall(
    source: Source,
    filter: &SearchFilter,
    cached: &CachedAnswer,
    state: SourceState,
    now: DateTime<Utc>,
    started: Instant,
) -> Option<Outcome> {
    let mut answer: Answer = serde_json::from_slice(&cached.body).ok()?;
    // What has begun since is past, unless the caller asked for the past.
    let from = filter.from.unwrap_or(now);
    answer
        .events
        .retain(|event| event.latest_start().is_none_or(|start| start >= from));
    Some(Outcome {
        source,
        events: answer.events,
        total: answer.total,
        state,
        age: (now - cached.stored_at).to_std().unwrap_or_default(),
        latency: started.elapsed(),
        retry_after: None,
    })
}
