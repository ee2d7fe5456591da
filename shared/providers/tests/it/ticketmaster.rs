//! Ticketmaster: what its events mean, and how it is asked.

use chrono::NaiveDate;
use domain::search::{Near, SearchFilter, Sort};
use domain::sync::{Area, Slice, Window};
use domain::{Category, EventStatus, ExternalEvent, Source, Start};
use providers::{Next, Place, ProviderError, ticketmaster};
use serde_json::{Value, json};
use test_case::test_case;
use testkit::{at, filter, now};

use crate::server::{TICKETMASTER_EVENTS, answering, asked, first_page, json as answer, providers, value};

const EVENTS: &str = "/discovery/v2/events";

fn event(fields: Value) -> ExternalEvent {
    let mut event = json!({"id": "vvExample1", "name": "Example"});
    event
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    ticketmaster::parse_event(event.to_string().as_bytes()).unwrap()
}

fn day(text: &str) -> Start {
    Start::DateOnly {
        date: text.parse::<NaiveDate>().unwrap(),
    }
}

#[test]
fn reads_every_field_of_a_usual_event() {
    let page = ticketmaster::parse_events(TICKETMASTER_EVENTS.as_bytes()).unwrap();
    assert_eq!(
        (page.events.len(), page.skipped.len(), page.total),
        (4, 0, Some(4))
    );
    let event = &page.events[0];
    assert_eq!(event.key.to_string(), "ticketmaster#vvPaperLanterns1");
    assert_eq!(event.title, "The Paper Lanterns");
    assert_eq!(event.description, "Doors open one hour early.");
    assert_eq!(event.start.instant(), Some(at("2026-12-06T02:00:00Z")));
    assert_eq!(event.start.local_text().as_deref(), Some("2026-12-05T20:00:00"));
    assert_eq!(event.timezone, "America/Chicago".parse().ok());
    assert_eq!(event.status, EventStatus::Scheduled);
    assert_eq!(event.venue.line(), "Harbor Hall, Springfield");
    assert_eq!(event.venue.address, "1 Quay Street");
    assert_eq!(event.venue.state, "IL");
    assert_eq!(event.venue.country.unwrap().as_str(), "US");
    assert_eq!(event.venue.postal_code, "62701");
    assert!((event.venue.coordinates.unwrap().longitude() + 89.6501).abs() < 1e-9);
    assert_eq!(event.category, Category::Music);
    assert_eq!(
        (event.source_category.as_str(), event.subcategory.as_str()),
        ("Music", "Rock")
    );
    assert_eq!(event.performers, ["The Paper Lanterns", "Tin Whistle Club"]);
    assert_eq!(event.price.unwrap().to_string(), "$49.50-$200");
    assert_eq!(
        event.ticket_url.as_ref().unwrap().as_str(),
        "https://tickets.example/paper-lanterns"
    );
    assert_eq!(
        event.image_url.as_ref().unwrap().as_str(),
        "https://images.example/lanterns_16_9_1136.jpg"
    );
    assert!(!event.add_on && !event.online);
}

#[test]
fn reads_the_place_of_an_event_without_venues() {
    let page = ticketmaster::parse_events(TICKETMASTER_EVENTS.as_bytes()).unwrap();
    let event = &page.events[3];
    assert_eq!(event.venue.line(), "Toronto");
    assert_eq!(event.venue.country.unwrap().as_str(), "CA");
    assert_eq!(event.venue.state, "");
    assert_eq!(event.category, Category::Other);
    assert_eq!(event.end, Some(at("2026-12-10T01:00:00Z")));
}

#[test_case(json!({"localDate": "2026-12-05", "localTime": "20:00:00", "dateTime": "2026-12-06T02:00:00Z"}) => Start::Exact { at: at("2026-12-06T02:00:00Z"), local: "2026-12-05T20:00:00".parse().ok() }; "an instant")]
#[test_case(json!({"dateTime": "2026-12-06T02:00:00Z"}) => Start::Exact { at: at("2026-12-06T02:00:00Z"), local: "2026-12-05T20:00:00".parse().ok() }; "an instant without local time")]
#[test_case(json!({"localDate": "2026-12-05", "localTime": "20:00:00"}) => Start::Exact { at: at("2026-12-06T02:00:00Z"), local: "2026-12-05T20:00:00".parse().ok() }; "a local time in a known zone")]
#[test_case(json!({"localDate": "2026-12-05", "timeTBA": true}) => day("2026-12-05"); "time to be announced")]
#[test_case(json!({"localDate": "2026-12-05", "noSpecificTime": true}) => day("2026-12-05"); "no specific time")]
#[test_case(json!({"localDate": "2026-12-05", "localTime": "00:00:00", "dateTime": "2026-12-05T06:00:00Z", "timeTBA": true}) => day("2026-12-05"); "a placeholder beside the flag")]
#[test_case(json!({"dateTime": "2026-12-06T02:00:00Z", "timeTBA": true}) => day("2026-12-05"); "the day of an instant without a time")]
#[test_case(json!({"localDate": "2026-03-08", "localTime": "02:30:00"}) => day("2026-03-08"); "a time that the clock skips")]
#[test_case(json!({"dateTBA": true}) => Start::ToBeAnnounced; "date to be announced")]
#[test_case(json!({"dateTBD": true, "dateTime": "2026-12-06T02:00:00Z"}) => Start::ToBeAnnounced; "date to be determined")]
#[test_case(json!({"dateTBD": true, "localDate": "2026-12-05"}) => day("2026-12-05"); "a date that stands although flagged")]
#[test_case(json!({"localDate": "1900-01-01", "dateTime": "1900-01-01T06:00:00Z"}) => Start::ToBeAnnounced; "the placeholder of 1900")]
#[test_case(json!({"localDate": 7, "dateTime": "soon"}) => Start::ToBeAnnounced; "unreadable dates")]
#[test_case(json!("soon") => Start::ToBeAnnounced; "no object")]
fn start(start: Value) -> Start {
    event(json!({"dates": {"start": start, "timezone": "America/Chicago"}})).start
}

#[test]
fn a_local_time_without_a_zone_is_only_a_date() {
    let start = json!({"localDate": "2026-12-05", "localTime": "20:00:00"});
    assert_eq!(event(json!({"dates": {"start": start}})).start, day("2026-12-05"));
}

#[test]
fn the_zone_of_the_venue_stands_in_for_that_of_the_event() {
    let venue = json!({"venues": [{"timezone": "Europe/Berlin"}]});
    let start = json!({"localDate": "2026-12-05", "localTime": "20:00:00"});
    let event = event(json!({"dates": {"start": start}, "_embedded": venue}));
    assert_eq!(event.start.instant(), Some(at("2026-12-05T19:00:00Z")));
}

#[test_case(json!({"dateTime": "2026-12-06T04:00:00Z"}) => Some(at("2026-12-06T04:00:00Z")); "an instant")]
#[test_case(json!({"localDate": "2026-12-05", "localTime": "22:00:00"}) => Some(at("2026-12-06T04:00:00Z")); "a local time")]
#[test_case(json!({"localDate": "2026-12-07"}) => None; "a date alone")]
#[test_case(json!({"dateTime": "2026-12-06T04:00:00Z", "approximate": true}) => None; "a guess")]
#[test_case(json!({"dateTime": "2026-12-06T04:00:00Z", "noSpecificTime": true}) => None; "no specific time")]
#[test_case(json!({"dateTime": "2026-12-06T01:00:00Z"}) => None; "before the start")]
fn end(end: Value) -> Option<chrono::DateTime<chrono::Utc>> {
    let start =
        json!({"localDate": "2026-12-05", "localTime": "20:00:00", "dateTime": "2026-12-06T02:00:00Z"});
    event(json!({"dates": {"start": start, "end": end, "timezone": "America/Chicago"}})).end
}

#[test_case(json!({"code": "onsale"}) => EventStatus::Scheduled)]
#[test_case(json!({"code": "offsale"}) => EventStatus::Scheduled; "offsale is not cancelled")]
#[test_case(json!({"code": "cancelled"}) => EventStatus::Cancelled; "with two l")]
#[test_case(json!({"code": "canceled"}) => EventStatus::Cancelled; "with one l")]
#[test_case(json!({"code": "postponed"}) => EventStatus::Postponed)]
#[test_case(json!({"code": "rescheduled"}) => EventStatus::Rescheduled)]
#[test_case(json!({}) => EventStatus::Scheduled; "without a code")]
#[test_case(json!([]) => EventStatus::Scheduled; "of another type")]
fn status(status: Value) -> EventStatus {
    event(json!({"dates": {"status": status}})).status
}

#[test_case(json!([]) => None; "none given")]
#[test_case(json!([{"type": "standard", "currency": "USD", "min": 0.0, "max": 0.0}]) => None; "zero is not free")]
#[test_case(json!([{"currency": "GBP", "min": 20}]) => Some("£20".to_owned()); "one number")]
#[test_case(json!([{"currency": "EUR", "min": "12.5", "max": 30}]) => Some("€12.50-€30".to_owned()); "a number as text")]
#[test_case(json!([{"min": 20, "max": 30}]) => None; "without a currency")]
#[test_case(json!([{"currency": "USD", "min": -1, "max": 1e300}]) => None; "impossible amounts")]
fn price(ranges: Value) -> Option<String> {
    event(json!({"priceRanges": ranges}))
        .price
        .map(|price| price.to_string())
}

fn image(ratio: &str, width: u32, fallback: bool) -> Value {
    json!({"ratio": ratio, "url": format!("https://i.example/{ratio}/{width}/{fallback}"), "width": width, "fallback": fallback})
}

#[test_case(&[image("16_9", 2048, false), image("16_9", 1136, false), image("16_9", 640, false)] => "https://i.example/16_9/1136/false"; "the narrowest that is wide enough")]
#[test_case(&[image("16_9", 640, false), image("3_2", 700, false)] => "https://i.example/3_2/700/false"; "the widest if none is wide enough")]
#[test_case(&[image("16_9", 1136, true), image("4_3", 305, false)] => "https://i.example/4_3/305/false"; "rather a small one than a generic one")]
#[test_case(&[image("16_9", 1136, true)] => "https://i.example/16_9/1136/true"; "a generic one if there is no other")]
#[test_case(&[] => ""; "none")]
#[test_case(&[json!({"url": "javascript:alert(1)"}), json!(null)] => ""; "nothing that can be shown")]
fn best_image(images: &[Value]) -> String {
    event(json!({"images": images}))
        .image_url
        .map(String::from)
        .unwrap_or_default()
}

fn classified(segment: (&str, &str), genre: (&str, &str), family: bool) -> Category {
    let named = |(id, name): (&str, &str)| json!({"id": id, "name": name});
    let one = json!({"primary": true, "segment": named(segment), "genre": named(genre), "family": family});
    event(json!({"classifications": [{"primary": false}, one]})).category
}

const MUSIC: (&str, &str) = ("KZFzniwnSyZfZ7v7nJ", "Música");
const ARTS: (&str, &str) = ("KZFzniwnSyZfZ7v7na", "Arts & Theatre");
const MISCELLANEOUS: (&str, &str) = ("KZFzniwnSyZfZ7v7n1", "Miscellaneous");

#[test_case(MUSIC, ("KnvZfZ7vAeA", "Rock"), false => Category::Music; "a translated segment")]
#[test_case(("", "sports"), ("", "Golf"), false => Category::Sports; "a segment without id")]
#[test_case(ARTS, ("KnvZfZ7vAe1", "Comedy"), false => Category::Comedy)]
#[test_case(ARTS, ("KnvZfZ7v7l1", "Theatre"), false => Category::Arts)]
#[test_case(ARTS, ("KnvZfZ7v7l1", "Theatre"), true => Category::Family; "a play for families")]
#[test_case(("KZFzniwnSyZfZ7v7nE", "Sports"), ("KnvZfZ7vAde", "Basketball"), true => Category::Sports; "a match for families")]
#[test_case(("KZFzniwnSyZfZ7v7nn", "Film"), ("KnvZfZ7vAkA", "Comedy"), false => Category::Film; "a funny film")]
#[test_case(MISCELLANEOUS, ("KnvZfZ7vA1n", "Family"), false => Category::Family)]
#[test_case(MISCELLANEOUS, ("KnvZfZ7vAAI", "Food & Drink"), false => Category::FoodAndDrink)]
#[test_case(MISCELLANEOUS, ("KnvZfZ7v7ll", "Undefined"), false => Category::Other)]
#[test_case(("x", "Undefined"), ("y", "Undefined"), false => Category::Other)]
fn category(segment: (&str, &str), genre: (&str, &str), family: bool) -> Category {
    classified(segment, genre, family)
}

#[test]
fn undefined_is_no_category_name() {
    let classifications = json!([{"segment": {"name": "Undefined"}, "genre": {"name": "Undefined"}}]);
    let event = event(json!({"classifications": classifications}));
    assert_eq!(
        (event.source_category.as_str(), event.subcategory.as_str()),
        ("", "")
    );
}

#[test_case("Parking: Harvest Fair" => true)]
#[test_case("Gravel City Geese Parking" => true)]
#[test_case("PARKING PASS - Velvet Tram" => true)]
#[test_case("Copper Foxes - 2 DAY TICKET" => true)]
#[test_case("3-Day Pass: Harvest Fair" => true)]
#[test_case("Velvet Tram (VIP Package)" => true)]
#[test_case("Otters Suite Level" => true)]
#[test_case("Springfield Library Membership" => true)]
#[test_case("Parking Lot Symphony" => false)]
#[test_case("The Nutcracker Suite" => false)]
#[test_case("Two Days in May" => false)]
#[test_case("The Clubs of Vipers" => false)]
#[test_case("Velvet Tram" => false)]
fn is_an_add_on_by_its_title(title: &str) -> bool {
    event(json!({"name": title})).add_on
}

#[test]
fn is_an_add_on_by_its_classification() {
    let classifications =
        json!([{"primary": true, "type": {"name": "Upsell"}, "subType": {"name": "Special Entry"}}]);
    assert!(event(json!({"classifications": classifications})).add_on);
}

#[test_case(json!({"name": "Nobody"}), None, "has no id"; "no id")]
#[test_case(json!({"id": "a/../b", "name": "Up"}), Some("a/../b"), "its id may only contain letters, digits, '_' and '-'"; "an id that is a path")]
#[test_case(json!({"id": "vv1", "name": "  "}), Some("vv1"), "has no title"; "a blank title")]
#[test_case(json!(null), None, "has no id"; "no object")]
fn skips_what_is_no_event(wire: Value, id: Option<&str>, reason: &str) {
    let good = json!({"id": "vvGood", "name": "Good"});
    let body = json!({"_embedded": {"events": [wire, good]}}).to_string();
    let page = ticketmaster::parse_events(body.as_bytes()).unwrap();
    assert_eq!(page.events.len(), 1);
    assert_eq!(page.skipped[0].id.as_deref(), id);
    assert_eq!(page.skipped[0].reason, reason);
}

#[test]
fn cuts_texts_that_no_store_could_hold() {
    let event = event(json!({"description": "é".repeat(100_000), "name": "n".repeat(5000)}));
    assert!(event.description.len() <= domain::import::MAX_DESCRIPTION_LENGTH);
    assert!(event.title.len() <= 1000);
}

#[tokio::test]
async fn an_empty_result_has_no_list() {
    let body = json!({"_links": {}, "page": {"size": 50, "totalElements": 0, "totalPages": 0, "number": 0}});
    let server = answering(EVENTS, answer(200, &body.to_string())).await;
    let page = first_page(&providers(&server), Source::Ticketmaster, &filter("zebra"), now())
        .await
        .unwrap();
    assert_eq!((page.events.len(), page.total), (0, Some(0)));
}

#[tokio::test]
async fn translates_a_search() {
    let server = answering(EVENTS, answer(200, TICKETMASTER_EVENTS)).await;
    let search = SearchFilter {
        city: Some("São Paulo".to_owned()),
        from: Some(at("2026-12-01T00:00:00Z")),
        to: Some(at("2026-12-31T23:59:59Z")),
        category: Some(Category::Music),
        country: "BR".parse().ok(),
        near: Some(Near {
            centre: "-23.55,-46.63".parse().unwrap(),
            radius_km: 25,
        }),
        size: 10,
        sort: Sort::Relevance,
        ..filter("rock & roll?page=9")
    };
    first_page(&providers(&server), Source::Ticketmaster, &search, now())
        .await
        .unwrap();
    let asked = asked(&server).await;
    for (name, expected) in [
        ("keyword", "rock & roll?page=9"),
        ("locale", "*"),
        ("city", "São Paulo"),
        ("countryCode", "BR"),
        ("latlong", "-23.55,-46.63"),
        ("radius", "25"),
        ("unit", "km"),
        ("segmentId", "KZFzniwnSyZfZ7v7nJ"),
        ("startDateTime", "2026-12-01T00:00:00Z"),
        ("endDateTime", "2026-12-31T23:59:59Z"),
        ("sort", "relevance,desc"),
        ("apikey", "MARKEDSECRET-api-key"),
    ] {
        assert_eq!(value(&asked, name), Some(expected), "{name}");
    }
    assert_eq!(value(&asked, "page"), None);
}

#[tokio::test]
async fn leaves_extras_out_unless_they_are_wanted() {
    let listed =
        |id: &str, name: &str| json!({"id": id, "name": name, "dates": {"start": {"dateTBA": true}}});
    let body = json!({
        "_embedded": {"events": [listed("vvG1", "The Paper Lanterns"), listed("vvG2", "Parking: The Paper Lanterns")]},
        "page": {"totalElements": 2},
    });
    for (include_add_ons, found, size) in [(false, 1, "62"), (true, 2, "50")] {
        let server = answering(EVENTS, answer(200, &body.to_string())).await;
        let search = SearchFilter {
            include_add_ons,
            ..filter("lanterns")
        };
        let page = first_page(&providers(&server), Source::Ticketmaster, &search, now())
            .await
            .unwrap();
        assert_eq!((page.events.len(), page.total), (found, Some(found as u64)));
        assert_eq!(value(&asked(&server).await, "size"), Some(size));
    }
}

#[tokio::test]
async fn completes_what_ticketmaster_cannot_filter() {
    let server = answering(EVENTS, answer(200, TICKETMASTER_EVENTS)).await;
    let search = SearchFilter {
        category: Some(Category::Music),
        ..filter("any")
    };
    let page = first_page(&providers(&server), Source::Ticketmaster, &search, now())
        .await
        .unwrap();
    let titles: Vec<_> = page.events.iter().map(|event| event.title.as_str()).collect();
    assert_eq!(titles, ["The Paper Lanterns", "Copper Foxes"]);
}

#[test_case("music" => Some(("segmentId".to_owned(), "KZFzniwnSyZfZ7v7nJ".to_owned())); "a segment")]
#[test_case("comedy" => Some(("classificationId".to_owned(), "KnvZfZ7vAe1,KnvZfZ7vAA1".to_owned())); "genres of several segments")]
#[test_case("seasonal" => Some(("classificationId".to_owned(), "KnvZfZ7vAAt".to_owned())); "a genre")]
#[test_case("other" => None; "what no parameter narrows to")]
#[tokio::test]
async fn asks_for_a_category_by_what_is_put_into_it(category: &str) -> Option<(String, String)> {
    let server = answering(EVENTS, answer(200, TICKETMASTER_EVENTS)).await;
    let search = SearchFilter {
        category: category.parse().ok(),
        ..filter("any")
    };
    first_page(&providers(&server), Source::Ticketmaster, &search, now())
        .await
        .unwrap();
    let asked = asked(&server).await;
    let is_narrowing =
        |(name, _): &(String, String)| name.starts_with("classification") || name == "segmentId";
    asked.into_iter().find(is_narrowing)
}

#[tokio::test]
async fn asks_nothing_for_a_category_that_it_has_not() {
    let server = answering(EVENTS, answer(200, TICKETMASTER_EVENTS)).await;
    let search = SearchFilter {
        category: Some(Category::Charity),
        ..filter("any")
    };
    let page = first_page(&providers(&server), Source::Ticketmaster, &search, now())
        .await
        .unwrap();
    assert_eq!(page.total, Some(0));
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn reads_one_event_in_any_language() {
    let body = json!({"id": "vvExample1", "name": "Beispiel"}).to_string();
    let server = answering("/discovery/v2/events/vvExample1", answer(200, &body)).await;
    let key = "ticketmaster#vvExample1".parse().unwrap();
    let event = providers(&server).event(&key).await.unwrap().unwrap();
    assert_eq!(event.title, "Beispiel");
    assert_eq!(value(&asked(&server).await, "locale"), Some("*"));
}

#[tokio::test]
async fn an_unknown_event_is_none() {
    let body = json!({"errors": [{"code": "DIS1004", "detail": "Resource not found", "status": "404"}]});
    let server = answering("/discovery/v2/events/vvGone", answer(404, &body.to_string())).await;
    let key = "ticketmaster#vvGone".parse().unwrap();
    assert_eq!(providers(&server).event(&key).await.unwrap(), None);
}

fn window() -> Window {
    Window::next_days(now(), 90)
}

#[test_case(0, 450, 200 => Some(Next::Page(1)); "a first page")]
#[test_case(2, 450, 50 => Some(Next::Page(5)); "the last dated page leads to those announced later")]
#[test_case(4, 999, 199 => Some(Next::Page(5)); "the last page there can be")]
#[test_case(0, 0, 0 => Some(Next::Page(5)); "nothing dated")]
#[test_case(0, 1000, 200 => Some(Next::Split); "more than can be paged through")]
#[test_case(5, 12, 12 => Some(Next::Page(10)); "those announced later lead to those determined later")]
#[test_case(10, 250, 200 => Some(Next::Page(11)); "more of those determined later")]
#[test_case(10, 0, 0 => Some(Next::End); "the end")]
#[test_case(1, 0, 0 => None; "a total that fell to nothing")]
#[test_case(1, 450, 0 => None; "a page without its events")]
#[tokio::test]
async fn slice(page: u32, total: u64, count: usize) -> Option<Next> {
    let events: Vec<Value> = (0..count)
        .map(|n| json!({"id": format!("vv{n}"), "name": "Example"}))
        .collect();
    let body = json!({"_embedded": {"events": events}, "page": {"totalElements": total}}).to_string();
    let server = answering(EVENTS, answer(200, &body)).await;
    let music = testkit::slice(Source::Ticketmaster, "music", window());
    let read = providers(&server)
        .slice_page(&music, window(), Place::number(page))
        .await;
    let pairs = asked(&server).await;
    let number: u32 = value(&pairs, "page").unwrap().parse().unwrap();
    assert!(number * value(&pairs, "size").unwrap().parse::<u32>().unwrap() < 1000);
    match read {
        Ok(read) => Some(read.next),
        Err(ProviderError::Unavailable { .. }) => None,
        Err(error) => panic!("{error:?}"),
    }
}

#[test_case("music", 0, &[("segmentId", "KZFzniwnSyZfZ7v7nJ"), ("startDateTime", "2026-11-22T12:00:00Z"), ("endDateTime", "2027-02-20T23:59:59Z"), ("size", "200"), ("sort", "date,asc")], &["includeTBA", "includeTBD", "classificationName"]; "dated")]
#[test_case("arts", 0, &[("segmentId", "KZFzniwnSyZfZ7v7na")], &[]; "arts")]
#[test_case("family", 0, &[("classificationName", "family")], &["segmentId"]; "a name that is no segment")]
#[test_case("music", 5, &[("includeTBA", "only")], &["startDateTime", "endDateTime", "includeTBD"]; "announced later")]
#[test_case("music", 10, &[("includeTBD", "only")], &["startDateTime", "endDateTime", "includeTBA"]; "determined later")]
#[tokio::test]
async fn translates_a_slice(category: &str, page: u32, present: &[(&str, &str)], absent: &[&str]) {
    let server = answering(EVENTS, answer(200, r#"{"page": {"totalElements": 0}}"#)).await;
    let slice = testkit::slice(Source::Ticketmaster, category, window());
    providers(&server)
        .slice_page(&slice, window(), Place::number(page))
        .await
        .unwrap();
    let asked = asked(&server).await;
    for (name, expected) in present {
        assert_eq!(value(&asked, name), Some(*expected), "{name}");
    }
    for name in absent {
        assert_eq!(value(&asked, name), None, "{name}");
    }
}

#[test_case(Area::Country("CH".parse().unwrap()), ("countryCode", "CH"), "city"; "a country")]
#[test_case(Area::City("Zürich".parse().unwrap()), ("city", "Zürich"), "countryCode"; "a city")]
#[tokio::test]
async fn asks_for_a_slice_of_an_area_only(area: Area, expected: (&str, &str), absent: &str) {
    let server = answering(EVENTS, answer(200, r#"{"page": {"totalElements": 0}}"#)).await;
    let slice = Slice {
        area: Some(area),
        ..testkit::slice(Source::Ticketmaster, "music", window())
    };
    providers(&server)
        .slice_page(&slice, window(), Place::default())
        .await
        .unwrap();
    let asked = asked(&server).await;
    assert_eq!(value(&asked, expected.0), Some(expected.1));
    assert_eq!(value(&asked, absent), None);
}

#[tokio::test]
async fn flattens_the_classifications_from_their_roots() {
    let body = include_str!("../fixtures/ticketmaster/classifications.json");
    let server = answering("/discovery/v2/classifications", answer(200, body)).await;
    let categories = providers(&server).categories(Source::Ticketmaster).await.unwrap();
    let rows: Vec<_> = categories
        .iter()
        .map(|one| (one.name.as_str(), one.external_id.as_str(), one.parent.as_deref()))
        .collect();
    assert_eq!(
        rows,
        [
            ("Arts & Theatre", "S-ARTS", None),
            ("Music", "S-MUSIC", None),
            ("Group", "T-GROUP", None),
            ("Comedy", "G-COMEDY", Some("Arts & Theatre")),
            ("Rock", "G-ROCK", Some("Music")),
            ("Team", "Y-TEAM", Some("Group")),
            ("Chamber", "U-1", Some("Music")),
            ("Pop", "U-2", Some("Rock")),
        ]
    );
}
