//! Builders, fixtures and an embedded DynamoDB for tests.
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a fixture that cannot be made is a failed test"
)]

#[cfg(feature = "functions")]
pub mod call;
pub mod dynamodb;
pub mod event;
#[cfg(feature = "functions")]
pub mod imitation;
#[cfg(feature = "proxy")]
pub mod proxy;
#[cfg(feature = "functions")]
pub mod queue;
pub mod schema;
pub mod search;
pub mod sync;
pub mod time;

pub use event::{EventBuilder, event, full_event, key};
pub use search::filter;
pub use sync::slice;
pub use time::{at, now};
