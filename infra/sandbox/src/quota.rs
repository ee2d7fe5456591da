//! Call budgets: so many points in a window that opens with the first call.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// How much of a budget is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spent {
    pub limit: u32,
    pub used: u32,
    pub resets_at: DateTime<Utc>,
}

impl Spent {
    pub(crate) fn available(&self) -> u32 {
        self.limit.saturating_sub(self.used)
    }

    pub(crate) fn over(&self) -> bool {
        self.used > self.limit
    }
}

/// A budget of one provider.
#[derive(Debug)]
pub(crate) struct Quota {
    default_limit: u32,
    window: TimeDelta,
    state: Mutex<Spent>,
}

impl Quota {
    pub(crate) fn new(limit: u32, window: TimeDelta) -> Self {
        let state = Spent {
            limit,
            used: 0,
            resets_at: DateTime::UNIX_EPOCH,
        };
        Self {
            default_limit: limit,
            window,
            state: Mutex::new(state),
        }
    }

    /// Spends points; what is over the limit is counted too, and refused by the caller.
    pub(crate) fn spend(&self, points: u32) -> Spent {
        let now = Utc::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.resets_at <= now {
            state.used = 0;
            state.resets_at = now + self.window;
        }
        state.used = state.used.saturating_add(points);
        *state
    }

    /// Opens a new window with another limit; `None` is the one that the provider publishes.
    pub(crate) fn reset(&self, limit: Option<u32>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = Spent {
            limit: limit.unwrap_or(self.default_limit),
            used: 0,
            resets_at: DateTime::UNIX_EPOCH,
        };
    }
}
