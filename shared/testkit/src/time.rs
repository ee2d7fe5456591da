//! The clock of tests.

use chrono::{DateTime, Utc};

/// The moment at which tests take place: 22 November 2026, noon.
pub fn now() -> DateTime<Utc> {
    at("2026-11-22T12:00:00Z")
}

/// The moment in an RFC 3339 text.
pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time in a test is RFC 3339")
}
