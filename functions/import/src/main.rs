//! The import function.

fn main() {}
