//! Browsing by source, city or category within dates.

use domain::StoredEvent;
use domain::browse::BrowseQuery;
use serde::{Deserialize, Serialize};

use crate::error::StorageError;
use crate::store::Store;

/// A place in the result of a browse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {}

/// A part of the result of a browse.
#[derive(Debug, Clone, PartialEq)]
pub struct BrowsePage {
    /// The events, by start time, without their descriptions.
    pub events: Vec<StoredEvent>,
    /// Where to go on; `None` at the end.
    pub next: Option<Position>,
}

impl Store {
    /// The next page of `query`, from its beginning or from where the page before ended.
    pub async fn browse(
        &self,
        query: &BrowseQuery,
        from: Option<&Position>,
    ) -> Result<BrowsePage, StorageError> {
        let _ = (query, from);
        unimplemented!()
    }
}
