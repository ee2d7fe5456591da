use chrono::TimeDelta;
use domain::import::{ImportOverrides, MAX_DESCRIPTION_LENGTH, MAX_LINE_LENGTH, MAX_TITLE_LENGTH, draft};
use domain::{EventStatus, ExternalEvent, LocalEventDraft, Start};
use proptest::prelude::*;
use serde_json::{Value, json};
use test_case::test_case;

use crate::sample::{at, concert, day, json, now};
use crate::strategy;

fn import(event: &ExternalEvent) -> Result<LocalEventDraft, Value> {
    import_with(event, &ImportOverrides::default())
}

fn import_with(event: &ExternalEvent, overrides: &ImportOverrides) -> Result<LocalEventDraft, Value> {
    draft(event, overrides, now()).map_err(|errors| json(&errors))
}

#[test]
fn rejects_every_failing_field_at_once() {
    let long = "x".repeat(MAX_LINE_LENGTH + 1);
    let event = ExternalEvent {
        title: " \u{0} ".to_owned(),
        start: Start::exact(now() - TimeDelta::days(1), None),
        end: Some(now() - TimeDelta::days(2)),
        status: EventStatus::Cancelled,
        ticket_url: None,
        ..concert()
    };
    let overrides = ImportOverrides {
        description: Some("x".repeat(MAX_DESCRIPTION_LENGTH + 1)),
        location: Some(long.clone()),
        venue_name: Some(long.clone()),
        venue_address: Some(long),
        ..ImportOverrides::default()
    };
    assert_eq!(
        import_with(&event, &overrides),
        Err(json!({
            "title": ["Title is required"],
            "description": ["Description must be at most 50000 bytes long"],
            "location": ["Must be at most 500 characters long"],
            "venue_name": ["Must be at most 500 characters long"],
            "venue_address": ["Must be at most 500 characters long"],
            "status": ["Event is cancelled"],
            "ticket_url": ["Ticket URL must be an http or https URL"],
            "start_time": ["Start time must be in the future"],
            "end_time": ["End time must be after start time"],
        }))
    );
}

#[test]
fn rejects_start_that_is_not_in_the_future() {
    for start in [now(), now() - TimeDelta::seconds(1)] {
        let event = ExternalEvent {
            start: Start::exact(start, None),
            ..concert()
        };
        let refusal = json!({"start_time": ["Start time must be in the future"]});
        assert_eq!(import(&event), Err(refusal));
    }
}

#[test_case(Start::DateOnly { date: day("2026-06-12") }; "at an unknown time")]
#[test_case(Start::ToBeAnnounced; "on an unknown day")]
fn rejects_event_that_starts(start: Start) {
    let event = ExternalEvent { start, ..concert() };
    let refusal = json!({"start_time": ["Start time is not announced yet"]});
    assert_eq!(import(&event), Err(refusal));
}

#[test]
fn rejects_end_that_is_not_after_the_start() {
    let event = ExternalEvent {
        end: concert().start.instant(),
        ..concert()
    };
    let refusal = json!({"end_time": ["End time must be after start time"]});
    assert_eq!(import(&event), Err(refusal));
}

#[test]
fn rejects_title_of_201_characters_but_not_of_200() {
    let titled = |title: String| ExternalEvent { title, ..concert() };
    let longest = "é".repeat(MAX_TITLE_LENGTH);
    assert_eq!(import(&titled(longest.clone())).unwrap().title, longest);
    let refusal = json!({"title": ["Title must be at most 200 characters long"]});
    assert_eq!(import(&titled(longest + "é")), Err(refusal));
}

#[test_case(EventStatus::Cancelled, "Event is cancelled"; "cancelled")]
#[test_case(EventStatus::Ended, "Event has ended"; "ended")]
#[test_case(EventStatus::Removed, "Event was removed at its source"; "removed")]
fn rejects_event_that_is(status: EventStatus, reason: &str) {
    let event = ExternalEvent { status, ..concert() };
    assert_eq!(import(&event), Err(json!({"status": [reason]})));
}

#[test]
fn rejects_an_event_for_its_status_just_when_it_is_over() {
    for status in EventStatus::ALL {
        let event = ExternalEvent { status, ..concert() };
        assert_eq!(import(&event).is_err(), status.is_over(), "{status}");
    }
}

#[test_case(json!({"titel": "x"}); "an unknown field")]
#[test_case(json!({"start_time": "tomorrow"}); "a start that is no time")]
#[test_case(json!({"title": 7}); "a title that is no text")]
fn refuses_as_overrides(body: Value) {
    assert!(serde_json::from_value::<ImportOverrides>(body).is_err());
}

#[test]
fn an_event_becomes_a_draft_with_what_its_source_says() {
    let expected = LocalEventDraft {
        title: "The Paper Lanterns".to_owned(),
        description: "An evening of new songs.".to_owned(),
        location: "Harbour Hall, New York".to_owned(),
        start_time: at("2026-06-12T00:30:00Z"),
        end_time: Some(at("2026-06-12T03:00:00Z")),
        venue_name: "Harbour Hall".to_owned(),
        venue_address: "1 Pier Street".to_owned(),
        external: concert().key,
    };
    assert_eq!(import(&concert()), Ok(expected));
}

#[test]
fn overrides_take_the_place_of_what_the_source_says() {
    let overrides: ImportOverrides = serde_json::from_value(json!({
        "title": " Lanterns\u{7} at the Pier ", "description": "", "location": "The Pier",
        "start_time": "2026-06-12T01:00:00+01:00", "end_time": "2026-06-12T02:00:00Z",
        "venue_name": "Pier 1", "venue_address": "2 Pier Street",
    }))
    .unwrap();
    let expected = LocalEventDraft {
        title: "Lanterns at the Pier".to_owned(),
        description: String::new(),
        location: "The Pier".to_owned(),
        start_time: at("2026-06-12T00:00:00Z"),
        end_time: Some(at("2026-06-12T02:00:00Z")),
        venue_name: "Pier 1".to_owned(),
        venue_address: "2 Pier Street".to_owned(),
        external: concert().key,
    };
    assert_eq!(import_with(&concert(), &overrides), Ok(expected));
}

#[test]
fn an_override_tells_the_start_that_is_not_announced() {
    let event = ExternalEvent {
        start: Start::ToBeAnnounced,
        end: None,
        ..concert()
    };
    let overrides = ImportOverrides {
        start_time: Some(Some(at("2026-06-12T00:30:00Z"))),
        ..ImportOverrides::default()
    };
    let draft = import_with(&event, &overrides).unwrap();
    assert_eq!(draft.start_time, at("2026-06-12T00:30:00Z"));
}

proptest! {
    #[test]
    fn every_draft_keeps_the_rules_and_every_refusal_says_why(
        event in strategy::event(), now in strategy::instant(),
    ) {
        match draft(&event, &ImportOverrides::default(), now) {
            Ok(draft) => {
                prop_assert!((1..=MAX_TITLE_LENGTH).contains(&draft.title.chars().count()));
                prop_assert!(draft.start_time > now);
                prop_assert!(draft.end_time.is_none_or(|end| end > draft.start_time));
                prop_assert!(!event.status.is_over());
                prop_assert!(event.ticket_url.is_some());
                prop_assert_eq!(draft.external, event.key);
            }
            Err(errors) => prop_assert!(!errors.is_empty()),
        }
    }
}
