//! The embedded DynamoDB, in this process.

use dynoxide::{Database, ImportOptions};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::error::BenchError;

/// A request in DynamoDB's JSON.
pub(crate) fn request<T: DeserializeOwned>(request: Value) -> Result<T, BenchError> {
    serde_json::from_value(request).map_err(BenchError::measured("asking the engine"))
}

/// Everything in a table.
pub(crate) fn items(database: &Database, table: &str) -> Result<Vec<Value>, BenchError> {
    let mut items = Vec::new();
    let mut start = Value::Null;
    loop {
        let page = database.scan(request(json!({"TableName": table, "ExclusiveStartKey": start}))?);
        let page = page.map_err(BenchError::measured("reading a table"))?;
        let page = serde_json::to_value(page);
        let mut page = page.map_err(BenchError::measured("reading a table"))?;
        if let Value::Array(page) = page["Items"].take() {
            items.extend(page);
        }
        start = page["LastEvaluatedKey"].take();
        if start.is_null() {
            return Ok(items);
        }
    }
}

/// Puts all items of a JSON array into a table at once. Its stream does not tell of them.
pub(crate) fn import(database: &Database, table: &str, items: &str) -> Result<(), BenchError> {
    let items = serde_json::from_str(items).map_err(BenchError::measured("making items"))?;
    let imported = database.import_items(table, items, ImportOptions::default());
    imported.map(drop).map_err(BenchError::measured("loading items"))
}
