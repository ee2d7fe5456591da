//! The tally function.

fn main() {}
