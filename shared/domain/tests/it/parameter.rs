use domain::parameter::{InvalidMoment, Moment, Parameters};
use domain::start::Rfc3339;
use proptest::prelude::*;
use serde_json::json;
use test_case::test_case;

use crate::sample::{at, day, json, pairs};
use crate::strategy;

#[test_case("tomorrow"; "a word")]
#[test_case("2026-1-31"; "a month of one digit")]
#[test_case("2026-02-30"; "a day that no month has")]
#[test_case("2026-01-31T19:30:00"; "a time without an offset")]
#[test_case("2026-01-31T25:00:00Z"; "an hour that no day has")]
#[test_case("+02026-1-1"; "a year with a sign")]
#[test_case("1899-12-31"; "a day too early")]
#[test_case("9001-01-01"; "a day too late")]
#[test_case("+12026-01-31T19:30:00Z"; "a year of five digits")]
#[test_case("1769886000"; "seconds since 1970")]
#[test_case("31.01.2026"; "a German date")]
#[test_case("２026-1-1"; "a digit of another script")]
fn refuses_as_moment(text: &str) {
    assert_eq!(text.parse::<Moment>(), Err(InvalidMoment));
}

#[test_case("2026-01-31T19:30:00Z"; "in UTC")]
#[test_case("2026-01-31T20:30:00+01:00"; "with an offset")]
#[test_case("2026-01-31T20:30:00 01:00"; "with a plus sign that was not encoded")]
#[test_case("2026-01-31T19:30:00.987Z"; "with a fraction of a second")]
#[test_case("2026-01-31t14:30:00-05:00"; "west of Greenwich, in small letters")]
fn an_instant_is_read(text: &str) {
    assert_eq!(text.parse(), Ok(Moment::Instant(at("2026-01-31T19:30:00Z"))));
}

#[test]
fn a_leap_second_is_the_second_before() {
    let moment: Moment = "2016-12-31T23:59:60Z".parse().unwrap();
    assert_eq!(Rfc3339(moment.first()).to_string(), "2016-12-31T23:59:59Z");
}

#[test]
fn a_day_is_meant_from_its_first_second_to_its_last() {
    let moment: Moment = "2026-01-31".parse().unwrap();
    assert_eq!(moment, Moment::Day(day("2026-01-31")));
    assert_eq!(moment.first(), at("2026-01-31T00:00:00Z"));
    assert_eq!(moment.last(), at("2026-01-31T23:59:59Z"));
}

#[test]
fn an_unknown_parameter_is_refused_with_those_that_are_known() {
    let given = Parameters::read(pairs("colour=red"), &["size", "sort"]);
    let errors = given.finish(Some(())).unwrap_err();
    assert_eq!(
        json(&errors),
        json!({"colour": ["unknown parameter; known are size, sort"]})
    );
}

#[test]
fn a_repeated_parameter_is_refused_even_with_the_same_value() {
    let given = Parameters::read(pairs("size=5&size=5"), &["size"]);
    let errors = given.finish(Some(())).unwrap_err();
    assert_eq!(json(&errors), json!({"size": ["must be given only once"]}));
}

#[test_case("0"; "below the least")]
#[test_case("11"; "above the most")]
#[test_case("-1"; "negative")]
#[test_case("2.5"; "a fraction")]
#[test_case("many"; "a word")]
#[test_case("4294967296"; "more than 32 bits")]
fn refuses_as_number(text: &str) {
    let query = format!("size={text}");
    let mut given = Parameters::read(pairs(&query), &["size"]);
    assert_eq!(given.number("size", 1, 10, 5), 5);
    let errors = given.finish(Some(())).unwrap_err();
    assert_eq!(
        json(&errors),
        json!({"size": ["must be a whole number between 1 and 10"]})
    );
}

#[test]
fn a_blank_parameter_counts_as_not_given() {
    let mut given = Parameters::read(pairs("size=&sort=+%09"), &["size", "sort"]);
    assert_eq!(given.number("size", 1, 10, 5), 5);
    assert_eq!(given.text("sort"), None);
    assert_eq!(given.parse::<Moment>("sort"), None);
    assert_eq!(given.finish(Some("fine")), Ok("fine"));
}

#[test]
fn a_request_without_a_value_and_without_a_reason_is_still_no_success() {
    let given = Parameters::read(pairs(""), &[]);
    assert!(given.finish(None::<()>).is_err());
}

proptest! {
    #[test]
    fn a_written_instant_is_read_back_as_the_same(at in strategy::instant()) {
        let moment = Moment::Instant(at);
        prop_assert_eq!(Rfc3339(at).to_string().parse(), Ok(moment));
        prop_assert_eq!(moment.first(), at);
        prop_assert_eq!(moment.last(), at);
    }

    #[test]
    fn a_written_day_is_read_back_as_the_same(date in strategy::date()) {
        prop_assert_eq!(date.to_string().parse(), Ok(Moment::Day(date)));
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        if let Ok(moment) = text.parse::<Moment>() {
            prop_assert!(moment.first() <= moment.last());
        }
    }
}
