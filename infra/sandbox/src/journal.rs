//! What the imitations were asked, so that tests can count calls.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{parameter::Parameters, provider::Provider};

/// Older requests are forgotten beyond this many.
const CAPACITY: usize = 20_000;

/// Parameters whose values are never shown.
const SECRETS: [&str; 4] = ["apikey", "client_id", "client_secret", "token"];

/// One request as it was received.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Received {
    pub number: u64,
    pub at: DateTime<Utc>,
    pub provider: Provider,
    pub method: String,
    /// Below the sandbox's address, with the provider's prefix.
    pub path: String,
    /// With `***` for keys.
    pub query: String,
    /// `null` until it is answered: a hanging request stays so.
    pub status: Option<u16>,
}

#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<(u64, VecDeque<Received>)>);

impl Journal {
    /// Notes a request and gives the number under which its answer is noted.
    pub(crate) fn received(&self, provider: Provider, method: &str, path: &str, query: Option<&str>) -> u64 {
        let query = Parameters::parse(query);
        let masked: Vec<_> = query
            .iter()
            .map(|(name, value)| format!("{name}={}", if SECRETS.contains(&name) { "***" } else { value }))
            .collect();
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, requests) = &mut *guard;
        *last += 1;
        requests.push_back(Received {
            number: *last,
            at: Utc::now(),
            provider,
            method: method.to_owned(),
            path: path.to_owned(),
            query: masked.join("&"),
            status: None,
        });
        if requests.len() > CAPACITY {
            requests.pop_front();
        }
        *last
    }

    pub(crate) fn answered(&self, number: u64, status: u16) {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(request) = guard.1.iter_mut().rev().find(|request| request.number == number) {
            request.status = Some(status);
        }
    }

    /// The requests to one provider, or to all, oldest first.
    pub(crate) fn requests(&self, provider: Option<Provider>) -> Vec<Received> {
        let guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = |request: &&Received| provider.is_none_or(|provider| request.provider == provider);
        guard.1.iter().filter(wanted).cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.clear();
    }
}
