//! What clients of these providers are known to get wrong, each by name.

use domain::{EventKey, ExternalId, Source, TimeCertainty};
use providers::{seatgeek, ticketmaster};
use serde_json::json;
use testkit::{at, filter};

use crate::server::{TICKETMASTER_EVENTS, answering, asked, first_page, json as answer, providers, value};

#[tokio::test]
async fn dates_are_sent_in_the_one_form_that_ticketmaster_takes() {
    let server = answering("/discovery/v2/events", answer(200, TICKETMASTER_EVENTS)).await;
    let now = at("2026-11-22T12:00:00.123456789Z");
    let search = domain::search::SearchFilter {
        to: Some(at("2026-12-31T23:59:59.999+02:00")),
        ..filter("any")
    };
    first_page(&providers(&server), Source::Ticketmaster, &search, now)
        .await
        .unwrap();
    let asked = asked(&server).await;
    assert_eq!(value(&asked, "startDateTime"), Some("2026-11-22T12:00:00Z"));
    assert_eq!(value(&asked, "endDateTime"), Some("2026-12-31T21:59:59Z"));
}

#[test]
fn an_event_without_a_time_does_not_lose_its_page() {
    let page = ticketmaster::parse_events(TICKETMASTER_EVENTS.as_bytes()).unwrap();
    let certainties: Vec<_> = page.events.iter().map(|event| event.start.certainty()).collect();
    assert_eq!(
        certainties,
        [
            TimeCertainty::Exact,
            TimeCertainty::DateOnly,
            TimeCertainty::ToBeAnnounced,
            TimeCertainty::Exact
        ]
    );
}

#[test]
fn an_event_without_venue_prices_images_or_classification_is_an_event() {
    let body = json!({"id": "vvBare", "name": "Bare"}).to_string();
    let event = ticketmaster::parse_event(body.as_bytes()).unwrap();
    assert_eq!(
        (event.price, event.image_url, event.venue.line()),
        (None, None, String::new())
    );
    let body = json!({"id": 1, "title": "Bare"}).to_string();
    let event = seatgeek::parse_event(body.as_bytes()).unwrap();
    assert_eq!(
        (event.price, event.image_url, event.venue.line()),
        (None, None, String::new())
    );
}

#[test]
fn seatgeek_times_are_utc_although_they_do_not_say_so() {
    let body = json!({"id": 1, "title": "Late", "datetime_utc": "2026-12-05T01:00:00"}).to_string();
    let event = seatgeek::parse_event(body.as_bytes()).unwrap();
    assert_eq!(event.start.instant(), Some(at("2026-12-05T01:00:00Z")));
}

#[tokio::test]
async fn ids_cannot_smuggle_a_path_or_a_query() {
    for id in [
        "../venues",
        "..%2fvenues",
        "a?apikey=x",
        "a#b",
        "a/b",
        "a%00",
        ".",
        "",
        "é",
    ] {
        assert!(id.parse::<ExternalId>().is_err(), "{id}");
    }
    let server = answering("/2/events/A_b-9", answer(200, r#"{"id": 9, "title": "Nine"}"#)).await;
    let key: EventKey = "seatgeek#A_b-9".parse().unwrap();
    assert!(providers(&server).event(&key).await.unwrap().is_some());
}

#[tokio::test]
async fn search_text_stays_in_its_parameter() {
    let server = answering("/discovery/v2/events", answer(200, TICKETMASTER_EVENTS)).await;
    let text = "a&size=1&apikey=x#y=%26+z";
    let at = at("2026-11-22T12:00:00Z");
    first_page(&providers(&server), Source::Ticketmaster, &filter(text), at)
        .await
        .unwrap();
    let asked = asked(&server).await;
    assert_eq!(value(&asked, "keyword"), Some(text));
    assert_eq!(asked.iter().filter(|(name, _)| name == "apikey").count(), 1);
}
