//! SeatGeek: what its events mean, and how it is asked.

use domain::search::{Near, SearchFilter, Sort};
use domain::sync::{Area, Slice, Window};
use domain::{Category, EventStatus, ExternalEvent, Source, Start};
use providers::{Next, Place, ProviderError, seatgeek};
use serde_json::{Value, json};
use test_case::test_case;
use testkit::{at, filter, now};

use crate::server::{SEATGEEK_EVENTS, answering, asked, first_page, json as answer, providers, value};

const EVENTS: &str = "/2/events";

fn event(fields: Value) -> ExternalEvent {
    let mut event = json!({"id": 5000, "title": "Example"});
    event
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    seatgeek::parse_event(event.to_string().as_bytes()).unwrap()
}

fn day(text: &str) -> Start {
    Start::DateOnly {
        date: text.parse().unwrap(),
    }
}

#[test]
fn reads_every_field_of_a_usual_event() {
    let page = seatgeek::parse_events(SEATGEEK_EVENTS.as_bytes()).unwrap();
    assert_eq!(
        (page.events.len(), page.skipped.len(), page.total),
        (4, 0, Some(4))
    );
    let event = &page.events[0];
    assert_eq!(event.key.to_string(), "seatgeek#5001");
    assert_eq!(event.title, "Springfield Otters at Gravel City Geese");
    assert_eq!(event.start.instant(), Some(at("2026-12-02T18:10:00Z")));
    assert_eq!(event.start.local_text().as_deref(), Some("2026-12-02T12:10:00"));
    assert_eq!(event.timezone, "America/Chicago".parse().ok());
    assert_eq!((event.end, event.status), (None, EventStatus::Scheduled));
    assert_eq!(event.venue.line(), "Gravel Park, Springfield");
    assert_eq!(event.venue.country.unwrap().as_str(), "US");
    assert!((event.venue.coordinates.unwrap().latitude() - 37.2115).abs() < 1e-9);
    assert_eq!(event.category, Category::Sports);
    assert_eq!(
        (event.source_category.as_str(), event.subcategory.as_str()),
        ("sports", "mlb")
    );
    assert_eq!(event.performers, ["Springfield Otters", "Gravel City Geese"]);
    assert_eq!(event.price.unwrap().to_string(), "$35-$254");
    assert_eq!(
        event.image_url.as_ref().unwrap().as_str(),
        "https://images.example/otters-huge.jpg"
    );
    assert!(!event.add_on);
}

#[test]
fn reads_the_odd_ones_as_what_they_are() {
    let page = seatgeek::parse_events(SEATGEEK_EVENTS.as_bytes()).unwrap();
    let [_, tram, membership, puns] = page.events.as_slice() else {
        panic!("four events");
    };
    // 03:30 is a placeholder, and the UTC time lies on the next day.
    assert_eq!(tram.start, day("2026-12-03"));
    assert_eq!(tram.venue.country.unwrap().as_str(), "CA");
    assert_eq!((tram.price, &tram.image_url), (None, &None));
    assert_eq!(membership.start, Start::ToBeAnnounced);
    assert!(membership.add_on);
    assert_eq!(puns.category, Category::Comedy);
    assert_eq!(
        puns.image_url.as_ref().unwrap().as_str(),
        "https://images.example/pun.jpg"
    );
}

#[test_case(json!({"datetime_utc": "2026-12-02T18:10:00", "datetime_local": "2026-12-02T12:10:00"}) => Start::Exact { at: at("2026-12-02T18:10:00Z"), local: "2026-12-02T12:10:00".parse().ok() }; "both times")]
#[test_case(json!({"datetime_utc": "2026-12-02T18:10:00"}) => Start::Exact { at: at("2026-12-02T18:10:00Z"), local: "2026-12-02T12:10:00".parse().ok() }; "UTC only")]
#[test_case(json!({"datetime_utc": "2026-12-02T18:10:00Z"}) => Start::Exact { at: at("2026-12-02T18:10:00Z"), local: "2026-12-02T12:10:00".parse().ok() }; "UTC with a Z")]
#[test_case(json!({"datetime_local": "2026-12-02T12:10:00"}) => Start::Exact { at: at("2026-12-02T18:10:00Z"), local: "2026-12-02T12:10:00".parse().ok() }; "local only")]
#[test_case(json!({"datetime_utc": "2026-12-03T05:59:00", "datetime_local": "2026-12-02T03:30:00", "time_tbd": true}) => day("2026-12-02"); "time to be determined")]
#[test_case(json!({"datetime_utc": "2026-12-03T05:59:00", "time_tbd": true}) => day("2026-12-02"); "time to be determined and no local time")]
#[test_case(json!({"datetime_utc": "2026-12-02T09:30:00", "datetime_local": "2026-12-02T03:30:00", "date_tbd": true}) => Start::ToBeAnnounced; "date to be determined")]
#[test_case(json!({"datetime_utc": 7, "datetime_local": []}) => Start::ToBeAnnounced; "unreadable")]
fn start(mut fields: Value) -> Start {
    fields["venue"] = json!({"timezone": "America/Chicago"});
    event(fields).start
}

#[test_case(json!({}) => None; "empty")]
#[test_case(json!(null) => None; "null")]
#[test_case(json!({"lowest_price": null, "highest_price": null}) => None; "nulls")]
#[test_case(json!({"lowest_price": 0, "highest_price": 0}) => None; "zeros")]
#[test_case(json!({"lowest_price": 35.0}) => Some("$35".to_owned()); "one number")]
fn price(stats: Value) -> Option<String> {
    event(json!({"stats": stats}))
        .price
        .map(|price| price.to_string())
}

#[test_case(json!([{"id": 2_000_000, "name": "concert"}, {"id": 2_010_000, "name": "music_festival"}]), "music_festival" => Category::Music)]
#[test_case(json!([{"id": 3_000_000, "name": "theater"}, {"id": 3_030_000, "name": "broadway_tickets_national"}]), "broadway_tickets_national" => Category::Arts)]
#[test_case(json!([{"id": 3_000_000, "name": "theater"}, {"id": 3_050_000, "name": "anything"}]), "anything" => Category::Family; "by id, not by name")]
#[test_case(json!([{"name": "sports"}]), "nfl" => Category::Sports; "by slug without an id")]
#[test_case(json!([]), "concert" => Category::Music; "by type without taxonomies")]
#[test_case(json!(null), "quilting" => Category::Other; "unknown")]
fn category(taxonomies: Value, kind: &str) -> Category {
    event(json!({"taxonomies": taxonomies, "type": kind})).category
}

#[tokio::test]
async fn translates_a_search() {
    let server = answering(EVENTS, answer(200, SEATGEEK_EVENTS)).await;
    let search = SearchFilter {
        city: Some("Springfield".to_owned()),
        from: Some(at("2026-12-01T00:00:00Z")),
        to: Some(at("2026-12-31T23:59:59Z")),
        category: Some(Category::Sports),
        country: "US".parse().ok(),
        near: Some(Near {
            centre: "37.21,-93.28".parse().unwrap(),
            radius_km: 25,
        }),
        sort: Sort::Relevance,
        ..filter("otters & geese")
    };
    let page = first_page(&providers(&server), Source::SeatGeek, &search, now())
        .await
        .unwrap();
    assert_eq!(page.events.len(), 1);
    let asked = asked(&server).await;
    for (name, expected) in [
        ("q", "otters & geese"),
        ("venue.city", "Springfield"),
        ("venue.country", "US"),
        ("lat", "37.21"),
        ("lon", "-93.28"),
        ("range", "25km"),
        ("taxonomies.name", "sports"),
        ("datetime_utc.gte", "2026-12-01T00:00:00"),
        ("datetime_utc.lte", "2026-12-31T23:59:59"),
        ("sort", "score.desc"),
        ("per_page", "100"),
        ("client_id", "MARKEDSECRET-client-id"),
        ("client_secret", "MARKEDSECRET-client-secret"),
    ] {
        assert_eq!(value(&asked, name), Some(expected), "{name}");
    }
    assert_eq!(value(&asked, "geoip"), None);
}

#[tokio::test]
async fn filters_other_countries_here_because_their_spelling_varies() {
    let server = answering(EVENTS, answer(200, SEATGEEK_EVENTS)).await;
    let search = SearchFilter {
        country: "CA".parse().ok(),
        ..filter("any")
    };
    let page = first_page(&providers(&server), Source::SeatGeek, &search, now())
        .await
        .unwrap();
    assert_eq!(value(&asked(&server).await, "venue.country"), None);
    let titles: Vec<_> = page.events.iter().map(|event| event.title.as_str()).collect();
    assert_eq!(titles, ["Velvet Tram"]);
}

#[tokio::test]
async fn a_vanished_event_is_none() {
    let server = answering("/2/events/5001", wiremock::ResponseTemplate::new(404)).await;
    let key = "seatgeek#5001".parse().unwrap();
    assert_eq!(providers(&server).event(&key).await.unwrap(), None);
}

#[test_case(0, 250, 100 => Some(Next::Page(1)); "a first page")]
#[test_case(2, 250, 50 => Some(Next::End); "the last page")]
#[test_case(0, 0, 0 => Some(Next::End); "nothing there")]
#[test_case(0, 10_001, 100 => Some(Next::Split); "more than can be paged through")]
#[test_case(1, 0, 0 => None; "a total that fell to nothing")]
#[test_case(1, 250, 0 => None; "a page without its events")]
#[tokio::test]
async fn slice(page: u32, total: u64, count: usize) -> Option<Next> {
    let events: Vec<Value> = (0..count)
        .map(|n| json!({"id": n + 1, "title": "Example"}))
        .collect();
    let body = json!({"events": events, "meta": {"total": total}}).to_string();
    let server = answering(EVENTS, answer(200, &body)).await;
    let window = Window::next_days(now(), 90);
    let concert = testkit::slice(Source::SeatGeek, "concert", window);
    let read = providers(&server)
        .slice_page(&concert, window, Place::number(page))
        .await;
    let pairs = asked(&server).await;
    for (name, expected) in [
        ("taxonomies.name", "concert"),
        ("datetime_utc.gte", "2026-11-22T12:00:00"),
        ("datetime_utc.lte", "2027-02-20T23:59:59"),
        ("per_page", "100"),
        ("page", (page + 1).to_string().as_str()),
    ] {
        assert_eq!(value(&pairs, name), Some(expected), "{name}");
    }
    match read {
        Ok(read) => Some(read.next),
        Err(ProviderError::Unavailable { .. }) => None,
        Err(error) => panic!("{error:?}"),
    }
}

#[test_case(Area::Country("US".parse().unwrap()), Some("US"), None, &["1", "3"]; "the country that it filters by")]
#[test_case(Area::Country("CH".parse().unwrap()), None, None, &["2", "3"]; "a country that is filtered by here")]
#[test_case(Area::City("new york".parse().unwrap()), None, Some("new york"), &["1", "3"]; "a city")]
#[tokio::test]
async fn reads_of_a_slice_what_takes_place_in_its_area(
    area: Area,
    country: Option<&str>,
    city: Option<&str>,
    expected: &[&str],
) {
    let venue = |country: &str, city: &str| json!({"name": "Hall", "country": country, "city": city});
    let events = [
        json!({"id": 1, "title": "There", "venue": venue("US", "New York")}),
        json!({"id": 2, "title": "Here", "venue": venue("Switzerland", "Basel")}),
        json!({"id": 3, "title": "Somewhere"}),
    ];
    let body = json!({"events": events, "meta": {"total": 3}}).to_string();
    let server = answering(EVENTS, answer(200, &body)).await;
    let window = Window::next_days(now(), 90);
    let slice = Slice {
        area: Some(area),
        ..testkit::slice(Source::SeatGeek, "concert", window)
    };
    let page = providers(&server)
        .slice_page(&slice, window, Place::default())
        .await
        .unwrap();
    let ids: Vec<_> = page.events.iter().map(|event| event.key.id.as_str()).collect();
    assert_eq!(ids, expected);
    let pairs = asked(&server).await;
    assert_eq!(
        (value(&pairs, "venue.country"), value(&pairs, "venue.city")),
        (country, city)
    );
}

#[tokio::test]
async fn names_the_parents_of_taxonomies() {
    let body = include_str!("../fixtures/seatgeek/taxonomies.json");
    let server = answering("/2/taxonomies", answer(200, body)).await;
    let categories = providers(&server).categories(Source::SeatGeek).await.unwrap();
    let rows: Vec<_> = categories
        .iter()
        .map(|one| (one.name.as_str(), one.external_id.as_str(), one.parent.as_deref()))
        .collect();
    assert_eq!(
        rows,
        [
            ("Concerts", "2000000", None),
            ("Theater", "3000000", None),
            ("Concert", "2000001", Some("Concerts")),
            ("Comedy", "3040000", Some("Theater")),
        ]
    );
}

#[tokio::test]
async fn taxonomies_that_go_in_a_circle_come_to_an_end() {
    let circle = json!([{"id": 1, "name": "Hen", "parent_id": 2}, {"id": 2, "name": "Egg", "parent_id": 1}]);
    let body = json!({"taxonomies": circle, "meta": {"total": 2}}).to_string();
    let server = answering("/2/taxonomies", answer(200, &body)).await;
    assert_eq!(
        providers(&server)
            .categories(Source::SeatGeek)
            .await
            .unwrap()
            .len(),
        2
    );
}
