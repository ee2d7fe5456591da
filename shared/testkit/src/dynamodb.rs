//! An embedded DynamoDB with the tables that template.yaml describes.

use aws_credential_types::Credentials;
use chrono::{DateTime, Utc};
use domain::import::{ImportOverrides, draft};
use domain::{ExternalEvent, LocalEvent, StoredEvent};
use dynoxide::Database;
use dynoxide::streams::shard_id;
use serde_json::{Value, json};
use storage::{
    Basis, Change, ChangeOrder, Connection, ConnectionConfig, ImportOutcome, NewImport, Store, Tables, Trust,
    stored_event_from_image,
};
use tokio::net::TcpListener;

const EVENTS: &str = "external-events";
const LOCAL_EVENTS: &str = "local-events";
const STATE: &str = "state";

/// A running DynamoDB, in memory, on a free port. It ends with the runtime that it was started in.
#[derive(Clone)]
pub struct Dynamo {
    /// Its address.
    pub endpoint_url: String,
    database: Database,
}

/// Starts a DynamoDB with empty tables.
pub async fn start() -> Dynamo {
    let database = Database::memory().expect("the database opens");
    create_tables(&database);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
    let address = listener.local_addr().expect("the listener has an address");
    tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
    Dynamo {
        endpoint_url: format!("http://{address}"),
        database,
    }
}

/// The connection to a stand-in for AWS at `endpoint_url`.
pub fn connection(endpoint_url: &str) -> Connection {
    Connection::new(ConnectionConfig {
        region: "eu-central-1".to_owned(),
        endpoint_url: Some(endpoint_url.to_owned()),
        credentials: Credentials::from_keys("test", "test", None),
        trust: Trust::amazon(),
    })
}

/// A store that cannot be reached.
pub fn nowhere() -> Store {
    Store::new(&connection("http://127.0.0.1:1"), tables())
}

/// The names of the tables.
pub fn tables() -> Tables {
    Tables {
        events: EVENTS.to_owned(),
        local_events: LOCAL_EVENTS.to_owned(),
        state: STATE.to_owned(),
    }
}

impl Dynamo {
    /// A connection to it.
    pub fn connection(&self) -> Connection {
        connection(&self.endpoint_url)
    }

    /// The store in it.
    pub fn store(&self) -> Store {
        Store::new(&self.connection(), tables())
    }

    /// Stores an event and imports it at `now`.
    pub async fn import(&self, event: &ExternalEvent, now: DateTime<Utc>) -> LocalEvent {
        let store = self.store();
        let events = std::slice::from_ref(event);
        store.record(events, now).await.expect("the event can be stored");
        let stored = store.event(&event.key).await.expect("the event can be read");
        let import = NewImport {
            basis: Basis::Stored(stored.as_ref().expect("the event is stored")),
            draft: draft(event, &ImportOverrides::default(), now).expect("the event can be imported"),
            created_by: "7".to_owned(),
            now,
            request: None,
        };
        match store.import(import).await {
            Ok(ImportOutcome::Imported(local_event)) => local_event,
            outcome => panic!("the event is not imported: {outcome:?}"),
        }
    }

    /// Everything in a table, in DynamoDB's JSON.
    pub fn items(&self, table: &str) -> Vec<Value> {
        let request = request(json!({"TableName": table}));
        let answer = Database::scan(&self.database, request).expect("the table can be read");
        let answer = serde_json::to_value(answer).expect("an answer is JSON");
        answer["Items"].as_array().cloned().unwrap_or_default()
    }

    /// Puts an item, in DynamoDB's JSON.
    pub fn put(&self, table: &str, item: &Value) {
        let request = request(json!({"TableName": table, "Item": item}));
        self.database.put_item(request).expect("the item can be put");
    }

    /// Deletes the item of a table that has this key, in DynamoDB's JSON.
    pub fn delete(&self, table: &str, key: &Value) {
        let request = request(json!({"TableName": table, "Key": key}));
        self.database
            .delete_item(request)
            .expect("the item can be deleted");
    }

    /// The events in the store.
    pub fn stored_events(&self) -> Vec<StoredEvent> {
        let items = self.items(EVENTS).into_iter();
        items
            .map(|item| {
                let item = serde_json::from_value(item).expect("an item is JSON");
                let stored = stored_event_from_image(item).expect("an item is an event");
                stored.expect("an item is not empty")
            })
            .collect()
    }

    /// Deletes what expired by now, as DynamoDB does by itself in time; how many items that was.
    pub fn expire(&self) -> usize {
        self.database.sweep_ttl().expect("what expired can be deleted")
    }

    /// The records of the stream of ExternalEvents since the start, in order, as Lambda hands them over.
    pub fn records(&self) -> Vec<Value> {
        self.records_of(EVENTS)
    }

    /// The records of a table's stream, likewise.
    pub fn records_of(&self, table: &str) -> Vec<Value> {
        let iterator = self
            .database
            .get_shard_iterator(request(json!({
                "StreamArn": format!("table/{table}/stream/local"),
                "ShardId": shard_id(table),
                "ShardIteratorType": "TRIM_HORIZON",
            })))
            .expect("the stream can be read");
        let mut iterator = iterator.shard_iterator;
        let mut records = Vec::new();
        while let Some(place) = iterator {
            let answer = self
                .database
                .get_records(request(json!({"ShardIterator": place})))
                .expect("the stream can be read");
            if answer.records.is_empty() {
                break;
            }
            let more = answer.records.into_iter().map(serde_json::to_value);
            records.extend(more.map(|record| record.expect("a record is JSON")));
            iterator = answer.next_shard_iterator;
        }
        records
    }

    /// Every change of ExternalEvents since the start, in order.
    pub fn changes(&self) -> Vec<Change> {
        let image = |record: &Value, name: &str| {
            let image = record["dynamodb"].get(name).cloned().unwrap_or_else(|| json!({}));
            let item = serde_json::from_value(image).expect("an image is an item");
            stored_event_from_image(item).expect("an image is an event")
        };
        let changes = self.records().into_iter().map(|record| Change {
            key: record["dynamodb"]["Keys"]["event_key"]["S"]
                .as_str()
                .and_then(|key| key.parse().ok())
                .expect("a record names its event"),
            order: ChangeOrder::new(
                "stream/local",
                record["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default(),
            ),
            before: image(&record, "OldImage"),
            after: image(&record, "NewImage"),
        });
        changes.collect()
    }
}

/// Creates the tables just as the template has them, so that tests and the deployed system cannot drift apart.
fn create_tables(database: &Database) {
    let template = concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml");
    let template = std::fs::read_to_string(template).expect("the template is there");
    let template: serde_norway::Value = serde_norway::from_str(&template).expect("the template is YAML");
    for (id, name) in [
        ("ExternalEventsTable", EVENTS),
        ("LocalEventsTable", LOCAL_EVENTS),
        ("StateTable", STATE),
    ] {
        let properties = &template["Resources"][id]["Properties"];
        let mut table = json!({"TableName": name, "BillingMode": "PAY_PER_REQUEST"});
        for property in ["AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes"] {
            if let Some(value) = properties.get(property) {
                table[property] = serde_json::to_value(value).expect("YAML without tags is JSON");
            }
        }
        if let Some(view) = properties.get("StreamSpecification") {
            table["StreamSpecification"] = serde_json::to_value(view).expect("YAML without tags is JSON");
            // CloudFormation enables a stream by describing it; the API wants to be told.
            table["StreamSpecification"]["StreamEnabled"] = json!(true);
        }
        database
            .create_table(request(table))
            .expect("the table can be created");
        if let Some(lifetime) = properties.get("TimeToLiveSpecification") {
            let lifetime = serde_json::to_value(lifetime).expect("YAML without tags is JSON");
            database
                .update_time_to_live(request(
                    json!({"TableName": name, "TimeToLiveSpecification": lifetime}),
                ))
                .expect("items can expire");
        }
    }
}

fn request<T: serde::de::DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).expect("a request is JSON")
}
