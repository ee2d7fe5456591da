//! The sync-scheduler function.

fn main() {}
