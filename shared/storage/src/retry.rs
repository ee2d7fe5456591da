//! Pauses between the tries of what the SDK does not try again by itself.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};

/// Growing pauses with jitter: 8 of them, together at most about two seconds.
pub(crate) fn pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(10))
        .with_max_delay(Duration::from_millis(400))
        .with_max_times(8)
        .with_jitter()
        .build()
}
