//! The types and rules of external events: pure, no AWS, no HTTP, no clock, no environment.
