//! The search function.

fn main() {}
