//! The analytics function.

fn main() {}
