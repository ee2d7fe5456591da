//! Several items of a table at once.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{KeysAndAttributes, PutRequest, WriteRequest};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::error::StorageError;
use crate::retry::pauses;
use crate::store::{Item, Store};

/// The most keys of one BatchGetItem.
const MAX_KEYS: usize = 100;

/// How many of them are under way at once.
const CONCURRENCY: usize = 4;

impl Store {
    /// The items of `table` with these keys, those that there are: these of their attributes, or all where none is named.
    /// Each key once, or DynamoDB refuses.
    pub(crate) async fn read_batch(
        &self,
        table: &str,
        keys: Vec<Item>,
        attributes: &[&str],
        operation: &'static str,
    ) -> Result<Vec<Item>, StorageError> {
        // Through placeholders: `status` and other names are reserved words.
        let placeholders: Vec<_> = attributes.iter().map(|name| format!("#{name}")).collect();
        let names = placeholders
            .iter()
            .cloned()
            .zip(attributes.iter().map(|&name| name.to_owned()));
        let names: HashMap<_, _> = names.collect();
        let (expression, names) = if attributes.is_empty() {
            (None, None)
        } else {
            (Some(placeholders.join(", ")), Some(names))
        };
        let requests = keys.chunks(MAX_KEYS).map(|keys| {
            KeysAndAttributes::builder()
                .set_keys(Some(keys.to_vec()))
                .set_projection_expression(expression.clone())
                .set_expression_attribute_names(names.clone())
                .build()
                .map_err(|error| StorageError::unwritable("key", error))
        });
        let requests = requests.collect::<Result<Vec<_>, _>>()?;
        stream::iter(requests)
            .map(|request| self.read_part(table, request, operation))
            .buffered(CONCURRENCY)
            .try_concat()
            .await
    }

    /// Asks again for the items that DynamoDB leaves out for want of capacity or room.
    async fn read_part(
        &self,
        table: &str,
        request: KeysAndAttributes,
        operation: &'static str,
    ) -> Result<Vec<Item>, StorageError> {
        let mut pending = HashMap::from([(table.to_owned(), request)]);
        let mut items = Vec::new();
        let mut pauses = pauses();
        loop {
            let answer = self
                .client
                .batch_get_item()
                .set_request_items(Some(pending))
                .send()
                .await
                .map_err(|error| StorageError::of(operation, error))?;
            let responses = answer.responses.into_iter().flatten();
            items.extend(responses.flat_map(|(_, items)| items));
            pending = answer.unprocessed_keys.unwrap_or_default();
            if pending.is_empty() {
                return Ok(items);
            }
            let pause = pauses.next().ok_or_else(|| StorageError::throttled(operation))?;
            tokio::time::sleep(pause).await;
        }
    }

    /// Puts up to 25 items into `table`, trying again what DynamoDB leaves out for want of capacity. Each key once, or it
    /// refuses.
    pub(crate) async fn write_batch(
        &self,
        table: &str,
        items: Vec<Item>,
        operation: &'static str,
    ) -> Result<(), StorageError> {
        let puts = items.into_iter().map(|item| {
            let put = PutRequest::builder().set_item(Some(item)).build();
            put.map(|put| WriteRequest::builder().put_request(put).build())
                .map_err(|error| StorageError::unwritable("item", error))
        });
        let puts: Vec<_> = puts.collect::<Result<_, _>>()?;
        if puts.is_empty() {
            return Ok(());
        }
        let mut pending = HashMap::from([(table.to_owned(), puts)]);
        let mut pauses = pauses();
        loop {
            let answer = self
                .client
                .batch_write_item()
                .set_request_items(Some(pending))
                .send()
                .await
                .map_err(|error| StorageError::of(operation, error))?;
            pending = answer.unprocessed_items.unwrap_or_default();
            if pending.is_empty() {
                return Ok(());
            }
            let pause = pauses.next().ok_or_else(|| StorageError::throttled(operation))?;
            tokio::time::sleep(pause).await;
        }
    }
}
