//! The sources' categories: one compressed item a source.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::search::SourceSet;
use domain::{ExternalEventCategory, Source};

use crate::compressed::{compress, decompress};
use crate::error::StorageError;
use crate::store::Store;

const PARTITION: &str = "CATEGORIES";

impl Store {
    /// The categories of `sources`, by source in the order they were given.
    pub async fn categories(&self, sources: &SourceSet) -> Result<Vec<ExternalEventCategory>, StorageError> {
        let items = self.state_partition(PARTITION, "reading categories").await?;
        let mut categories = Vec::new();
        for item in items {
            let Some(AttributeValue::B(body)) = item.get("body") else {
                return Err(StorageError::unreadable("list of categories", "it has no body"));
            };
            let json =
                decompress(body).map_err(|error| StorageError::unreadable("list of categories", error))?;
            let list: Vec<ExternalEventCategory> = serde_json::from_slice(&json)
                .map_err(|error| StorageError::unreadable("list of categories", error))?;
            categories.extend(
                list.into_iter()
                    .filter(|category| sources.contains(category.source)),
            );
        }
        Ok(categories)
    }

    /// Stores all categories of a source in place of those before.
    pub async fn replace_categories(
        &self,
        source: Source,
        categories: &[ExternalEventCategory],
    ) -> Result<(), StorageError> {
        let json = serde_json::to_vec(categories)
            .map_err(|error| StorageError::unwritable("list of categories", error))?;
        let body = compress(&json).map_err(|error| StorageError::unwritable("list of categories", error))?;
        self.client
            .put_item()
            .table_name(&self.tables.state)
            .set_item(Some(super::key(PARTITION, source.as_str())))
            .item("body", AttributeValue::B(body))
            .send()
            .await
            .map_err(|error| StorageError::of("writing categories", error))?;
        Ok(())
    }
}
