use domain::import::{ImportOverrides, draft};
use domain::{Content, Edit, LocalEvent, LocalEventId};
use serde_json::json;

use crate::sample::{concert, json, now};

#[test]
fn a_local_event_is_one_flat_object() {
    let event = LocalEvent {
        id: LocalEventId::new(789),
        content: draft(&concert(), &ImportOverrides::default(), now()).unwrap(),
        created_by: "user-17".to_owned(),
        created_at: now(),
        version: 1,
        at_import: Content::of(&concert()),
        reviewed: Edit::default(),
        request: None,
    };
    assert_eq!(
        json(&event),
        json!({
            "id": 789, "title": "The Paper Lanterns", "description": "An evening of new songs.",
            "location": "Harbour Hall, New York", "venue_name": "Harbour Hall", "venue_address": "1 Pier Street",
            "start_time": "2026-06-12T00:30:00Z", "end_time": "2026-06-12T03:00:00Z",
            "external": "ticketmaster#vv1A-b_7", "created_by": "user-17", "created_at": "2026-03-01T12:00:00Z",
            "version": 1,
            "at_import": {
                "title": "The Paper Lanterns", "description": "An evening of new songs.",
                "location": "Harbour Hall, New York", "venue_name": "Harbour Hall", "venue_address": "1 Pier Street",
                "start_time": "2026-06-12T00:30:00Z", "end_time": "2026-06-12T03:00:00Z",
            },
        })
    );
    assert_eq!(serde_json::from_value::<LocalEvent>(json(&event)).unwrap(), event);
}
