//! The sync-worker function.

fn main() {}
