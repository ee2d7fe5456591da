//! What changes of the tables mean for the platform.

use domain::EventStatus;
use edge::openapi;
use edge::webhook::Notification;
use serde_json::{Value, json};
use test_case::test_case;
use testkit::call::sample;
use testkit::queue::Request;
use testkit::{at, queue, schema};

use crate::{World, body, concert, invoke, nothing};

impl World {
    /// What is queued for these records.
    async fn announced(&self, records: &[Value]) -> Vec<Notification> {
        assert_eq!(
            invoke(&self.context, json!({"Records": records})).await,
            nothing()
        );
        self.queued()
    }

    fn queued(&self) -> Vec<Notification> {
        let queued = self.queues.take().into_iter().map(|request| match request {
            Request::Notify(notification) => notification,
            other => panic!("{other:?}"),
        });
        queued.collect()
    }
}

#[tokio::test]
async fn tells_of_an_import_and_of_its_withdrawal() {
    let (world, local_event) = World::imported().await;
    world.withdraw(&local_event).await;
    let announced = world.announced(&world.local_records()).await;
    let [imported, withdrawn] = &announced[..] else {
        panic!("{announced:?}");
    };
    let at = body(imported)["timestamp"].clone();
    assert!(at.as_str().unwrap().ends_with('Z'), "{at}");
    let data = json!({
        "local_event_id": 1, "local_event_url": "/events/1/",
        "external_source": "seatgeek", "external_event_id": "12",
    });
    let told = json!({"type": "external_event.imported", "timestamp": at, "data": data});
    assert_eq!(body(imported), told);
    assert_eq!(body(withdrawn)["type"], "local_event.withdrawn");
    assert_eq!(body(withdrawn)["data"], data);
}

#[test_case(concert().title("Another"), "external_event.changed", &["title"]; "a title")]
#[test_case(concert().description("New"), "external_event.changed", &["description"]; "a description")]
#[test_case(concert().starts_at(at("2026-12-21T19:00:00Z")), "external_event.changed", &["start_time"]; "a start")]
#[test_case(concert().status(EventStatus::Postponed), "external_event.changed", &["status"]; "a postponement")]
#[test_case(concert().status(EventStatus::Removed), "external_event.changed", &["status"]; "a removal")]
#[test_case(concert().status(EventStatus::Cancelled), "external_event.cancelled", &["status"]; "a cancellation")]
#[tokio::test]
async fn tells_of(after: testkit::EventBuilder, kind: &str, changed: &[&str]) {
    let (world, _) = World::imported().await;
    let after = after.build();
    let status = after.status;
    let records = world.source_says(after).await;
    let announced = world.announced(&records).await;
    assert_eq!(announced.len(), 1);
    let told = body(&announced[0]);
    assert_eq!(told["type"], kind);
    assert_eq!(told["data"]["changed"], json!(changed));
    assert_eq!(told["data"]["status"], json!(status));
    assert_eq!(told["data"]["changes_url"], "/events/1/changes/");
}

#[tokio::test]
async fn tells_of_a_cancellation_once() {
    let (world, _) = World::imported().await;
    let cancelled = concert().status(EventStatus::Cancelled);
    world.source_says(cancelled.clone().build()).await;
    let renamed = world.source_says(cancelled.title("CANCELLED").build()).await;
    let told = body(&world.announced(&renamed).await[0]);
    assert_eq!(told["type"], "external_event.changed");
}

#[tokio::test]
async fn keeps_to_itself_what_no_local_event_shows() {
    let (world, local_event) = World::imported().await;
    world
        .source_says(concert().with(|event| event.performers.clear()).build())
        .await;
    world.withdraw(&local_event).await;
    world.source_says(concert().title("Nobody's").build()).await;
    // Stored, imported, with other performers, withdrawn, renamed.
    let records = world.dynamo.records();
    assert_eq!(records.len(), 5);
    assert_eq!(world.announced(&records).await, []);
}

#[tokio::test]
async fn a_batch_that_comes_again_makes_the_same_notifications() {
    let (world, local_event) = World::imported().await;
    world.withdraw(&local_event).await;
    let records = world.local_records();
    let first = world.announced(&records).await;
    assert_eq!(world.announced(&records).await, first);
    assert_ne!(first[0].id, first[1].id);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_named_and_what_came_before_it_is_queued() {
    let (world, local_event) = World::imported().await;
    world.withdraw(&local_event).await;
    let mut records = world.local_records();
    records[1]["dynamodb"]["OldImage"]["version"] = json!({"S": "none"});
    let again = invoke(&world.context, json!({"Records": records})).await;
    let number = &records[1]["dynamodb"]["SequenceNumber"];
    assert_eq!(again, json!({"batchItemFailures": [{"itemIdentifier": number}]}));
    assert_eq!(world.queued().len(), 1);
}

#[tokio::test]
async fn the_whole_batch_comes_again_when_the_queue_fails() {
    let (mut world, _) = World::imported().await;
    world.context.queue = queue::nowhere().queue();
    let records = world.local_records();
    let again = invoke(&world.context, json!({"Records": records})).await;
    let number = &records[0]["dynamodb"]["SequenceNumber"];
    assert_eq!(again, json!({"batchItemFailures": [{"itemIdentifier": number}]}));
}

#[tokio::test]
async fn where_nobody_is_told_nothing_piles_up() {
    let (mut world, _) = World::imported().await;
    world.context.webhook = None;
    assert_eq!(world.announced(&world.local_records()).await, []);
}

#[test_case("imported", "external_event.imported")]
#[test_case("withdrawn", "local_event.withdrawn")]
#[test_case("changed", "external_event.changed")]
#[test_case("cancelled", "external_event.cancelled")]
#[tokio::test]
async fn tells_of_the_sample(name: &str, kind: &str) {
    let world = World::start().await;
    let event: Value = sample(&format!("notify/{name}"));
    let announced = world.announced(event["Records"].as_array().unwrap()).await;
    assert_eq!(announced.len(), 1);
    let told = body(&announced[0]);
    assert_eq!(told["type"], kind);
    let contract: Value = serde_json::from_str(openapi::PUBLISHED).unwrap();
    let said = &contract["webhooks"][kind]["post"]["requestBody"]["content"]["application/json"]["schema"];
    schema::assert_describes(&contract, said, &told);
}
