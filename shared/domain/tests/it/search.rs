use std::collections::HashSet;

use domain::search::{
    InvalidSearchText, Near, SearchFilter, SearchQuery, SearchText, Sort, SourceSet, SourceSetError,
    UnknownSort,
};
use domain::source::UnknownSource;
use domain::{Category, Coordinates, ExternalEvent, Source, Start};
use proptest::prelude::*;
use serde_json::{Value, json};
use test_case::test_case;

use crate::sample::{at, concert, day, json, pairs};

fn read(query: &str) -> Result<SearchQuery, Value> {
    SearchQuery::read(pairs(query)).map_err(|errors| json(&errors))
}

fn filter(query: &str) -> SearchFilter {
    read(&format!("q=lanterns&{query}")).unwrap().filter
}

const MOMENT: &str =
    "must be an RFC 3339 time with an offset, such as 2026-01-31T19:30:00Z, or a date, such as 2026-01-31";

#[test_case("", "q", "must have 1 to 200 characters"; "no text")]
#[test_case("q=+", "q", "must have 1 to 200 characters"; "a blank text")]
#[test_case("q=%00", "q", "must have 1 to 200 characters"; "a text of control characters")]
#[test_case("q=x&q=x", "q", "must be given only once"; "a repeated parameter")]
#[test_case("q=x&source=facebook", "source", "must be all, or one or several (with commas) of ticketmaster, seatgeek, eventbrite, meetup"; "an unknown source")]
#[test_case("q=x&source=all,facebook", "source", "must be all, or one or several (with commas) of ticketmaster, seatgeek, eventbrite, meetup"; "an unknown source beside all")]
#[test_case("q=x&location=%01", "location", "must have 1 to 200 characters"; "a city of control characters")]
#[test_case("q=x&date_from=soon", "date_from", MOMENT; "a date that is none")]
#[test_case("q=x&date_to=2026-13-01", "date_to", MOMENT; "a month that is none")]
#[test_case("q=x&date_from=2026-02-01&date_to=2026-01-31", "date_to", "must not be before date_from"; "dates the wrong way round")]
#[test_case("q=x&country=Canada", "country", "must be a two-letter ISO 3166 country code"; "a country's name")]
#[test_case("q=x&latlong=40.75", "latlong", "must be latitude,longitude in degrees, such as 40.75,-73.99"; "half a position")]
#[test_case("q=x&include_addons=perhaps", "include_addons", "must be true or false"; "extras, perhaps")]
#[test_case("q=x&radius=10", "latlong", "must be given with radius"; "a radius around nothing")]
#[test_case("q=x&latlong=1,1&radius=0", "radius", "must be a number of kilometres above 0, at most 20000"; "no radius")]
#[test_case("q=x&latlong=1,1&radius=20001", "radius", "must be a number of kilometres above 0, at most 20000"; "a radius around the globe")]
#[test_case("q=x&latlong=1,1&radius=NaN", "radius", "must be a number of kilometres above 0, at most 20000"; "a radius that is no number")]
#[test_case("q=x&size=0", "size", "must be a whole number between 1 and 100"; "a size of nothing")]
#[test_case("q=x&size=101", "size", "must be a whole number between 1 and 100"; "a size too large")]
#[test_case("q=x&sort=price", "sort", "must be date or relevance"; "an unknown order")]
fn refuses(query: &str, field: &str, rule: &str) {
    assert_eq!(read(query), Err(json!({field: [rule]})));
}

#[test]
fn refuses_an_unknown_parameter_with_those_that_are_known() {
    let known = SearchQuery::PARAMETERS.join(", ");
    let rule = format!("unknown parameter; known are {known}");
    assert_eq!(read("q=x&city=Paris"), Err(json!({"city": [rule]})));
}

#[test]
fn refuses_a_text_of_201_characters_but_not_of_200() {
    let longest = "é".repeat(SearchText::MAX_LENGTH);
    assert_eq!(longest.parse::<SearchText>().unwrap().as_str(), longest);
    assert_eq!((longest + "é").parse::<SearchText>(), Err(InvalidSearchText));
    assert!(serde_json::from_str::<SearchText>("\"\"").is_err());
}

#[test]
fn refuses_an_unknown_category_with_those_that_are_known() {
    let rule = domain::category::UnknownCategory.to_string();
    assert_eq!(read("q=x&category=knitting"), Err(json!({"category": [rule]})));
}

#[test]
fn says_everything_that_is_wrong_at_once() {
    let errors = read(
        "source=x&date_from=x&date_to=x&category=x&country=x&latlong=x&radius=x&size=x&sort=x&location=%01&page=2&include_addons=x",
    )
    .unwrap_err();
    let fields: HashSet<_> = errors.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = HashSet::from(SearchQuery::PARAMETERS);
    expected.insert("page");
    assert_eq!(fields, expected);
}

#[test]
fn asks_every_source_for_fifty_events_by_date_when_only_a_text_is_given() {
    let query = read("q=+rock+%26+roll").unwrap();
    assert_eq!(query.sources, SourceSet::all());
    assert_eq!(
        query.filter,
        SearchFilter {
            text: "rock & roll".parse().unwrap(),
            city: None,
            from: None,
            to: None,
            category: None,
            country: None,
            near: None,
            size: 50,
            sort: Sort::Date,
            include_add_ons: false,
        }
    );
}

#[test]
fn reads_every_parameter() {
    let query = read(
        "q=rock&source=seatgeek&location=+S%C3%A3o+Paulo&date_from=2026-06-01&date_to=2026-06-30&category=Concert\
         &country=br&latlong=-23.55,-46.63&radius=12.5&size=100&sort=relevance&include_addons=true",
    )
    .unwrap();
    assert_eq!(query.sources.iter().collect::<Vec<_>>(), [Source::SeatGeek]);
    assert_eq!(
        query.filter,
        SearchFilter {
            text: "rock".parse().unwrap(),
            city: Some("São Paulo".to_owned()),
            from: Some(at("2026-06-01T00:00:00Z")),
            to: Some(at("2026-06-30T23:59:59Z")),
            category: Some(Category::Music),
            country: Some("BR".parse().unwrap()),
            near: Some(Near {
                centre: Coordinates::new(-23.55, -46.63).unwrap(),
                radius_km: 13,
            }),
            size: 100,
            sort: Sort::Relevance,
            include_add_ons: true,
        }
    );
    let json = json(&query.filter);
    assert_eq!(
        serde_json::from_value::<SearchFilter>(json).unwrap(),
        query.filter
    );
}

#[test]
fn a_position_without_a_radius_means_fifty_kilometres() {
    assert_eq!(filter("latlong=1,1").near.unwrap().radius_km, 50);
}

#[test_case(""; "nothing")]
#[test_case("ticketmaster,"; "a comma too many")]
#[test_case("ticketmaster;meetup"; "a semicolon")]
fn refuses_as_sources(text: &str) {
    assert_eq!(
        text.parse::<SourceSet>(),
        Err(SourceSetError::from(UnknownSource))
    );
}

#[test_case("ALL", &Source::ALL; "all")]
#[test_case("meetup,all", &Source::ALL; "all beside one")]
#[test_case("ticketmaster, Eventbrite,ticketmaster", &[Source::Eventbrite, Source::Ticketmaster]; "some, one of them twice")]
fn reads_as_sources(text: &str, sources: &[Source]) {
    let set: SourceSet = text.parse().unwrap();
    assert_eq!(set.iter().collect::<Vec<_>>(), sources);
    for source in Source::ALL {
        assert_eq!(set.contains(source), sources.contains(&source));
    }
}

#[test]
fn refuses_an_order_in_capitals() {
    assert_eq!("DATE".parse::<Sort>(), Err(UnknownSort));
    assert_eq!("date".parse(), Ok(Sort::Date));
}

#[test]
fn a_text_is_one_line() {
    let text: SearchText = " rock\n&\troll\u{0} ".parse().unwrap();
    assert_eq!(text.to_string(), "rock & roll");
}

#[test_case("" => true; "nothing more is asked")]
#[test_case("category=music" => true; "the category")]
#[test_case("category=film" => false; "another category")]
#[test_case("country=US" => true; "the country")]
#[test_case("country=CA" => false; "another country")]
#[test_case("location=NEW++york" => true; "the city in another spelling")]
#[test_case("location=York" => false; "another city")]
#[test_case("latlong=40.7,-74.0&radius=10" => true; "a circle around it")]
#[test_case("latlong=51.5,-0.1" => false; "a circle elsewhere")]
#[test_case("location=Hoboken&latlong=40.7,-74.0" => true; "a circle that reaches over the city's edge")]
#[test_case("date_from=2026-06-12T00:30:00Z&date_to=2026-06-12T00:30:00Z" => true; "the very instant")]
#[test_case("date_from=2026-06-12T00:30:01Z" => false; "a second too late")]
#[test_case("date_to=2026-06-12T00:29:59Z" => false; "a second too early")]
fn admits_the_concert_when_it_is_asked(query: &str) -> bool {
    filter(query).admits(&concert())
}

/// In New York, 12 June lasts from 04:00 UTC to 03:59:59 of the 13th.
#[test_case("date_from=2026-06-13T03:59:59Z" => true; "from its last second")]
#[test_case("date_from=2026-06-13T04:00:00Z" => false; "from the next day")]
#[test_case("date_to=2026-06-12T04:00:00Z" => true; "to its first second")]
#[test_case("date_to=2026-06-12T03:59:59Z" => false; "to the day before")]
#[test_case("date_from=2026-06-12T20:00:00Z&date_to=2026-06-12T21:00:00Z" => true; "within it")]
fn admits_the_event_of_a_day_when_it_is_asked(query: &str) -> bool {
    filter(query).admits(&ExternalEvent {
        start: Start::DateOnly {
            date: day("2026-06-12"),
        },
        ..concert()
    })
}

#[test_case("" => true; "no window")]
#[test_case("date_from=2026-01-01" => false; "a window without an end")]
#[test_case("date_to=2026-12-31" => false; "a window without a begin")]
fn admits_an_event_without_a_date_in(query: &str) -> bool {
    filter(query).admits(&ExternalEvent {
        start: Start::ToBeAnnounced,
        ..concert()
    })
}

#[test]
fn what_an_event_does_not_tell_does_not_count_against_it() {
    let mut event = concert();
    event.venue.city.clear();
    event.venue.country = None;
    event.venue.coordinates = None;
    assert!(filter("location=Paris&country=FR&latlong=48.86,2.35").admits(&event));
}

#[test_case("q=Beyonce&location=sao+paulo", "q=+BEYONC%C3%89&location=S%C3%A3o++Paulo"; "accents, case and spaces")]
#[test_case("q=x&date_from=2026-06-01", "q=x&date_from=2026-06-01T02:00:00%2B02:00"; "an instant and a day")]
#[test_case("q=x&country=us&category=Concert", "q=x&country=US&category=music"; "names of a category")]
#[test_case("q=x&latlong=40.750,-0", "q=x&latlong=40.75,0&radius=50"; "digits, signs and defaults")]
#[test_case("q=x", "q=x&source=meetup&size=50&sort=date"; "whom it is asked")]
fn searches_mean_the_same_however_they_are_spelt(one: &str, other: &str) {
    assert_eq!(
        read(one).unwrap().filter.meaning(),
        read(other).unwrap().filter.meaning()
    );
}

#[test]
fn searches_that_differ_in_anything_asked_mean_something_else() {
    let meanings: HashSet<_> = [
        "",
        "&location=b",
        "&location=b,c",
        "&date_from=2026-06-01",
        "&date_to=2026-06-01",
        "&category=music",
        "&country=US",
        "&latlong=1,2",
        "&latlong=1,2&radius=49",
        "&latlong=2,1",
        "&size=49",
        "&sort=relevance",
    ]
    .into_iter()
    .flat_map(|rest| [format!("q=a{rest}"), format!("q=b{rest}")])
    .map(|query| read(&query).unwrap().filter.meaning())
    .collect();
    assert_eq!(meanings.len(), 24);
}

proptest! {
    #[test]
    fn any_query_is_read_or_refused_with_a_reason(query in "([a-z_]{1,9}=[ -~]{0,20}&){0,5}") {
        if let Err(errors) = SearchQuery::read(pairs(&query)) {
            prop_assert!(!errors.is_empty());
        }
    }

    #[test]
    fn a_text_survives_being_written_and_read(text in any::<String>()) {
        if let Ok(parsed) = text.parse::<SearchText>() {
            prop_assert!(!parsed.as_str().contains(char::is_control));
            prop_assert_eq!(parsed.as_str().parse(), Ok(parsed.clone()));
            prop_assert_eq!(serde_json::from_value::<SearchText>(json(&parsed)).unwrap(), parsed);
        }
    }
}

#[test]
fn extras_are_found_only_on_request() {
    let mut parking = concert();
    parking.add_on = true;
    let (without, with) = (filter(""), filter("include_addons=true"));
    assert!(without.admits(&concert()) && with.admits(&concert()));
    assert!(!without.admits(&parking) && with.admits(&parking));
    assert_eq!(filter("include_addons=false"), without);
    assert_ne!(with.meaning(), without.meaning());
}
