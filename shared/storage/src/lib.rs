//! The only place that knows DynamoDB: keys, items, access patterns.
//!
//! Every key has one author here; `docs/DATA-MODEL.md` lists what each access costs. Only the comparison of the counters with
//! what they count scans a table. Nobody
//! outside sees a type of the AWS SDK, except [`Connection::sdk_config`], from which clients of other AWS services
//! are built.

mod batch;
mod compressed;
pub mod connection;
pub mod error;
pub mod event;
pub mod import;
pub mod local_event;
mod meter;
mod retry;
pub mod state;
pub mod store;
mod transaction;
mod update;

pub use connection::{Connection, ConnectionConfig, InvalidTrust, Trust};
pub use error::StorageError;
pub use event::browse::{BrowsePage, Position};
pub use event::page_token::{InvalidPageToken, PageTokens};
pub use event::record::Recorded;
pub use event::scan::ScannedKeys;
pub use event::{event_key_from_item, stored_event_from_image};
pub use import::{Basis, ImportOutcome, NewImport};
pub use local_event::{Replaced, local_event_from_image};
pub use meter::Units;
pub use state::cache::{CachedAnswer, PackedAnswer};
pub use state::counter::reconcile::{Difference, Markers, Mended};
pub use state::counter::{Applied, Change, ChangeOrder, Figures};
pub use state::health::{HealthChange, StoredHealth};
pub use state::idempotency::{Claim, GivenAnswer};
pub use state::import_failure::{ImportFailure, ImportFailures};
pub use state::latest_sync::LatestSync;
pub use state::lease::Lease;
pub use state::manifest::{Comparison, Manifest, Seen};
pub use state::performance::Weeks;
pub use state::reconciliation::StoredReconciliation;
pub use state::run::{EndedRun, Noted, Progress, Run, SliceRun};
pub use state::source::Sources;
pub use store::{Store, Tables};
