//! Errors with their causes, for a person.

use std::error::Error;

/// The error and all that caused it, joined with colons.
pub(crate) fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", chain(cause)),
        None => error.to_string(),
    }
}
