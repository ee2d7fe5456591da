//! What the contract says of announcements.

use std::collections::BTreeSet;

use domain::{ContentField, EventStatus, LocalEventId};
use edge::view::Timestamp;
use edge::webhook::{AnnouncedChange, AnnouncedEvent, Announcement, Notification};
use serde_json::{Value, json};
use test_case::test_case;
use testkit::{key, now, schema};

use super::document;

/// One announcement of each kind.
fn announcements() -> [Announcement; 4] {
    let event = || AnnouncedEvent::new(LocalEventId::new(789), key("seatgeek#12"));
    let change = |status, changed| AnnouncedChange {
        event: event(),
        status,
        changed,
        changes_url: "/events/789/changes/".to_owned(),
    };
    let fields = ContentField::ALL.map(ContentField::as_str).to_vec();
    let timestamp = Timestamp(now());
    [
        Announcement::Imported {
            timestamp,
            data: event(),
        },
        Announcement::Changed {
            timestamp,
            data: change(EventStatus::Removed, fields),
        },
        Announcement::Cancelled {
            timestamp,
            data: change(EventStatus::Cancelled, vec!["status"]),
        },
        Announcement::Withdrawn {
            timestamp,
            data: event(),
        },
    ]
}

/// The name of a kind. A new one does not compile before it has its name here, and passes no test before it is among
/// the [`announcements`] and in the document.
fn name(announcement: &Announcement) -> &'static str {
    match announcement {
        Announcement::Imported { .. } => "external_event.imported",
        Announcement::Changed { .. } => "external_event.changed",
        Announcement::Cancelled { .. } => "external_event.cancelled",
        Announcement::Withdrawn { .. } => "local_event.withdrawn",
    }
}

#[test]
fn every_kind_is_a_webhook_and_no_other() {
    let document = document();
    let webhooks = document["webhooks"].as_object().unwrap();
    let names: BTreeSet<_> = webhooks.keys().map(String::as_str).collect();
    assert_eq!(names, announcements().iter().map(name).collect());
    for (name, item) in webhooks {
        let methods: Vec<_> = item.as_object().unwrap().keys().collect();
        assert_eq!(methods, ["post"]);
        assert_eq!(item["post"]["operationId"], json!(name));
        assert_ne!(item["post"]["summary"], "");
    }
}

/// The schema of the body of this kind.
fn body<'a>(document: &'a Value, kind: &str) -> &'a Value {
    &document["webhooks"][kind]["post"]["requestBody"]["content"]["application/json"]["schema"]
}

#[test]
fn every_kind_is_as_it_is_described() {
    let document = document();
    for announcement in announcements() {
        let sent = serde_json::to_value(&announcement).unwrap();
        assert_eq!(sent["type"], name(&announcement));
        schema::assert_describes(&document, body(&document, name(&announcement)), &sent);
    }
}

#[test_case("/type", &json!("local_event.withdrawn"); "of another kind")]
#[test_case("/timestamp", &json!("yesterday"); "with a time that is none")]
#[test_case("/data/local_event_id", &json!("789"); "with an id that is text")]
#[test_case("/data/changed/0", &json!("price"); "with a field that is never told of")]
#[test_case("/data", &json!({}); "without its data")]
#[should_panic(expected = "is not met by")]
fn does_not_describe_an_announcement(place: &str, other: &Value) {
    let document = document();
    let mut sent = serde_json::to_value(&announcements()[1]).unwrap();
    *sent.pointer_mut(place).unwrap() = other.clone();
    schema::assert_describes(&document, body(&document, "external_event.changed"), &sent);
}

#[test]
#[should_panic(expected = "venue is not described")]
fn does_not_describe_a_member_of_which_nothing_is_said() {
    let document = document();
    let mut sent = serde_json::to_value(&announcements()[1]).unwrap();
    sent["data"]["venue"] = json!("Paper Hall");
    schema::assert_describes(&document, body(&document, "external_event.changed"), &sent);
}

#[test]
fn the_headers_that_are_sent_are_required_and_stand_for_any_security_scheme() {
    let headers = Notification::new("a cause", "{}".to_owned()).headers(&[], now());
    let headers = headers.unwrap();
    let sent: BTreeSet<_> = headers.keys().map(http::HeaderName::as_str).collect();
    for item in document()["webhooks"].as_object().unwrap().values() {
        let parameters = item["post"]["parameters"].as_array().unwrap();
        let names: BTreeSet<_> = parameters.iter().filter_map(|one| one["name"].as_str()).collect();
        assert_eq!(names, sent);
        for parameter in parameters {
            assert_eq!(
                (&parameter["in"], &parameter["required"]),
                (&json!("header"), &json!(true))
            );
        }
        assert_eq!(item["post"].get("security"), None);
    }
}

#[test]
fn the_answers_are_those_that_make_a_difference() {
    for item in document()["webhooks"].as_object().unwrap().values() {
        let responses = item["post"]["responses"].as_object().unwrap();
        let answers: BTreeSet<_> = responses.keys().map(String::as_str).collect();
        assert_eq!(answers, BTreeSet::from(["2XX", "410", "default"]));
        assert!(responses["default"]["headers"].get("retry-after").is_some());
    }
}
