//! The types and rules of external events: pure, no AWS, no HTTP, no clock, no environment.
//!
//! Each type is its own parser: a value that exists is valid, so nothing downstream checks again. What depends on
//! the time takes `now` as an argument.

pub mod audit;
pub mod browse;
pub mod category;
pub mod content;
pub mod coordinate;
pub mod country;
pub mod event;
pub mod health;
pub mod id;
pub mod import;
pub mod local_event;
pub mod parameter;
pub mod performance;
pub mod price;
pub mod reconciliation;
pub mod search;
pub mod source;
pub mod start;
pub mod status;
pub mod sync;
pub mod tally;
pub mod text;
pub mod timezone;
pub mod validation;
pub mod web_link;

pub use audit::{AuditAction, AuditEntry, FieldChange};
pub use category::{Category, ExternalEventCategory};
pub use content::{Content, ContentField, Edit};
pub use coordinate::Coordinates;
pub use country::CountryCode;
pub use event::{ExternalEvent, Import, StoredEvent, StoredOutline, Venue};
pub use id::{EventKey, ExternalId, LocalEventId};
pub use local_event::{LocalEvent, LocalEventDraft, PendingChange, Review};
pub use price::{Amount, Currency, PriceRange};
pub use source::Source;
pub use start::{Start, TimeCertainty};
pub use status::EventStatus;
pub use timezone::Timezone;
pub use validation::FieldErrors;
pub use web_link::WebLink;
