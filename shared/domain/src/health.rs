//! Whether a provider may be called now: its budget, what it says of its quota, and how its last calls went.
//!
//! A pure state machine. All processes share one [`Health`] a provider: each asks it for leave before a call
//! ([`Health::admit`]) and tells it what came of the call ([`Health::learn`]). Whoever stores the state that these
//! return must make sure that nobody else did so in between, and else ask again: that alone makes a budget hold, and a
//! probe the only one.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Calls in a row without an answer after which a provider is left alone.
pub const FAILURES: u32 = 3;

/// How long a provider that keeps failing is left alone at first; twice as long after each probe that fails.
pub const FAILURE_PAUSE: Duration = Duration::from_secs(5);

/// The longest that a failing provider is left alone.
pub const LONGEST_FAILURE_PAUSE: Duration = Duration::from_mins(10);

/// How long a provider is left alone that limits our rate without saying for how long; twice as long each time.
pub const RATE_LIMIT_PAUSE: Duration = Duration::from_secs(30);

/// The longest of those.
pub const LONGEST_RATE_LIMIT_PAUSE: Duration = Duration::from_hours(1);

/// How long a provider is left alone that refuses our credentials: a key is mended by people, not by calls.
pub const UNAUTHORIZED_PAUSE: Duration = Duration::from_mins(5);

/// How long a probe has the provider for itself: longer than any call may take, so that the next one is sent only
/// when the first came to nothing.
pub const PROBE_PATIENCE: Duration = Duration::from_secs(10);

/// By how much of its limit a quota may differ from what is known before it is worth a write.
const QUOTA_TOLERANCE: u64 = 100;

const SECOND: TimeDelta = TimeDelta::seconds(1);

/// What a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody waits for the answer.
    Live,
    /// Nobody does: a sync.
    Sync,
}

/// How many calls we allow ourselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Budget {
    /// In any one second.
    pub per_second: Option<u32>,
    /// In a window that opens with its first call: so many calls, so long.
    pub per_window: Option<(u32, Duration)>,
    /// The percentage of every limit that a sync leaves to those who wait.
    pub reserved_percent: u32,
}

impl Budget {
    /// What `purpose` may use of `limit`: a sync at least 1 of it, or it would never get anywhere.
    fn share(&self, limit: u64, purpose: Purpose) -> u64 {
        let reserved = limit * u64::from(self.reserved_percent.min(100)) / 100;
        match purpose {
            Purpose::Live => limit,
            Purpose::Sync => (limit - reserved).max(1.min(limit)),
        }
    }
}

/// What a provider says of its quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// Calls in a window, if it says.
    pub limit: Option<u32>,
    /// Calls left.
    pub remaining: u32,
    /// When it starts over, if it says.
    pub resets_at: Option<DateTime<Utc>>,
}

/// Why a provider is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It limits our rate, or our budget is used up.
    RateLimited,
    /// It gives no answers.
    Failing,
    /// It refuses our credentials.
    Unauthorized,
}

/// A provider that is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// Since when. Failures of calls that had left before are no news.
    pub since: DateTime<Utc>,
    /// Until when.
    pub until: DateTime<Utc>,
    /// Why.
    pub reason: Reason,
}

/// The calls of the current window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Spent {
    calls: u32,
    ends_at: DateTime<Utc>,
}

/// How a provider fares. The default is one of which nothing is known: open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Health {
    closed: Option<Closed>,
    /// Calls in a row that brought no answer.
    strikes: u32,
    /// When the calls of the last second left, in order.
    recent: Vec<DateTime<Utc>>,
    spent: Option<Spent>,
    quota: Option<Quota>,
}

/// The answer to a wish to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// Go ahead, once this state is stored (or at once, if it is the state as it was).
    Granted(Health),
    /// The calls of this second are used up; ask again then.
    Wait(DateTime<Utc>),
    /// Not before then.
    Refused(Closed),
}

/// What a call came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// An answer, be it that there is nothing, or that the call was wrong.
    Answered,
    /// Too many calls.
    RateLimited {
        /// When to come back.
        retry_after: Option<Duration>,
    },
    /// No answer.
    Failed {
        /// When to come back.
        retry_after: Option<Duration>,
    },
    /// Our credentials are refused.
    Unauthorized,
}

/// What is known after a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// When leave was given.
    pub started: DateTime<Utc>,
    /// What it came to.
    pub reply: Reply,
    /// Requests that it took beyond the one that leave was given for.
    pub more_requests: u32,
    /// What the provider said of its quota.
    pub quota: Option<Quota>,
}

impl Health {
    /// Why nobody calls, if so.
    pub fn closed(&self, now: DateTime<Utc>) -> Option<Closed> {
        self.closed.filter(|closed| now < closed.until)
    }

    /// Why the provider was left alone last, until a call is answered again.
    pub fn reason(&self) -> Option<Reason> {
        self.closed.map(|closed| closed.reason)
    }

    /// How many calls of the current window are used.
    pub fn used(&self, now: DateTime<Utc>) -> u32 {
        self.window(now).map_or(0, |spent| spent.calls)
    }

    /// How many calls of how many are used: by the provider's word while it holds, else by our own count. `None` where
    /// neither says.
    pub fn usage(&self, budget: &Budget, now: DateTime<Utc>) -> Option<(u32, u32)> {
        let holds = |quota: &Quota| quota.resets_at.is_none_or(|reset| now < reset);
        let said = self.quota.filter(holds).and_then(|quota| {
            let limit = quota.limit?;
            Some((limit.saturating_sub(quota.remaining), limit))
        });
        said.or_else(|| Some((self.used(now), budget.per_window?.0)))
    }

    /// Whether a call may leave.
    ///
    /// A provider that was left alone for its failures, or for refusing our credentials, is tried by one call at first.
    pub fn admit(&self, purpose: Purpose, budget: &Budget, now: DateTime<Utc>) -> Admission {
        if let Some(closed) = self.closed(now).or_else(|| self.exhausted(purpose, budget, now)) {
            return Admission::Refused(closed);
        }
        if let Some(limit) = budget.per_second {
            let recent = self.recent(now);
            let share = usize::try_from(budget.share(limit.into(), purpose)).unwrap_or(usize::MAX);
            if let Some(&oldest) = recent
                .len()
                .checked_sub(share)
                .and_then(|first| recent.get(first))
            {
                return Admission::Wait(oldest + SECOND);
            }
        }
        let mut next = self.clone();
        next.closed = match self.closed {
            Some(Closed {
                reason: reason @ (Reason::Failing | Reason::Unauthorized),
                ..
            }) => Some(Closed {
                since: now,
                until: now + PROBE_PATIENCE,
                reason,
            }),
            Some(Closed {
                reason: Reason::RateLimited,
                ..
            })
            | None => None,
        };
        next.spend(1, budget, now);
        Admission::Granted(next)
    }

    /// The state after a call; equal to this one if the call taught nothing.
    #[must_use]
    pub fn learn(&self, report: &Report, budget: &Budget, now: DateTime<Utc>) -> Self {
        let mut next = self.clone();
        next.spend(report.more_requests, budget, now);
        if let Some(quota) = report.quota {
            next.note(quota, now);
        }
        let is_news = self.closed.is_none_or(|closed| closed.since <= report.started);
        if is_news && report.reply != Reply::Answered {
            next.strikes = next.strikes.saturating_add(1);
        }
        match report.reply {
            // An answer that was under way when the limit was reached does not lift it.
            Reply::Answered if self.closed(now).is_some_and(|c| c.reason == Reason::RateLimited) => {}
            Reply::Answered => {
                next.closed = None;
                next.strikes = 0;
            }
            Reply::RateLimited { retry_after } => {
                let pause = retry_after
                    .unwrap_or_else(|| growing(RATE_LIMIT_PAUSE, next.strikes, LONGEST_RATE_LIMIT_PAUSE));
                next.close(Reason::RateLimited, pause, now);
            }
            Reply::Failed {
                retry_after: Some(pause),
            } => next.close(Reason::Failing, pause, now),
            Reply::Failed { retry_after: None } if is_news && next.strikes >= FAILURES => {
                let round = next.strikes - FAILURES + 1;
                let pause = growing(FAILURE_PAUSE, round, LONGEST_FAILURE_PAUSE);
                // The probe's own time is over.
                next.closed = self.closed.filter(|closed| closed.reason != Reason::Failing);
                next.close(Reason::Failing, pause, now);
            }
            Reply::Failed { retry_after: None } => {}
            Reply::Unauthorized => next.close(Reason::Unauthorized, UNAUTHORIZED_PAUSE, now),
        }
        next
    }

    /// Closes for `pause`, or for longer if it is closed for longer already.
    fn close(&mut self, reason: Reason, pause: Duration, now: DateTime<Utc>) {
        let pause = TimeDelta::from_std(pause).unwrap_or(TimeDelta::MAX);
        let until = now.checked_add_signed(pause).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let already = self.closed(now).map_or(until, |closed| closed.until);
        self.closed = Some(Closed {
            since: now,
            until: until.max(already),
            reason,
        });
    }

    /// The end of the window whose calls are used up, by our budget or by the provider's word.
    fn exhausted(&self, purpose: Purpose, budget: &Budget, now: DateTime<Utc>) -> Option<Closed> {
        let by_us = self
            .window(now)
            .zip(budget.per_window)
            .filter(|(spent, (limit, _))| u64::from(spent.calls) >= budget.share(u64::from(*limit), purpose));
        let by_them = self.quota.filter(|quota| {
            let limit = u64::from(quota.limit.unwrap_or(quota.remaining).max(quota.remaining));
            u64::from(quota.remaining) <= limit - budget.share(limit, purpose)
        });
        let until = by_us
            .map(|(spent, _)| spent.ends_at)
            .max(by_them.and_then(|quota| quota.resets_at.filter(|&reset| now < reset)))?;
        Some(Closed {
            since: now,
            until,
            reason: Reason::RateLimited,
        })
    }

    fn window(&self, now: DateTime<Utc>) -> Option<Spent> {
        self.spent.filter(|spent| now < spent.ends_at)
    }

    fn recent(&self, now: DateTime<Utc>) -> &[DateTime<Utc>] {
        let first = self.recent.partition_point(|&left| left + SECOND <= now);
        &self.recent[first..]
    }

    fn spend(&mut self, calls: u32, budget: &Budget, now: DateTime<Utc>) {
        if calls == 0 {
            return;
        }
        if let Some(limit) = budget.per_second {
            let mut recent = self.recent(now).to_vec();
            recent.extend((0..calls.min(limit)).map(|_| now));
            // Clocks differ between machines.
            recent.sort_unstable();
            self.recent = recent;
        }
        if let Some((_, length)) = budget.per_window {
            let mut spent = self.window(now).unwrap_or(Spent {
                calls: 0,
                ends_at: now + length,
            });
            spent.calls = spent.calls.saturating_add(calls);
            self.spent = Some(spent);
            // Only where each call is written anyway: the provider's next word corrects it.
            if let Some(quota) = &mut self.quota {
                quota.remaining = quota.remaining.saturating_sub(calls);
            }
        }
    }

    /// Takes the provider's word where it differs enough from what is known. What it leaves out stays as it was.
    fn note(&mut self, said: Quota, now: DateTime<Utc>) {
        let known = self
            .quota
            .filter(|quota| quota.resets_at.is_none_or(|reset| now < reset));
        let quota = Quota {
            limit: said.limit.or(known.and_then(|quota| quota.limit)),
            resets_at: said.resets_at.or(known.and_then(|quota| quota.resets_at)),
            ..said
        };
        let is_close = known.is_some_and(|known| {
            let apart = u64::from(known.remaining.abs_diff(quota.remaining));
            let moved = known
                .resets_at
                .zip(quota.resets_at)
                .map(|(one, other)| (one - other).abs());
            known.limit == quota.limit
                && (quota.remaining == 0) == (known.remaining == 0)
                && apart * QUOTA_TOLERANCE <= u64::from(quota.limit.unwrap_or_default())
                && moved.is_none_or(|moved| moved < TimeDelta::minutes(1))
        });
        if !is_close {
            self.quota = Some(quota);
        }
    }
}

/// `first` in the first round, twice as long in each further one, at most `longest`.
fn growing(first: Duration, round: u32, longest: Duration) -> Duration {
    let factor = 2_u32.saturating_pow(round.saturating_sub(1));
    first.saturating_mul(factor).min(longest)
}
