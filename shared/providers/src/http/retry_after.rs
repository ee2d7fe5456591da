//! When a server says to come back.

use std::time::Duration;

use ::http::{HeaderMap, header};
use chrono::{DateTime, Utc};

use super::rate_limit::{Bucket, buckets};

/// The longest wait believed: the day of Ticketmaster's quota, the longest window of the four providers.
pub(crate) const LONGEST: Duration = Duration::from_hours(24);

/// How long after `now` to come back: `Retry-After` in seconds or as an HTTP date (RFC 9110), else Ticketmaster's
/// `Rate-Limit-Reset` in epoch milliseconds, else what Eventbrite's `X-Rate-Limit` says of an empty bucket. At most a day; a time that has passed means at once.
pub fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::trim)
    };
    let until = |then: DateTime<Utc>| (then - now).to_std().unwrap_or_default();
    let asked = text(header::RETRY_AFTER.as_str()).and_then(|value| {
        let seconds = value.parse().ok().map(Duration::from_secs);
        seconds.or_else(|| Some(until(DateTime::parse_from_rfc2822(value).ok()?.to_utc())))
    });
    let reset = || {
        let epoch_millis = text("rate-limit-reset")?.parse().ok()?;
        DateTime::from_timestamp_millis(epoch_millis).map(until)
    };
    let refill = || {
        let empty = buckets(headers).filter(Bucket::is_empty);
        empty.map(|bucket| bucket.resets_in).max()
    };
    asked.or_else(reset).or_else(refill).map(|wait| wait.min(LONGEST))
}
