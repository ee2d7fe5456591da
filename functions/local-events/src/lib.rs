//! Local events after their import: edited, reviewed against their source, withdrawn, looked back on.

pub mod context;
pub mod handler;
