//! Everything small: failed imports, the audit trail, cached answers, categories, counters, health, named requests, runs, sequences.

mod audit;
pub mod cache;
pub mod category;
pub mod counter;
pub mod health;
pub mod idempotency;
pub mod import_failure;
pub mod latest_sync;
pub mod lease;
pub mod manifest;
pub mod performance;
mod receiver;
pub mod reconciliation;
pub mod run;
mod sequence;
pub mod source;

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use serde::de::DeserializeOwned;

use crate::error::StorageError;
use crate::store::{Item, Store};
use crate::update::{Update, text};

/// What a conditional write of an item did.
pub(crate) enum Written {
    /// The item as it is now.
    Done(Item),
    /// The item as it was and still is: the condition does not hold.
    Refused(Item),
}

/// The key of an item of the State table.
pub(crate) fn key(pk: impl Into<String>, sk: impl Into<String>) -> Item {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(pk.into())),
        ("sk".to_owned(), AttributeValue::S(sk.into())),
    ])
}

/// The value in an item.
pub(crate) fn read<T: DeserializeOwned>(name: &'static str, item: Item) -> Result<T, StorageError> {
    serde_dynamo::from_item(item).map_err(|error| StorageError::unreadable(name, error))
}

impl Store {
    /// All items of a partition of the State table, by sort key: one query for each 1 MB.
    pub(crate) async fn state_partition(
        &self,
        pk: &str,
        operation: &'static str,
    ) -> Result<Vec<Item>, StorageError> {
        self.query_state(pk, None, false, operation).await
    }

    /// The same with every write before it, at twice the cost.
    pub(crate) async fn state_partition_now(
        &self,
        pk: &str,
        operation: &'static str,
    ) -> Result<Vec<Item>, StorageError> {
        self.query_state(pk, None, true, operation).await
    }

    /// The items of a partition of the State table whose sort key begins with `prefix`.
    pub(crate) async fn state_range(
        &self,
        pk: &str,
        prefix: &str,
        operation: &'static str,
    ) -> Result<Vec<Item>, StorageError> {
        self.query_state(pk, Some(prefix), false, operation).await
    }

    async fn query_state(
        &self,
        pk: &str,
        prefix: Option<&str>,
        is_now: bool,
        operation: &'static str,
    ) -> Result<Vec<Item>, StorageError> {
        let (condition, prefix) = match prefix {
            Some(prefix) => ("pk = :pk AND begins_with(sk, :prefix)", Some(text(prefix))),
            None => ("pk = :pk", None),
        };
        let values: Item = [(":pk", Some(text(pk))), (":prefix", prefix)]
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect();
        let mut items = Vec::new();
        let mut last_key = None;
        loop {
            let answer = self
                .client
                .query()
                .table_name(&self.tables.state)
                .key_condition_expression(condition)
                .set_expression_attribute_values(Some(values.clone()))
                .set_exclusive_start_key(last_key)
                .consistent_read(is_now)
                .send()
                .await
                .map_err(|error| StorageError::of(operation, error))?;
            items.extend(answer.items.unwrap_or_default());
            last_key = answer.last_evaluated_key;
            if last_key.is_none() {
                return Ok(items);
            }
        }
    }

    /// An item of the State table, with every write before it.
    pub(crate) async fn state_item_now(
        &self,
        key: Item,
        operation: &'static str,
    ) -> Result<Option<Item>, StorageError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.tables.state)
            .set_key(Some(key))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StorageError::of(operation, error))?;
        Ok(answer.item)
    }

    /// Updates an item of the State table.
    pub(crate) async fn update_state(
        &self,
        key: Item,
        update: &Update,
        operation: &'static str,
    ) -> Result<Written, StorageError> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.tables.state)
            .set_key(Some(key))
            .set_update_expression(update.expression())
            .set_condition_expression(update.condition())
            .set_expression_attribute_names(update.names())
            .set_expression_attribute_values(update.values())
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(Written::Done(answer.attributes.unwrap_or_default())),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failure)) => {
                    Ok(Written::Refused(failure.item.clone().unwrap_or_default()))
                }
                _ => Err(StorageError::of(operation, error)),
            },
        }
    }
}
