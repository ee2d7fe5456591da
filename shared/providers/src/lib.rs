//! Clients of the four event providers, and the only place that knows their JSON.
//!
//! The providers are a closed set: [`Providers`] has one `match` a capability. Each provider has a module with its
//! wire structs, its door into the domain, and the translation of searches and slices into its parameters; [`http`]
//! is the one way out to the network.

mod add_on;
mod base_url;
mod document;
mod error;
pub mod eventbrite;
mod field;
pub mod http;
mod iso8601;
mod json;
mod lenient;
mod markup;
pub mod meetup;
mod page;
mod provider;
mod search;
pub mod seatgeek;
pub mod ticketmaster;
mod verdict;
pub mod webhook;

pub use base_url::{BaseUrl, InvalidBaseUrl};
pub use error::{Fault, ProviderError};
pub use page::{More, Next, Place, SearchPage, Skipped, SlicePage};
pub use provider::{Config, Providers};
pub use search::{Findings, Search};
