//! Numbers that are never used twice.
