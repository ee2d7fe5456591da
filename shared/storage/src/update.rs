//! Expressions of an update.
