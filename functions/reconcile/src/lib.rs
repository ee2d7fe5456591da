//! Compares the counters with what they count, piece by piece, and mends them.

mod comparison;
pub mod context;
pub mod handler;
