//! External events in the store.

pub mod browse;
pub(crate) mod item;
pub mod page_token;
mod read;
pub mod record;
pub mod scan;
mod summary;

pub use item::{event_key_from_item, stored_event_from_image};
