//! The detail function.

fn main() {}
