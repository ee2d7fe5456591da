use std::collections::HashSet;

use chrono::{Months, TimeDelta};
use domain::browse::BrowseQuery;
use domain::{Category, EventStatus, Source, StoredEvent};
use proptest::prelude::*;
use serde_json::{Value, json};
use test_case::test_case;

use crate::sample::{at, import, json, now, pairs, stored_concert};
use crate::strategy;

fn read(query: &str) -> Result<BrowseQuery, Value> {
    BrowseQuery::read(pairs(query), now()).map_err(|errors| json(&errors))
}

const MOMENT: &str =
    "must be an RFC 3339 time with an offset, such as 2026-01-31T19:30:00Z, or a date, such as 2026-01-31";

#[test_case("", "source", "at least one of source, city and category must be given"; "nothing to browse by")]
#[test_case("city=+", "source", "at least one of source, city and category must be given"; "a blank city")]
#[test_case("source=all", "source", "must be one of ticketmaster, seatgeek, eventbrite, meetup"; "all sources")]
#[test_case("source=meetup&source=meetup", "source", "must be given only once"; "a repeated parameter")]
#[test_case("city=%01", "city", "must name a city, in at most 200 bytes"; "a city of control characters")]
#[test_case("city=%CC%81", "city", "must name a city, in at most 200 bytes"; "a city of accents")]
#[test_case("source=meetup&status=gone", "status", "must be one of scheduled, cancelled, postponed, rescheduled, sold_out, ended, removed"; "an unknown status")]
#[test_case("source=meetup&imported=yes", "imported", "must be true or false"; "neither true nor false")]
#[test_case("source=meetup&page_size=0", "page_size", "must be a whole number between 1 and 100"; "an empty page")]
#[test_case("source=meetup&page_size=101", "page_size", "must be a whole number between 1 and 100"; "a page too large")]
#[test_case("source=meetup&date_from=soon", "date_from", MOMENT; "a date that is none")]
#[test_case("source=meetup&date_to=later", "date_to", MOMENT; "an end that is none")]
#[test_case("source=meetup&date_from=2026-06-02&date_to=2026-06-01", "date_to", "must not be before date_from"; "dates the wrong way round")]
#[test_case("source=meetup&date_to=2026-02-28", "date_to", "must not be before date_from"; "an end before now")]
#[test_case("source=meetup&date_from=2026-01-01&date_to=2027-07-02", "date_to", "must be at most 18 months after date_from"; "more than 18 months")]
#[test_case("source=meetup&date_from=x&date_to=2020-01-01", "date_from", MOMENT; "only the begin where the end has nothing to be held against")]
fn refuses(query: &str, field: &str, rule: &str) {
    assert_eq!(read(query), Err(json!({field: [rule]})));
}

#[test]
fn refuses_an_unknown_parameter_with_those_that_are_known() {
    let known = BrowseQuery::PARAMETERS.join(", ");
    let rule = format!("unknown parameter; known are {known}");
    assert_eq!(read("city=Paris&q=rock"), Err(json!({"q": [rule]})));
}

#[test]
fn refuses_a_city_of_201_bytes_but_not_of_200() {
    let longest = "x".repeat(200);
    assert_eq!(
        read(&format!("city={longest}")).unwrap().city,
        Some(longest.clone())
    );
    let refusal = json!({"city": ["must name a city, in at most 200 bytes"]});
    assert_eq!(read(&format!("city={longest}x")), Err(refusal));
}

#[test]
fn says_everything_that_is_wrong_at_once() {
    let errors = read(
        "source=x&city=%01&category=x&date_from=x&date_to=x&status=x&imported=x&page_size=x&page_token=x&page=2",
    )
    .unwrap_err();
    let fields: HashSet<_> = errors.as_object().unwrap().keys().map(String::as_str).collect();
    // A page token is opaque here: only the store can tell a wrong one.
    let mut expected = HashSet::from(BrowseQuery::PARAMETERS);
    expected.remove("page_token");
    expected.insert("page");
    assert_eq!(fields, expected);
}

#[test]
fn browses_the_next_ninety_days_when_no_dates_are_given() {
    assert_eq!(
        read("city=S%C3%A3o++PAULO").unwrap(),
        BrowseQuery {
            source: None,
            city: Some("sao paulo".to_owned()),
            category: None,
            from: now(),
            to: at("2026-05-30T12:00:00Z"),
            status: None,
            imported: None,
            page_size: 50,
            page_token: None,
        }
    );
}

#[test]
fn reads_every_parameter() {
    let query = "source=SeatGeek&city=Paris&category=food-drink&date_from=2026-01-01&date_to=2027-06-30\
                 &status=sold_out&imported=false&page_size=100&page_token=abc";
    assert_eq!(
        read(query).unwrap(),
        BrowseQuery {
            source: Some(Source::SeatGeek),
            city: Some("paris".to_owned()),
            category: Some(Category::FoodAndDrink),
            from: at("2026-01-01T00:00:00Z"),
            to: at("2027-06-30T23:59:59Z"),
            status: Some(EventStatus::SoldOut),
            imported: Some(false),
            page_size: 100,
            page_token: Some("abc".to_owned()),
        }
    );
}

#[test_case("source=ticketmaster" => true; "its source")]
#[test_case("source=meetup" => false; "another source")]
#[test_case("city=new+york" => true; "its city in another spelling")]
#[test_case("city=york" => false; "another city")]
#[test_case("category=music" => true; "its category")]
#[test_case("category=film" => false; "another category")]
#[test_case("source=ticketmaster&status=scheduled" => true; "its status")]
#[test_case("source=ticketmaster&status=ended" => false; "another status")]
#[test_case("source=ticketmaster&imported=false" => true; "what is not imported")]
#[test_case("source=ticketmaster&imported=true" => false; "what is imported")]
#[test_case("source=ticketmaster&date_to=2026-03-02" => true; "dates, which the index answers for")]
fn admits_the_stored_concert_when_asked_for(query: &str) -> bool {
    read(query).unwrap().admits(&stored_concert())
}

#[test]
fn admits_an_imported_event_only_where_imported_ones_are_asked_for() {
    let stored = StoredEvent {
        import: Some(import("2026-03-01T10:00:00Z")),
        ..stored_concert()
    };
    assert!(read("category=music&imported=true").unwrap().admits(&stored));
    assert!(!read("category=music&imported=false").unwrap().admits(&stored));
}

proptest! {
    #[test]
    fn every_browse_reaches_forward_at_most_18_months(
        from in strategy::date(), days in -10..1000_i64,
    ) {
        let to = from + TimeDelta::days(days);
        let last = from + Months::new(18);
        let query = format!("source=meetup&date_from={from}&date_to={to}");
        prop_assert_eq!(read(&query).is_ok(), from <= to && to < last, "{} {}", from, to);
    }
}
