//! Equal work that is wanted several times at once, done once.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OnceCell;

/// The work under way in this process, by key.
pub struct Flights<T>(Mutex<HashMap<String, Weak<OnceCell<T>>>>);

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> fmt::Debug for Flights<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights").finish_non_exhaustive()
    }
}

impl<T: Clone> Flights<T> {
    /// The outcome of `work`, or of the work under way with the same key. Should whoever does the work leave before
    /// its end, one of those who wait does theirs.
    pub async fn share(&self, key: &str, work: impl Future<Output = T>) -> T {
        let flight = self.flight(key);
        flight.get_or_init(|| work).await.clone()
    }

    /// The flight with this key, which lasts as long as somebody is on board.
    fn flight(&self, key: &str) -> Arc<OnceCell<T>> {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(key).and_then(Weak::upgrade) {
            return flight;
        }
        flights.retain(|_, flight| flight.strong_count() > 0);
        let flight = Arc::default();
        flights.insert(key.to_owned(), Arc::downgrade(&flight));
        flight
    }
}
