//! The providers behind their budgets and circuit breakers, which all functions share through the store.
//!
//! Before a call the provider's health is read, and that of the others with it (a search reads it beside its cache, at no
//! time of its own), unless this process read or wrote it within the last two seconds; where there is a budget, the call
//! is written down before it leaves. After a call only what it changed is written. A store that fails or dawdles stops no
//! call: the health then goes unread, or unwritten.

mod call_tally;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::health::{Admission, Budget, Closed, Health, Purpose, Quota, Reason, Reply, Report};
use domain::search::SearchFilter;
use domain::sync::{Slice, Window};
use domain::{EventKey, ExternalEvent, ExternalEventCategory, Source};
use providers::http::HttpError;
use providers::{Fault, Findings, Place, ProviderError, Providers, SlicePage};
use storage::{HealthChange, StorageError, Store, StoredHealth};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout, timeout_at};

use self::call_tally::CallTally;
use crate::by_source::BySource;
use crate::config::{ConfigError, Environment, Together as _};
use crate::error::chain;
use crate::metric::{self, ProviderCall};
use crate::recent::Recent;

/// How long one access to what is known of the providers may take.
const STORE_PATIENCE: Duration = Duration::from_millis(250);

/// How long a process goes by what it knows of a provider: longer than most pages of a sync take. Who writes learns of
/// newer knowledge in any case, for every write is on condition that there is none; so this is how long it may miss that
/// another process closed the provider, or opened it again.
const GOOD_FOR: TimeDelta = TimeDelta::seconds(2);

/// How often a change of a provider's health is tried while others change it: each try fails only because another
/// process succeeded, and few calls a second have a budget.
const ATTEMPTS: usize = 20;

/// How long a call waits for its turn within a second's budget where no deadline says so.
const TURN_PATIENCE: Duration = Duration::from_secs(3);

/// How many calls each provider gets.
#[derive(Debug, Clone, Copy, Default)]
pub struct Budgets {
    /// Ticketmaster's.
    pub ticketmaster: Budget,
    /// Eventbrite's.
    pub eventbrite: Budget,
    /// That of the others, which publish no limit of calls: what they say when they refuse has to do.
    pub others: Budget,
}

impl Budgets {
    /// The budgets in the environment, else those that the providers publish.
    pub fn read(environment: &Environment) -> Result<Self, ConfigError> {
        let (per_second, per_day, per_hour, reserved_percent) = (
            environment.number("TICKETMASTER_CALLS_PER_SECOND", "calls", 1..=50, 5),
            environment.number("TICKETMASTER_CALLS_PER_DAY", "calls", 1..=10_000_000, 5_000),
            environment.number("EVENTBRITE_CALLS_PER_HOUR", "calls", 1..=10_000_000, 2_000),
            environment.number("LIVE_SHARE_PERCENT", "percent", 0..=100, 40),
        )
            .together()?;
        let others = Budget {
            reserved_percent,
            ..Budget::default()
        };
        Ok(Self {
            ticketmaster: Budget {
                per_second: Some(per_second),
                per_window: Some((per_day, Duration::from_hours(24))),
                ..others
            },
            eventbrite: Budget {
                per_window: Some((per_hour, Duration::from_hours(1))),
                ..others
            },
            others,
        })
    }

    /// That of one provider.
    pub fn of(&self, source: Source) -> &Budget {
        match source {
            Source::Ticketmaster => &self.ticketmaster,
            Source::Eventbrite => &self.eventbrite,
            Source::SeatGeek | Source::Meetup => &self.others,
        }
    }
}

/// The providers. Each method is that of [`Providers`], with leave asked for before and the outcome noted after.
#[derive(Debug)]
pub struct Guarded {
    providers: Providers,
    store: Store,
    budgets: Budgets,
    healths: BySource<Recent<StoredHealth>>,
    // Who asks while another reads gets what that one reads.
    reading: Mutex<()>,
    tally: CallTally,
}

/// A provider's health as it was read, nothing if that failed: then calls go out unguarded.
#[derive(Debug, Clone)]
pub struct Known(Option<StoredHealth>);

/// Leave to make a call.
struct Leave {
    known: Known,
    started: DateTime<Utc>,
}

impl Guarded {
    /// `providers`, whose health is kept in `store`.
    pub fn new(providers: Providers, store: Store, budgets: Budgets) -> Self {
        Self {
            providers,
            store,
            budgets,
            healths: BySource::new(|_| Recent::new(GOOD_FOR)),
            reading: Mutex::default(),
            tally: CallTally::default(),
        }
    }

    /// Whether `source` has a search for what `filter` asks.
    pub fn has_search(&self, source: Source, filter: &SearchFilter) -> bool {
        self.providers.has_search(source, filter)
    }

    /// Whether `source` can be called.
    pub fn is_configured(&self, source: Source) -> bool {
        self.providers.is_configured(source)
    }

    /// How `source` fares: one small read for all sources together, unless it is known.
    pub async fn health(&self, source: Source) -> Known {
        if !self.is_configured(source) {
            return Known(None);
        }
        Known(patiently(self.recent_health(source)).await)
    }

    async fn recent_health(&self, source: Source) -> Result<StoredHealth, StorageError> {
        let _turn = self.reading.lock().await;
        let now = Utc::now();
        if let Some(known) = self.healths.of(source).get(now) {
            return Ok(known);
        }
        let mut stored = self.store.healths().await?;
        for source in Source::ALL {
            let health = stored.entry(source).or_default().clone();
            self.healths.of(source).keep(health, now);
        }
        Ok(stored.remove(&source).unwrap_or_default())
    }

    /// Searches `source`, whose health is `known`, for what `filter` asks, until `deadline`.
    ///
    /// Further pages are asked for while they are wanted and there is as much time left as the last one took. One that
    /// does not come is no failure of the search, which then is not whole.
    pub async fn search(
        &self,
        source: Source,
        filter: &SearchFilter,
        now: DateTime<Utc>,
        mut known: Known,
        deadline: Instant,
    ) -> Result<Findings, ProviderError> {
        let mut search = self.providers.search(source, filter, now);
        loop {
            let asked = Instant::now();
            let call = until(deadline, search.read_on());
            match self.guard(source, Purpose::Live, known, deadline, call).await {
                Ok(()) => {}
                Err(error) if !search.has_begun() => return Err(error),
                Err(error) => {
                    tracing::debug!(provider.name = %source, error = chain(&error), "a further page is missing");
                    let is_whole = false;
                    return Ok(Findings {
                        is_whole,
                        ..search.finish()
                    });
                }
            }
            if !search.wants_more() || Instant::now() + asked.elapsed() > deadline {
                return Ok(search.finish());
            }
            known = self.health(source).await;
        }
    }

    /// The event with this key, `None` if the provider says that there is none.
    pub async fn event(&self, key: &EventKey) -> Result<Option<ExternalEvent>, ProviderError> {
        self.call(key.source, Purpose::Live, self.providers.event(key))
            .await
    }

    /// A page of the events of `slice` that start within `window`, a part of its own.
    pub async fn slice_page(
        &self,
        slice: &Slice,
        window: Window,
        place: Place<'_>,
    ) -> Result<SlicePage, ProviderError> {
        let call = self.providers.slice_page(slice, window, place);
        self.call(slice.source, Purpose::Sync, call).await
    }

    /// The provider's categories.
    pub async fn categories(&self, source: Source) -> Result<Vec<ExternalEventCategory>, ProviderError> {
        self.call(source, Purpose::Sync, self.providers.categories(source))
            .await
    }

    /// Writes down how the calls of this process went, for analytics: a small write for each provider that was
    /// called, at the end of an invocation.
    ///
    /// Calls that somebody waited for are gathered for a while, and lost with the process; those of a sync are written
    /// each time. A store that fails or dawdles is tried again with the next calls.
    pub async fn report_calls(&self) {
        if let Some(calls) = self.tally.take_due() {
            let now = Utc::now();
            if patiently(self.store.note_calls(&calls, now)).await.is_none() {
                self.tally.give_back(&calls);
            }
        }
    }

    /// How many requests were sent since the last call, repetitions included, and how many bytes came back.
    pub fn take_traffic(&self) -> (u64, u64) {
        self.tally.take_traffic()
    }

    /// Stores `next` in place of `seen`. Either way it is known then what is stored.
    async fn change_health(
        &self,
        source: Source,
        seen: &StoredHealth,
        next: &Health,
    ) -> Option<HealthChange> {
        let now = Utc::now();
        let change = patiently(self.store.change_health(source, seen, next)).await?;
        let (HealthChange::Stored(health) | HealthChange::Outdated(health)) = &change;
        self.healths.of(source).keep(health.clone(), now);
        Some(change)
    }

    async fn call<T>(
        &self,
        source: Source,
        purpose: Purpose,
        call: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<T, ProviderError> {
        let known = self.health(source).await;
        self.guard(source, purpose, known, Instant::now() + TURN_PATIENCE, call)
            .await
    }

    /// Makes `call` once there is leave, which is waited for until `deadline`.
    async fn guard<T>(
        &self,
        source: Source,
        purpose: Purpose,
        known: Known,
        deadline: Instant,
        call: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<T, ProviderError> {
        if !self.is_configured(source) {
            return Err(ProviderError::NotConfigured);
        }
        // Boxed: nested in the callers' futures, those of the SDK's calls are too large to be moved about.
        let leave = Box::pin(self.leave(source, purpose, known, deadline)).await?;
        let called = Instant::now();
        let outcome = call.await;
        let latency = called.elapsed();
        self.tally.note(source, purpose, outcome.as_ref().err(), latency);
        Box::pin(self.note(source, leave, outcome.as_ref().err(), latency)).await;
        outcome
    }

    async fn leave(
        &self,
        source: Source,
        purpose: Purpose,
        mut known: Known,
        deadline: Instant,
    ) -> Result<Leave, ProviderError> {
        for _ in 0..ATTEMPTS {
            let started = Utc::now();
            let Known(Some(seen)) = &known else { break };
            match seen.health.admit(purpose, self.budgets.of(source), started) {
                Admission::Granted(next) if next == seen.health => return Ok(Leave { known, started }),
                Admission::Granted(next) => match self.change_health(source, seen, &next).await {
                    Some(HealthChange::Stored(stored)) => {
                        return Ok(Leave {
                            known: Known(Some(stored)),
                            started,
                        });
                    }
                    Some(HealthChange::Outdated(newer)) => known = Known(Some(newer)),
                    None => break,
                },
                Admission::Wait(until) => {
                    let pause = (until - started).to_std().unwrap_or_default();
                    let turn = Instant::now() + pause;
                    if turn >= deadline {
                        return Err(ProviderError::RateLimited {
                            retry_after: Some(pause),
                        });
                    }
                    tokio::time::sleep_until(turn).await;
                }
                Admission::Refused(closed) => {
                    metric::provider_left_alone(source);
                    return Err(refusal(closed, started));
                }
            }
        }
        // Unread, or so contended that no try got through: better a call too many than none.
        Ok(Leave {
            known: Known(None),
            started: Utc::now(),
        })
    }

    /// Writes down what a call changed, logs what everybody should know once, and counts the call.
    async fn note(&self, source: Source, leave: Leave, error: Option<&ProviderError>, latency: Duration) {
        let noticed = self.providers.take_noticed(source);
        self.tally.note_traffic(noticed.requests, noticed.bytes);
        let report = Report {
            started: leave.started,
            reply: error.map_or(Reply::Answered, reply),
            more_requests: noticed.requests.saturating_sub(1),
            quota: noticed.quota,
        };
        let mut known = leave.known;
        let mut before = None;
        for _ in 0..ATTEMPTS {
            let Known(Some(seen)) = &known else { break };
            let next = seen.health.learn(&report, self.budgets.of(source), Utc::now());
            before = Some(seen.health.clone());
            if next == seen.health {
                break;
            }
            match self.change_health(source, seen, &next).await {
                Some(HealthChange::Stored(stored)) => {
                    known = Known(Some(stored));
                    break;
                }
                Some(HealthChange::Outdated(newer)) => known = Known(Some(newer)),
                None => break,
            }
        }
        let after = known.0.map(|stored| stored.health);
        log(source, error, before.as_ref(), after.as_ref());
        let now = Utc::now();
        let call = ProviderCall {
            latency,
            failed: error.is_some(),
            closed: after.as_ref().is_some_and(|health| health.closed(now).is_some()),
            quota: said(noticed.quota).or_else(|| {
                let (limit, _) = self.budgets.of(source).per_window?;
                Some((after?.used(now), limit))
            }),
        };
        metric::provider_call(source, call);
    }
}

/// The outcome of a call, a timeout if there is none by `deadline`.
async fn until<T>(
    deadline: Instant,
    call: impl Future<Output = Result<T, ProviderError>>,
) -> Result<T, ProviderError> {
    timeout_at(deadline, call)
        .await
        .unwrap_or_else(|_| Err(HttpError::Timeout.into()))
}

/// How many calls of how many the provider says are used, if it tells both.
fn said(quota: Option<Quota>) -> Option<(u32, u32)> {
    let quota = quota?;
    let limit = quota.limit?;
    Some((limit.saturating_sub(quota.remaining), limit))
}

/// The result of an access to the store, nothing if it fails or takes too long.
async fn patiently<T>(access: impl Future<Output = Result<T, StorageError>>) -> Option<T> {
    match timeout(STORE_PATIENCE, access).await {
        Ok(Ok(value)) => Some(value),
        Ok(Err(error)) => {
            tracing::warn!(
                error = chain(&error),
                "what is known of the providers is not accessible"
            );
            None
        }
        Err(_) => {
            tracing::warn!("what is known of the providers is not accessible in time");
            None
        }
    }
}

/// What a failure says of the provider. One that finds our call wrong is well.
const fn reply(error: &ProviderError) -> Reply {
    match error {
        ProviderError::RateLimited { retry_after } => Reply::RateLimited {
            retry_after: *retry_after,
        },
        ProviderError::Unavailable { retry_after, .. } => Reply::Failed {
            retry_after: *retry_after,
        },
        ProviderError::Unauthorized => Reply::Unauthorized,
        ProviderError::NotConfigured | ProviderError::NotSearchable | ProviderError::Refused { .. } => {
            Reply::Answered
        }
    }
}

/// What the caller of a provider that is left alone gets: what the last call got, with the rest of the wait.
fn refusal(closed: Closed, now: DateTime<Utc>) -> ProviderError {
    let retry_after = (closed.until - now).to_std().ok();
    match closed.reason {
        Reason::RateLimited => ProviderError::RateLimited { retry_after },
        Reason::Failing => ProviderError::Unavailable {
            retry_after,
            fault: Fault::LeftAlone,
        },
        Reason::Unauthorized => ProviderError::Unauthorized,
    }
}

/// A failure of a call, unless it is what was known before; and a provider's closing and opening.
fn log(source: Source, error: Option<&ProviderError>, before: Option<&Health>, after: Option<&Health>) {
    let state = |health: Option<&Health>| health.and_then(Health::reason);
    let (was, is) = (state(before), state(after));
    if let Some(error) = error {
        let error = chain(error);
        match is {
            Some(Reason::Unauthorized) if was == is => {}
            Some(Reason::Unauthorized) => {
                tracing::error!(provider.name = %source, error, "the provider needs another key");
            }
            _ => tracing::warn!(provider.name = %source, error, "a provider gave no answer"),
        }
    }
    match (was, is) {
        (_, Some(reason)) if was != is => {
            tracing::warn!(provider.name = %source, ?reason, "the provider is left alone for a while");
        }
        (Some(_), None) => tracing::info!(provider.name = %source, "the provider answers again"),
        _ => {}
    }
}
