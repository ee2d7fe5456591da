//! What is stored: events, browsing, categories, local events; and the answer to unknown routes.

pub mod context;
pub mod handler;
