//! Asking the sources: a fresh answer from the cache, else the source itself, else a stale answer; or the store, where the
//! source has no such search.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::search::SearchQuery;
use domain::{ExternalEvent, Source};
use edge::view::SourceState;
use futures_util::future::{join, join_all};
use providers::{Findings, ProviderError};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::answers::{Answer, Dated, KEPT_FOR_STALE};
use crate::context::Context;
use crate::outcome::{Found, Outcome};
use crate::stored;

/// One search: what is asked, when, and how much time there is.
struct Search<'a> {
    context: &'a Context,
    query: &'a SearchQuery,
    now: DateTime<Utc>,
    deadline: Instant,
    /// The answers that the store has: the first source that wants one reads all.
    stored: OnceCell<Vec<(String, Dated)>>,
}

/// The outcomes of asking all of its sources at once for what `query` says, not later than `deadline`.
pub(crate) async fn ask(
    context: &Context,
    query: &SearchQuery,
    now: DateTime<Utc>,
    deadline: Instant,
) -> Vec<Outcome> {
    let search = Search {
        context,
        query,
        now,
        deadline,
        stored: OnceCell::new(),
    };
    join_all(query.sources.iter().map(|source| search.ask(source))).await
}

impl Search<'_> {
    /// Whether `source` can be asked itself.
    fn is_live(&self, source: Source) -> bool {
        let providers = &self.context.providers;
        providers.is_configured(source) && providers.has_search(source, &self.query.filter)
    }

    /// The outcome of asking `source`. Whoever asks the same meanwhile gets the same outcome.
    async fn ask(&self, source: Source) -> Outcome {
        let context = self.context;
        if !context.providers.is_configured(source) {
            return Outcome::failed(source, &ProviderError::NotConfigured, Duration::ZERO);
        }
        if !self.is_live(source) {
            return stored::find(context, source, &self.query.filter, self.now, self.deadline).await;
        }
        let key = self.key(source);
        let work = Box::pin(self.look(&key, source));
        context.flights.share(&key, work).await
    }

    async fn look(&self, key: &str, source: Source) -> Outcome {
        let started = Instant::now();
        if let Some(known) = self.fresh(key) {
            return self.recall(source, &known, SourceState::Cached, started);
        }
        let providers = &self.context.providers;
        let ((), health) = join(self.read_cache(), providers.health(source)).await;
        if let Some(known) = self.fresh(key) {
            return self.recall(source, &known, SourceState::Cached, started);
        }
        let filter = &self.query.filter;
        let live = providers.search(source, filter, self.now, health, self.deadline);
        match live.await {
            Ok(findings) => {
                let latency = started.elapsed();
                let is_whole = findings.is_whole;
                let dated = Dated::new(into_answer(source, findings), self.now);
                let answer = Arc::clone(&dated.answer);
                // What came short by accident must not stay so for an hour, nor take the place of what was whole.
                if is_whole {
                    self.context.answers.keep(key, dated);
                }
                Outcome {
                    source,
                    events: found(&answer.events),
                    total: answer.total,
                    state: SourceState::Ok,
                    age: Duration::ZERO,
                    latency,
                    retry_after: None,
                }
            }
            Err(error) => {
                // DynamoDB removes what expired within days, not at once.
                match self.known(key).filter(|stale| self.age(stale) <= KEPT_FOR_STALE) {
                    Some(stale) => Outcome {
                        retry_after: error.retry_after(),
                        ..self.recall(source, &stale, SourceState::Stale, started)
                    },
                    None => Outcome::failed(source, &error, started.elapsed()),
                }
            }
        }
    }

    /// Equal for searches that mean the same, however they are spelt.
    fn key(&self, source: Source) -> String {
        format!("{source}#{}", self.query.filter.meaning())
    }

    /// Reads what the store has of the answers that this process lacks, once for all sources.
    async fn read_cache(&self) {
        let read = async || {
            let live = self.query.sources.iter().filter(|source| self.is_live(*source));
            let keys = live.map(|source| self.key(source));
            let keys: Vec<_> = keys.filter(|key| self.fresh(key).is_none()).collect();
            let Context { answers, store, .. } = self.context;
            answers.read(store, &keys, self.deadline).await
        };
        self.stored.get_or_init(read).await;
    }

    /// The latest answer under `key`, of this process or of the store if that is read.
    fn known(&self, key: &str) -> Option<Dated> {
        let stored = self.stored.get().into_iter().flatten();
        let stored = stored
            .filter(|(known, _)| known == key)
            .map(|(_, dated)| dated.clone());
        stored
            .chain(self.context.answers.known(key))
            .max_by_key(|dated| dated.given_at)
    }

    /// The same, if it is fresh.
    fn fresh(&self, key: &str) -> Option<Dated> {
        self.known(key)
            .filter(|known| self.age(known) < self.context.settings.fresh)
    }

    fn age(&self, known: &Dated) -> Duration {
        (self.now - known.given_at).to_std().unwrap_or_default()
    }

    /// The outcome that a known answer stands for.
    fn recall(&self, source: Source, known: &Dated, state: SourceState, started: Instant) -> Outcome {
        // What has begun since is past, unless the caller asked for the past.
        let from = self.query.filter.from.unwrap_or(self.now);
        let events = known.answer.events.iter();
        let ahead = events.filter(|event| event.latest_start().is_none_or(|start| start >= from));
        Outcome {
            source,
            events: found(ahead),
            total: known.answer.total,
            state,
            age: self.age(known),
            latency: started.elapsed(),
            retry_after: None,
        }
    }
}

fn found<'a>(events: impl IntoIterator<Item = &'a Arc<ExternalEvent>>) -> Vec<Found> {
    let found = |event| Found {
        event: Arc::clone(event),
        stored: None,
    };
    events.into_iter().map(found).collect()
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
        events: findings.events.into_iter().map(Arc::new).collect(),
        total: findings.total,
    }
}
