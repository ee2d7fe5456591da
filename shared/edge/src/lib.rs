//! The Lambda edge: what every function shares between AWS and its own use case.
//!
//! An API function builds a [`Gate`] and hands its handler to [`serve`]: the handler gets a [`Call`] that is routed,
//! authenticated and authorised, and returns an [`Answer`] or an [`ApiError`].

pub mod answer;
pub mod auth;
pub mod batch;
pub mod by_source;
pub mod call;
pub mod config;
pub mod error;
pub mod gate;
pub mod guarded;
pub mod idempotency;
pub mod invocation;
pub mod metric;
pub mod openapi;
pub mod queue;
mod recent;
pub mod recent_sources;
pub mod route;
pub mod secrets;
pub mod start;
pub mod sync;
pub mod telemetry;
pub mod trace;
pub mod view;
pub mod webhook;

pub use answer::Answer;
pub use auth::{Authenticator, Caller, Role};
pub use call::Call;
pub use error::ApiError;
pub use gate::{Gate, respond, serve};
pub use guarded::{Budgets, Guarded};
pub use idempotency::answer_once;
pub use invocation::{Invocation, serve_events};
pub use recent_sources::RecentSources;
pub use route::{Access, Route};
pub use start::start;
