//! What providers say of their quota in the headers of an answer, each in its own dialect.

use std::cmp::Reverse;
use std::time::Duration;

use ::http::HeaderMap;
use chrono::{DateTime, Utc};
use domain::health::Quota;

/// What the headers of an answer that came at `now` say of the quota; of several quotas the one nearest to its end, of
/// those that are used up alike the one that starts over last.
///
/// - Ticketmaster: `Rate-Limit`, `Rate-Limit-Available`, `Rate-Limit-Reset` (epoch milliseconds), on good answers only.
/// - Eventbrite: `X-Rate-Limit: token:… 69/2000 reset=874s, key:… 69/2000 reset=874s`, used calls of the limit.
/// - What most others send: `RateLimit-Limit`, `-Remaining`, `-Reset`, with or without `X-`; some reset in so many
///   seconds, some at an epoch.
pub fn quota(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Quota> {
    let by_fields = |((limit, remaining), reset): ((&str, &str), &str)| {
        Some(Quota {
            limit: number(headers, limit).map(saturate),
            remaining: saturate(number(headers, remaining)?),
            resets_at: instant(headers, reset, now),
        })
    };
    LIMITS.into_iter().zip(RESETS).find_map(by_fields).or_else(|| {
        let buckets = text(headers, "x-rate-limit")?.split(',');
        buckets
            .filter_map(|bucket| eventbrite(bucket, now))
            .min_by_key(|quota| (quota.remaining, Reverse(quota.resets_at)))
    })
}

/// The fields that say how many calls there are, and how many are left.
const LIMITS: [(&str, &str); 3] = [
    ("rate-limit", "rate-limit-available"),
    ("x-ratelimit-limit", "x-ratelimit-remaining"),
    ("ratelimit-limit", "ratelimit-remaining"),
];

/// The fields beside them that say when the quota starts over.
pub(super) const RESETS: [&str; 3] = ["rate-limit-reset", "x-ratelimit-reset", "ratelimit-reset"];

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name)?.parse().ok()
}

/// `token:… 69/2000 reset=874s`. Whose bucket it is stays unread: it is part of a token.
fn eventbrite(bucket: &str, now: DateTime<Utc>) -> Option<Quota> {
    let mut words = bucket.split_whitespace().skip(1);
    let (used, limit) = words.next()?.split_once('/')?;
    let (used, limit): (u64, u64) = (used.parse().ok()?, limit.parse().ok()?);
    let reset = words.next().and_then(|word| word.strip_prefix("reset="));
    let reset = reset.and_then(|word| word.trim_end_matches('s').parse().ok());
    Some(Quota {
        limit: Some(saturate(limit)),
        remaining: saturate(limit.saturating_sub(used)),
        resets_at: reset.and_then(|seconds| until(seconds, now)),
    })
}

/// When the quota starts over, by the field `name`.
pub(super) fn instant(headers: &HeaderMap, name: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    number(headers, name).and_then(|reset| until(reset, now))
}

/// A reset as epoch milliseconds, epoch seconds or seconds from now: the three are orders of magnitude apart.
fn until(reset: u64, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    const EPOCH_SECONDS: u64 = 1_000_000_000;
    const EPOCH_MILLIS: u64 = 1_000 * EPOCH_SECONDS;
    let wait = match reset {
        0..EPOCH_SECONDS => Duration::from_secs(reset),
        EPOCH_SECONDS..EPOCH_MILLIS => {
            wait_until(DateTime::from_timestamp_secs(reset.try_into().ok()?)?, now)
        }
        _ => wait_until(DateTime::from_timestamp_millis(reset.try_into().ok()?)?, now),
    };
    now.checked_add_signed(chrono::TimeDelta::from_std(wait.min(super::retry_after::LONGEST)).ok()?)
}

/// How long from `now` until `then`; nothing, if that has passed.
pub(super) fn wait_until(then: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (then - now).to_std().unwrap_or_default()
}

fn saturate(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
