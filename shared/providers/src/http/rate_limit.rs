//! How much of a quota is used.

use std::time::Duration;

use ::http::HeaderMap;

/// One quota: calls used of those allowed until it begins anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Calls used.
    pub used: u64,
    /// Calls allowed.
    pub limit: u64,
    /// How long until none is used.
    pub resets_in: Duration,
}

impl Bucket {
    /// Whether nothing is left.
    pub const fn is_empty(&self) -> bool {
        self.used >= self.limit
    }
}

/// The quotas in Eventbrite's `X-Rate-Limit: token:… 69/2000 reset=874s, key:… 69/2000 reset=874s`. What stands before
/// the counts names the token itself, so it is never kept.
pub fn buckets(headers: &HeaderMap) -> impl Iterator<Item = Bucket> + '_ {
    let value = headers.get("x-rate-limit").and_then(|value| value.to_str().ok());
    value.unwrap_or_default().split(',').filter_map(bucket)
}

fn bucket(text: &str) -> Option<Bucket> {
    let mut words = text.split_whitespace().rev();
    let reset = words.next()?.strip_prefix("reset=")?.strip_suffix('s')?;
    let (used, limit) = words.next()?.split_once('/')?;
    Some(Bucket {
        used: used.parse().ok()?,
        limit: limit.parse().ok()?,
        resets_in: Duration::from_secs(reset.parse().ok()?),
    })
}
