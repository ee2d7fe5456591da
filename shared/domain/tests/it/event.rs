use std::cmp::Ordering;

use domain::{EventKey, ExternalEvent, Source, Start, StoredEvent, Venue};
use proptest::prelude::*;
use serde_json::json;
use test_case::test_case;

use crate::sample::{at, concert, day, json};
use crate::strategy;

#[test_case("Harbour Hall", "New York" => "Harbour Hall, New York"; "name and city")]
#[test_case("Harbour Hall", "" => "Harbour Hall"; "the name alone")]
#[test_case("", "New York" => "New York"; "the city alone")]
#[test_case("", "" => ""; "nothing")]
fn a_venue_in_one_line(name: &str, city: &str) -> String {
    let venue = Venue {
        name: name.to_owned(),
        city: city.to_owned(),
        ..Venue::default()
    };
    venue.line()
}

fn starting(source: Source, id: &str, start: Start) -> ExternalEvent {
    ExternalEvent {
        key: EventKey::new(source, id.parse().unwrap()),
        start,
        ..concert()
    }
}

#[test]
fn events_come_by_start_then_source_then_id_and_without_a_date_last() {
    let noon = Start::exact(at("2026-06-12T12:00:00Z"), None);
    // In New York, whose 12 June ends at 03:59:59 of the 13th.
    let someday = Start::DateOnly {
        date: day("2026-06-12"),
    };
    let next_night = Start::exact(at("2026-06-13T04:00:00Z"), None);
    let ordered = [
        starting(Source::Meetup, "2", noon),
        starting(Source::SeatGeek, "1", noon),
        starting(Source::SeatGeek, "2", noon),
        starting(
            Source::Eventbrite,
            "1",
            Start::exact(at("2026-06-13T03:00:00Z"), None),
        ),
        starting(Source::Eventbrite, "2", someday),
        starting(Source::Eventbrite, "3", next_night),
        starting(Source::Eventbrite, "4", Start::ToBeAnnounced),
        starting(Source::Meetup, "1", Start::ToBeAnnounced),
    ];
    let mut shuffled = ordered.clone();
    shuffled.reverse();
    shuffled.swap(1, 5);
    shuffled.sort_by(ExternalEvent::by_start);
    assert_eq!(shuffled, ordered);
}

#[test]
fn what_is_unknown_takes_no_place_in_json() {
    let event = ExternalEvent {
        description: String::new(),
        start: Start::ToBeAnnounced,
        end: None,
        timezone: None,
        venue: Venue::default(),
        source_category: String::new(),
        subcategory: String::new(),
        performers: Vec::new(),
        price: None,
        ticket_url: None,
        image_url: None,
        ..concert()
    };
    assert_eq!(
        json(&event),
        json!({
            "key": "ticketmaster#vv1A-b_7", "title": "The Paper Lanterns", "start": "to_be_announced",
            "status": "scheduled", "venue": {}, "category": "music",
        })
    );
}

#[test]
fn an_event_with_an_invalid_part_is_not_read() {
    for (field, value) in [
        ("key", json!("ticketmaster#../x")),
        ("ticket_url", json!("javascript:alert(1)")),
        ("category", json!("knitting")),
        ("status", json!("maybe")),
        ("timezone", json!("Mars/Olympus_Mons")),
        ("venue", json!({"country": "Atlantis"})),
        ("venue", json!({"coordinates": [0.0, 0.0]})),
    ] {
        let mut event = json(&concert());
        event[field] = value;
        assert!(serde_json::from_value::<ExternalEvent>(event).is_err(), "{field}");
    }
}

proptest! {
    #[test]
    fn an_event_survives_being_written_and_read(event in strategy::event()) {
        let text = serde_json::to_string(&event).unwrap();
        prop_assert_eq!(serde_json::from_str::<ExternalEvent>(&text).unwrap(), event);
    }

    #[test]
    fn a_stored_event_survives_being_written_and_read(stored in strategy::stored_event()) {
        let text = serde_json::to_string(&stored).unwrap();
        prop_assert_eq!(serde_json::from_str::<StoredEvent>(&text).unwrap(), stored);
    }

    #[test]
    fn the_order_of_events_is_total(events in prop::collection::vec(strategy::event(), 3)) {
        let [a, b, c] = &events[..] else { unreachable!() };
        prop_assert_eq!(ExternalEvent::by_start(a, b), ExternalEvent::by_start(b, a).reverse());
        prop_assert_eq!(ExternalEvent::by_start(a, a), Ordering::Equal);
        if ExternalEvent::by_start(a, b).is_le() && ExternalEvent::by_start(b, c).is_le() {
            prop_assert!(ExternalEvent::by_start(a, c).is_le());
        }
    }

    #[test]
    fn an_event_can_start_at_its_earliest_before_its_latest(event in strategy::event()) {
        prop_assert!(event.earliest_start() <= event.latest_start());
    }
}
