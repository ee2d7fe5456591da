//! What a process learned a moment ago, so that it need not ask again.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// A value that is good for a while after it was asked for. Ages go by the clock on the wall: a process that was frozen
/// in between is not taken to be younger by that.
#[derive(Debug)]
pub(crate) struct Recent<T> {
    good_for: TimeDelta,
    kept: Mutex<Option<(DateTime<Utc>, T)>>,
}

impl<T: Clone> Recent<T> {
    /// Nothing yet.
    pub(crate) const fn new(good_for: TimeDelta) -> Self {
        Self {
            good_for,
            kept: Mutex::new(None),
        }
    }

    /// The value, if it is still good at `now`.
    pub(crate) fn get(&self, now: DateTime<Utc>) -> Option<T> {
        self.change(|kept| {
            let (at, value) = kept.as_ref()?;
            // What is from the future was kept before somebody set the clock back.
            let age = now - at;
            (TimeDelta::zero() <= age && age < self.good_for).then(|| value.clone())
        })
    }

    /// Keeps a value that was asked for `at` this time, unless a later one is kept.
    pub(crate) fn keep(&self, value: T, at: DateTime<Utc>) {
        self.change(|kept| {
            if kept.as_ref().is_none_or(|(held, _)| *held <= at) {
                *kept = Some((at, value));
            }
        });
    }

    fn change<R>(&self, change: impl FnOnce(&mut Option<(DateTime<Utc>, T)>) -> R) -> R {
        change(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
