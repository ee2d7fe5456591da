//! Everything small: cached answers, categories, counters, runs, sequences.

pub mod cache;
pub mod category;
pub mod counter;
pub mod run;
mod sequence;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// The key of an item of the State table.
pub(crate) fn key(pk: impl Into<String>, sk: impl Into<String>) -> HashMap<String, AttributeValue> {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(pk.into())),
        ("sk".to_owned(), AttributeValue::S(sk.into())),
    ])
}
