//! The sources' categories.

use domain::search::SourceSet;
use domain::{ExternalEventCategory, Source};

use crate::error::StorageError;
use crate::store::Store;

impl Store {
    /// The categories of `sources`, by source in the order they were given.
    pub async fn categories(&self, sources: &SourceSet) -> Result<Vec<ExternalEventCategory>, StorageError> {
        let _ = sources;
        unimplemented!()
    }

    /// Stores all categories of a source in place of those before.
    pub async fn replace_categories(
        &self,
        source: Source,
        categories: &[ExternalEventCategory],
    ) -> Result<(), StorageError> {
        let _ = (source, categories);
        unimplemented!()
    }
}
