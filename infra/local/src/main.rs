//! Runs what template.yaml describes on this machine.

fn main() {}
