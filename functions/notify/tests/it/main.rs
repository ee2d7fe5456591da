//! What changes of the tables mean for the platform.

use aws_lambda_events::event::dynamodb::EventRecord;
use domain::import::{ImportOverrides, draft};
use domain::{Content, Edit, EventStatus, LocalEvent, LocalEventId, StoredEvent};
use edge::webhook::Notification;
use notify::handler::Trigger;
use notify::notice::notification;
use serde_json::{Value, json};
use test_case::test_case;
use testkit::event::EventBuilder;
use testkit::{at, event, now};

fn concert() -> EventBuilder {
    event("seatgeek#12")
}

/// An item as a stream shows it, of texts, numbers and objects of them.
fn image(value: &Value) -> Value {
    match value {
        Value::Null => json!({"NULL": true}),
        Value::Number(number) => json!({"N": number.to_string()}),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| (name.clone(), image(value)));
            json!({"M": Value::from_iter(members)})
        }
        other => json!({"S": other}),
    }
}

fn record(id: &str, key: &str, before: Option<Value>, after: Option<Value>) -> EventRecord {
    let item = |value: Option<Value>| value.map_or_else(|| json!({}), |value| image(&value)["M"].clone());
    serde_json::from_value(json!({
        "eventID": id, "eventName": "MODIFY", "eventSource": "aws:dynamodb", "awsRegion": "eu-central-1",
        "eventSourceARN": "arn:aws:dynamodb:eu-central-1:123456789012:table/t/stream/s",
        "dynamodb": {
            "ApproximateCreationDateTime": now().timestamp(), "Keys": {key: {"S": "-"}}, "SequenceNumber": "1",
            "SizeBytes": 1, "OldImage": item(before), "NewImage": item(after),
        },
    }))
    .unwrap()
}

/// The attributes of an external event that are read, as they are stored.
fn external(stored: &StoredEvent) -> Value {
    let mut item = json!({
        "summary": serde_json::to_string(&stored.event).unwrap(),
        "created_at": stored.created_at, "synced_at": stored.synced_at,
    });
    if let Some(import) = stored.import {
        item["local_event_id"] = json!(import.local_event_id);
        item["imported_at"] = json!(import.imported_at);
    }
    item
}

fn local() -> Value {
    let concert = concert().build();
    let event = LocalEvent {
        id: LocalEventId::new(789),
        content: draft(&concert, &ImportOverrides::default(), now()).unwrap(),
        created_by: "7".to_owned(),
        created_at: now(),
        version: 1,
        at_import: Content::of(&concert),
        reviewed: Edit::default(),
        request: None,
    };
    serde_json::to_value(event).unwrap()
}

fn told(record: EventRecord) -> Option<Value> {
    let notification: Option<Notification> = notification(record).unwrap();
    notification.map(|notification| serde_json::from_str(&notification.body).unwrap())
}

#[test]
fn tells_of_an_import_and_of_its_withdrawal() {
    let imported = told(record("1", "id", None, Some(local()))).unwrap();
    assert_eq!(
        imported,
        json!({
            "type": "external_event.imported", "timestamp": "2026-11-22T12:00:00Z",
            "data": {"local_event_id": 789, "local_event_url": "/events/789/",
                     "external_source": "seatgeek", "external_event_id": "12"},
        })
    );
    let withdrawn = told(record("2", "id", Some(local()), None)).unwrap();
    assert_eq!(withdrawn["type"], "local_event.withdrawn");
    assert_eq!(withdrawn["data"], imported["data"]);
}

#[test_case(concert().title("Another").imported(789), "external_event.changed", &["title"]; "a title")]
#[test_case(concert().starts_at(at("2026-12-21T19:00:00Z")).imported(789), "external_event.changed", &["start_time"]; "a start")]
#[test_case(concert().status(EventStatus::Postponed).imported(789), "external_event.changed", &[]; "a postponement")]
#[test_case(concert().status(EventStatus::Cancelled).imported(789), "external_event.cancelled", &[]; "a cancellation")]
fn tells_of(after: StoredEvent, kind: &str, changed: &[&str]) {
    let before = external(&concert().imported(789));
    let told = told(record("1", "event_key", Some(before), Some(external(&after)))).unwrap();
    assert_eq!(told["type"], kind);
    assert_eq!(told["data"]["changed"], json!(changed));
    assert_eq!(told["data"]["changes_url"], "/events/789/changes/");
    assert_eq!(told["data"]["status"], json!(after.event.status));
}

#[test]
fn keeps_to_itself_what_no_local_event_shows() {
    let plain = concert().stored();
    let imported = concert().imported(789);
    let price = concert().with(|event| event.performers.clear()).imported(789);
    let renamed = concert().title("Another").stored();
    for (before, after) in [
        (&plain, &imported),
        (&imported, &plain),
        (&imported, &price),
        (&plain, &renamed),
    ] {
        let record = record("1", "event_key", Some(external(before)), Some(external(after)));
        assert_eq!(told(record), None);
    }
    assert_eq!(told(record("1", "id", Some(local()), Some(local()))), None);
}

#[test]
fn a_record_that_comes_again_makes_the_same_notification() {
    let once = |id| notification(record(id, "id", None, Some(local()))).unwrap().unwrap();
    assert_eq!(once("1"), once("1"));
    assert_ne!(once("1").id, once("2").id);
}

#[test]
fn tells_messages_from_changes() {
    let messages = json!({"Records": [{"eventSource": "aws:sqs", "messageId": "m", "body": "{}"}]});
    assert!(matches!(serde_json::from_value(messages).unwrap(), Trigger::Messages(_)));
    let changes = json!({"Records": []});
    assert!(matches!(serde_json::from_value(changes).unwrap(), Trigger::Changes(_)));
}
