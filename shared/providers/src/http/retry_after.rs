//! When a server says to come back.

use std::time::Duration;

use ::http::{HeaderMap, header};
use chrono::{DateTime, Utc};

use super::quota::{RESETS, instant, quota, wait_until};

/// The longest wait believed: the day of Ticketmaster's quota, the longest window of the four providers.
pub(crate) const LONGEST: Duration = Duration::from_hours(24);

/// How long after `now` to come back: `Retry-After` in seconds or as an HTTP date (RFC 9110), else when the quota that
/// the other headers tell of starts over, unless calls are left of it. At most a day; a time that has passed means at
/// once.
pub fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let asked = headers
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .map(str::trim)
        .and_then(|value| {
            let seconds = value.parse().ok().map(Duration::from_secs);
            seconds.or_else(|| {
                Some(wait_until(
                    DateTime::parse_from_rfc2822(value).ok()?.to_utc(),
                    now,
                ))
            })
        });
    let reset = || {
        let resets_at = match quota(headers, now) {
            Some(quota) => quota.resets_at.filter(|_| quota.remaining == 0),
            None => RESETS.iter().find_map(|name| instant(headers, name, now)),
        };
        Some(wait_until(resets_at?, now))
    };
    asked.or_else(reset).map(|wait| wait.min(LONGEST))
}
