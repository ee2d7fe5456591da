//! Clients of the four event providers, and the only place that knows their JSON.
