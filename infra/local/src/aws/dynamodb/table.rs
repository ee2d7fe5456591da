//! Makes tables as the template wants them, and brings those of an earlier run up to it.

use dynoxide::{Database, DynoxideError};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{aws::AwsError, template::Table};

/// Creates the table, or changes the existing one: indexes come and go, a stream or TTL is switched on.
pub(super) fn deploy(database: &Database, table: &Table) -> Result<(), AwsError> {
    let failed = |source| AwsError::Table {
        table: table.logical_id.clone(),
        source,
    };
    let name = json!({"TableName": table.name});
    match database.describe_table(request(table, name)?) {
        Ok(description) => {
            let existing = serde_json::to_value(description.table);
            let existing = existing.map_err(|source| properties_error(table, source))?;
            for update in updates(table, &existing)? {
                database.update_table(request(table, update)?).map_err(failed)?;
            }
        }
        Err(DynoxideError::ResourceNotFoundException(_)) => {
            database
                .create_table(request(table, table.create_table.clone())?)
                .map_err(failed)?;
        }
        Err(error) => return Err(failed(error)),
    }
    if let Some(attribute) = &table.ttl_attribute {
        let specification = json!({"AttributeName": attribute, "Enabled": true});
        let ttl = json!({"TableName": table.name, "TimeToLiveSpecification": specification});
        database
            .update_time_to_live(request(table, ttl)?)
            .map_err(failed)?;
    }
    Ok(())
}

fn request<R: DeserializeOwned>(table: &Table, request: Value) -> Result<R, AwsError> {
    serde_json::from_value(request).map_err(|source| properties_error(table, source))
}

fn properties_error(table: &Table, source: serde_json::Error) -> AwsError {
    AwsError::TableProperties {
        table: table.logical_id.clone(),
        source,
    }
}

/// The UpdateTable requests that make `existing` (a TableDescription) what the template wants.
fn updates(table: &Table, existing: &Value) -> Result<Vec<Value>, AwsError> {
    let wanted = &table.create_table;
    let changed = |part| AwsError::TableChanged {
        table: table.logical_id.clone(),
        part,
    };
    if existing["KeySchema"] != wanted["KeySchema"] {
        return Err(changed("key"));
    }
    let definition = |name: &Value| {
        let same_name = |definition: &&Value| definition["AttributeName"] == *name;
        items(wanted, "AttributeDefinitions").find(same_name)
    };
    let redefined = |old: &Value| {
        definition(&old["AttributeName"]).is_some_and(|new| new["AttributeType"] != old["AttributeType"])
    };
    if items(existing, "AttributeDefinitions").any(redefined) {
        return Err(changed("attribute type"));
    }
    if !items(existing, "LocalSecondaryIndexes")
        .map(index)
        .eq(items(wanted, "LocalSecondaryIndexes").map(index))
    {
        return Err(changed("local secondary index"));
    }

    let mut updates = Vec::new();
    match (&existing["StreamSpecification"], &wanted["StreamSpecification"]) {
        (old, new) if old == new => {}
        (Value::Null, new) => {
            updates.push(json!({"TableName": table.name, "StreamSpecification": new}));
        }
        _ => return Err(changed("stream")),
    }
    let old: Vec<_> = items(existing, "GlobalSecondaryIndexes").map(index).collect();
    let new: Vec<_> = items(wanted, "GlobalSecondaryIndexes").map(index).collect();
    for index in old.iter().filter(|index| !new.contains(index)) {
        let update = json!({"Delete": {"IndexName": index["IndexName"]}});
        updates.push(json!({"TableName": table.name, "GlobalSecondaryIndexUpdates": [update]}));
    }
    for index in new.iter().filter(|index| !old.contains(index)) {
        let attributes = items(index, "KeySchema").filter_map(|key| definition(&key["AttributeName"]));
        updates.push(json!({
            "TableName": table.name,
            "AttributeDefinitions": attributes.collect::<Vec<_>>(),
            "GlobalSecondaryIndexUpdates": [{"Create": index}],
        }));
    }
    Ok(updates)
}

fn items<'v>(object: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    object[name].as_array().into_iter().flatten()
}

/// What makes an index itself, without its state; the projected attributes are a set.
fn index(index: &Value) -> Value {
    let mut projection = index["Projection"].clone();
    if let Some(attributes) = projection
        .get_mut("NonKeyAttributes")
        .and_then(Value::as_array_mut)
    {
        attributes.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    }
    json!({"IndexName": index["IndexName"], "KeySchema": index["KeySchema"], "Projection": projection})
}
