use std::collections::BTreeMap;

use domain::import::ImportOverrides;
use domain::sync::Coverage;
use domain::{Amount, CountryCode, ExternalEventCategory, PriceRange, Source, Start};
use edge::view::{
    BrowseResponse, CategoriesResponse, ExternalEventResponse, ImportedEventResponse, LocalEventResponse,
    SearchResponse, SourceReport, SourceState, Timestamp,
};
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use testkit::at;

fn concert() -> testkit::EventBuilder {
    testkit::event("ticketmaster#G5vZ0001")
        .title("Night of Invented Music")
        .description("Two hours of songs that nobody wrote.")
        .with(|event| {
            event.timezone = "America/New_York".parse().ok();
            event.start = Start::exact(at("2027-01-01T01:00:00Z"), event.timezone);
            event.end = Some(at("2027-01-01T04:00:00Z"));
            event.venue.name = "Paper Hall".into();
            event.venue.address = "1 Fold Street".into();
            event.venue.city = "New York".into();
            event.venue.state = "NY".into();
            event.venue.postal_code = "10001".into();
            event.venue.country = Some("US".parse::<CountryCode>().unwrap());
            event.venue.coordinates = "40.75,-73.99".parse().ok();
            event.source_category = "Music".into();
            event.subcategory = "Rock".into();
            event.performers = vec!["The Placeholders".to_owned()];
            let amount = |units| Amount::from_units(units).unwrap();
            event.price = Some(PriceRange::new(
                amount(50.0),
                amount(200.0),
                "USD".parse().unwrap(),
            ));
            event.ticket_url = "https://tickets.example/1".parse().ok();
            event.image_url = "https://images.example/1.jpg".parse().ok();
        })
}

#[test]
fn shows_a_stored_and_imported_event_with_every_field() {
    let stored = concert().imported(789);
    assert_json_snapshot!(ExternalEventResponse::stored(&stored, &Coverage::default()));
}

#[test]
fn shows_an_event_whose_time_is_not_known() {
    let date = "2027-01-01".parse().unwrap();
    let event = concert().start(Start::DateOnly { date }).build();
    let shown = serde_json::to_value(ExternalEventResponse::live(&event)).unwrap();
    assert_eq!(shown["start_time"], Value::Null);
    assert_eq!(shown["start_local"], "2027-01-01");
    assert_eq!(shown["time_certainty"], "date_only");
    assert_eq!(
        (&shown["is_imported"], &shown["imported_event"]),
        (&json!(false), &Value::Null)
    );
    assert_eq!(
        (&shown["last_synced"], &shown["created_at"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn shows_unknown_text_as_empty_and_unknown_numbers_as_null() {
    let event = testkit::event("seatgeek#1")
        .start(Start::ToBeAnnounced)
        .with(|event| {
            event.venue = domain::Venue::default();
            event.price = None;
            event.ticket_url = None;
            event.image_url = None;
            event.timezone = None;
            event.end = None;
        })
        .build();
    let shown = serde_json::to_value(ExternalEventResponse::live(&event)).unwrap();
    for text in [
        "location",
        "venue_name",
        "venue_country",
        "price_range",
        "ticket_url",
        "image_url",
        "timezone",
    ] {
        assert_eq!(shown[text], "", "{text}");
    }
    for unknown in [
        "start_time",
        "end_time",
        "start_local",
        "latitude",
        "longitude",
        "price",
    ] {
        assert_eq!(shown[unknown], Value::Null, "{unknown}");
    }
    assert_eq!(shown["time_certainty"], "to_be_announced");
}

#[test]
fn shows_a_search_with_a_report_of_each_source() {
    let stored = concert().imported(789);
    let report = |status, retry_after| SourceReport {
        status,
        count: 1,
        total: Some(734),
        age_seconds: Some(0),
        latency_ms: 182,
        retry_after,
    };
    let key = &stored.event.key;
    let shown = serde_json::to_value(SearchResponse {
        events: vec![ExternalEventResponse::stored(&stored, &Coverage::default())],
        imported_events: vec![ImportedEventResponse {
            source: key.source,
            external_id: key.id.as_str(),
            local_event: stored.import.unwrap().local_event_id.into(),
        }],
        imports_known: true,
        total_count: 1,
        sources: BTreeMap::from([
            (Source::Ticketmaster, report(SourceState::Ok, None)),
            (Source::SeatGeek, report(SourceState::RateLimited, Some(60))),
        ]),
    })
    .unwrap();
    assert_eq!(
        shown["imported_events"],
        json!([{"source": "ticketmaster", "external_id": "G5vZ0001", "local_event_id": 789, "local_event_url": "/events/789/"}])
    );
    assert_eq!(
        shown["sources"],
        json!({
            "ticketmaster": {"status": "ok", "count": 1, "total": 734, "age_seconds": 0, "latency_ms": 182},
            "seatgeek": {"status": "rate_limited", "count": 1, "total": 734, "age_seconds": 0, "latency_ms": 182, "retry_after": 60},
        })
    );
}

#[test]
fn shows_the_last_page_without_a_token() {
    let page = BrowseResponse {
        events: Vec::new(),
        next_page_token: None,
    };
    assert_eq!(
        serde_json::to_value(page).unwrap(),
        json!({"events": [], "next_page_token": null})
    );
}

#[test]
fn shows_categories_in_the_words_of_their_source() {
    let categories = [ExternalEventCategory {
        name: "Music".to_owned(),
        source: Source::Ticketmaster,
        external_id: "KZ1".to_owned(),
        parent: None,
    }];
    assert_eq!(
        serde_json::to_value(CategoriesResponse::from(&categories[..])).unwrap(),
        json!({"categories": [{"name": "Music", "source": "ticketmaster", "external_id": "KZ1", "parent": null}]})
    );
}

#[test]
fn shows_a_local_event() {
    let content =
        domain::import::draft(&concert().build(), &ImportOverrides::default(), testkit::now()).unwrap();
    let event = domain::LocalEvent {
        id: domain::LocalEventId::new(789),
        content,
        created_by: "7".to_owned(),
        created_at: testkit::now(),
        version: 1,
        at_import: domain::Content::of(&concert().build()),
        reviewed: domain::Edit::default(),
        request: None,
    };
    assert_json_snapshot!(LocalEventResponse::from(&event));
}

#[test]
fn writes_times_in_whole_seconds() {
    let time = Timestamp(at("2026-11-22T12:00:00.987Z"));
    assert_eq!(serde_json::to_value(time).unwrap(), "2026-11-22T12:00:00Z");
}
