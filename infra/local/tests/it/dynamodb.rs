//! DynamoDB through the real SDK.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use local::aws::Storage;

use crate::emulator::Emulator;

const TABLE: &str = "
  Shows:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      TimeToLiveSpecification: {AttributeName: expires_at, Enabled: true}
";

/// The table with this key type, with or without a stream, and with indexes of these attributes and projections.
fn table(id_type: &str, stream: bool, indexes: &[(&str, &str)]) -> String {
    let attributes = [("id", id_type)]
        .into_iter()
        .chain(indexes.iter().map(|(name, _)| (*name, "S")));
    let attributes =
        attributes.map(|(name, kind)| format!("{{AttributeName: {name}, AttributeType: {kind}}}"));
    let attributes = attributes.collect::<Vec<_>>().join(", ");
    let indexes = indexes.iter().map(|(name, projection)| {
        let key = format!("[{{AttributeName: {name}, KeyType: HASH}}]");
        format!("{{IndexName: by_{name}, KeySchema: {key}, Projection: {projection}}}")
    });
    let indexes = indexes.collect::<Vec<_>>().join(", ");
    let stream = if stream {
        "StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}"
    } else {
        ""
    };
    let indexes = if indexes.is_empty() {
        String::new()
    } else {
        format!("GlobalSecondaryIndexes: [{indexes}]")
    };
    format!("{TABLE}      AttributeDefinitions: [{attributes}]\n      {stream}\n      {indexes}\n")
}

const ALL: &str = "{ProjectionType: ALL}";

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

async fn put(emulator: &Emulator, id: &str) {
    let request = emulator
        .dynamodb()
        .put_item()
        .table_name("local-Shows")
        .item("id", text(id));
    request
        .item("city", text("Bern"))
        .item("genre", text("jazz"))
        .send()
        .await
        .unwrap();
}

async fn found_by(emulator: &Emulator, attribute: &str, value: &str) -> Result<i32, String> {
    let request = emulator
        .dynamodb()
        .query()
        .table_name("local-Shows")
        .index_name(format!("by_{attribute}"));
    let request = request
        .key_condition_expression("#a = :a")
        .expression_attribute_names("#a", attribute);
    let answer = request
        .expression_attribute_values(":a", text(value))
        .send()
        .await;
    answer
        .map(|answer| answer.count())
        .map_err(|error| error.into_service_error().to_string())
}

#[tokio::test]
async fn stores_and_finds_items_with_their_cost() {
    let emulator = Emulator::start(&table("S", true, &[("city", ALL)]), Storage::Memory).await;
    put(&emulator, "1").await;
    let request = emulator
        .dynamodb()
        .get_item()
        .table_name("local-Shows")
        .key("id", text("1"));
    let answer = request
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.item().unwrap()["city"], text("Bern"));
    assert_eq!(answer.consumed_capacity().unwrap().capacity_units(), Some(0.5));
    assert_eq!(found_by(&emulator, "city", "Bern").await, Ok(1));
}

#[tokio::test]
async fn answers_errors_as_the_sdk_knows_them() {
    let emulator = Emulator::start(&table("S", false, &[]), Storage::Memory).await;
    let request = emulator
        .dynamodb()
        .get_item()
        .table_name("missing")
        .key("id", text("1"));
    let error = request.send().await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception(), "{error:?}");

    put(&emulator, "1").await;
    let request = emulator
        .dynamodb()
        .put_item()
        .table_name("local-Shows")
        .item("id", text("1"));
    let error = request
        .condition_expression("attribute_not_exists(id)")
        .send()
        .await
        .unwrap_err();
    assert!(error.into_service_error().is_conditional_check_failed_exception());
}

#[tokio::test]
async fn keeps_items_over_a_restart_and_none_in_memory() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::Directory(directory.path().to_owned());
    let template = table("S", false, &[("city", ALL)]);
    put(&Emulator::start(&template, storage.clone()).await, "1").await;
    assert_eq!(
        found_by(&Emulator::start(&template, storage).await, "city", "Bern").await,
        Ok(1)
    );
    assert_eq!(
        found_by(&Emulator::start(&template, Storage::Memory).await, "city", "Bern").await,
        Ok(0)
    );
}

#[tokio::test]
async fn applies_new_and_changed_and_removed_indexes_to_a_kept_table() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::Directory(directory.path().to_owned());
    let start =
        async |indexes: &[(&str, &str)]| Emulator::start(&table("S", false, indexes), storage.clone()).await;
    put(&start(&[("city", ALL)]).await, "1").await;

    let emulator = start(&[("city", "{ProjectionType: KEYS_ONLY}"), ("genre", ALL)]).await;
    assert_eq!(found_by(&emulator, "genre", "jazz").await, Ok(1));
    assert_eq!(found_by(&emulator, "city", "Bern").await, Ok(1));
    let description = emulator
        .dynamodb()
        .describe_table()
        .table_name("local-Shows")
        .send()
        .await
        .unwrap();
    let indexes = description.table.unwrap().global_secondary_indexes.unwrap();
    let city = indexes
        .iter()
        .find(|index| index.index_name() == Some("by_city"))
        .unwrap();
    assert_eq!(
        city.projection().unwrap().projection_type().unwrap().as_str(),
        "KEYS_ONLY"
    );
    drop(emulator);

    let emulator = start(&[("genre", ALL)]).await;
    assert_eq!(found_by(&emulator, "genre", "jazz").await, Ok(1));
    assert!(found_by(&emulator, "city", "Bern").await.is_err());
}

#[tokio::test]
async fn gives_a_kept_table_the_stream_that_the_template_adds() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::Directory(directory.path().to_owned());
    drop(Emulator::start(&table("S", false, &[]), storage.clone()).await);
    let emulator = Emulator::start(&table("S", true, &[]), storage.clone()).await;
    let description = emulator
        .dynamodb()
        .describe_table()
        .table_name("local-Shows")
        .send()
        .await
        .unwrap();
    assert!(description.table.unwrap().latest_stream_arn.is_some());
    drop(emulator);

    let error = Emulator::try_start(&table("S", false, &[]), storage)
        .await
        .err()
        .unwrap();
    assert_eq!(
        error,
        "table Shows was made with another stream; start with --fresh"
    );
}

#[tokio::test]
async fn refuses_a_kept_table_whose_key_has_changed() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::Directory(directory.path().to_owned());
    drop(Emulator::start(&table("S", false, &[]), storage.clone()).await);
    let error = Emulator::try_start(&table("N", false, &[]), storage.clone())
        .await
        .err()
        .unwrap();
    assert_eq!(
        error,
        "table Shows was made with another attribute type; start with --fresh"
    );
    let renamed = table("S", false, &[]).replace("AttributeName: id", "AttributeName: other");
    let error = Emulator::try_start(&renamed, storage).await.err().unwrap();
    assert_eq!(error, "table Shows was made with another key; start with --fresh");
}

#[tokio::test]
async fn deletes_what_has_expired() {
    let emulator = Emulator::start(&table("S", false, &[]), Storage::Memory).await;
    let request = emulator
        .dynamodb()
        .put_item()
        .table_name("local-Shows")
        .item("id", text("1"));
    request
        .item("expires_at", AttributeValue::N("1000000000".to_owned()))
        .send()
        .await
        .unwrap();
    let count = async || {
        let answer = emulator.dynamodb().scan().table_name("local-Shows").send().await;
        answer.unwrap().count()
    };
    let deleted = async {
        while count().await > 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), deleted)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_request_of_another_service_is_refused_by_name() {
    let emulator = Emulator::start(&table("S", false, &[]), Storage::Memory).await;
    let request = post(&emulator, "Kinesis_20131202.ListStreams").await;
    assert_eq!(request.0, 400);
    assert!(
        request
            .1
            .contains("`Kinesis_20131202.ListStreams` is not emulated here"),
        "{}",
        request.1
    );
}

async fn post(emulator: &Emulator, target: &str) -> (u16, String) {
    use http_body_util::{BodyExt as _, Full};
    use hyper_util::{client::legacy::Client, rt::TokioExecutor};
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<bytes::Bytes>>();
    let request = http::Request::post(&emulator.endpoint).header("x-amz-target", target);
    let response = client
        .request(request.body(Full::default()).unwrap())
        .await
        .unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}
