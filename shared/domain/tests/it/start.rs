use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use domain::start::Rfc3339;
use domain::{Start, TimeCertainty, Timezone};
use proptest::prelude::*;
use test_case::test_case;

use crate::sample::{at, day, json, local, zone};
use crate::strategy;

#[test_case(zone("America/New_York"), "2026-03-08T02:30:00"; "in New York")]
#[test_case(zone("Europe/Berlin"), "2026-03-29T02:00:00"; "in Berlin, at its first instant")]
#[test_case(zone("Australia/Lord_Howe"), "2026-10-04T02:15:00"; "by half an hour")]
#[test_case(zone("Africa/Cairo"), "2026-04-24T00:00:00"; "at midnight")]
#[test_case(zone("Pacific/Apia"), "2011-12-30T12:00:00"; "for a whole day")]
fn a_local_time_that_the_clock_skips_is_no_start(timezone: Timezone, time: &str) {
    assert_eq!(Start::from_local(local(time), timezone), None);
}

#[test_case(zone("America/New_York"), "2026-11-01T01:30:00", "2026-11-01T05:30:00Z"; "in New York")]
#[test_case(zone("Europe/Berlin"), "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"; "in Berlin")]
fn a_local_time_that_the_clock_shows_twice_is_the_first(timezone: Timezone, time: &str, instant: &str) {
    let start = Start::from_local(local(time), timezone).unwrap();
    assert_eq!(start.instant(), Some(at(instant)));
    assert_eq!(start.local_text().as_deref(), Some(time));
}

#[test]
fn an_exact_start_tells_its_local_time_where_the_time_zone_is_known() {
    let instant = at("2026-06-12T00:30:00Z");
    let text = |timezone| Start::exact(instant, timezone).local_text();
    assert_eq!(text(None), None);
    assert_eq!(
        text(Some(zone("America/New_York"))).as_deref(),
        Some("2026-06-11T20:30:00")
    );
}

#[test]
fn a_start_at_the_end_of_time_has_no_local_time() {
    let start = Start::exact(DateTime::<Utc>::MAX_UTC, Some(zone("Asia/Tokyo")));
    assert_eq!(start.local_text(), None);
}

#[test_case(None, "2026-06-12T00:00:00Z", "2026-06-12T23:59:59Z"; "of UTC, where the time zone is unknown")]
#[test_case(Some(zone("America/New_York")), "2026-06-12T04:00:00Z", "2026-06-13T03:59:59Z"; "of its place")]
#[test_case(Some(zone("Pacific/Auckland")), "2026-06-11T12:00:00Z", "2026-06-12T11:59:59Z"; "of its place, far east")]
fn a_start_without_a_time_lies_within_the_day(timezone: Option<Timezone>, first: &str, last: &str) {
    let start = Start::DateOnly {
        date: day("2026-06-12"),
    };
    assert_eq!(start.earliest(timezone), Some(at(first)));
    assert_eq!(start.latest(timezone), Some(at(last)));
}

#[test_case(zone("Africa/Cairo"), "2026-04-24", "2026-04-23T22:00:00Z"; "in Cairo")]
#[test_case(zone("Asia/Beirut"), "2026-03-29", "2026-03-28T22:00:00Z"; "in Beirut")]
#[test_case(zone("America/Santiago"), "2026-09-06", "2026-09-06T04:00:00Z"; "in Santiago")]
#[test_case(zone("Pacific/Apia"), "2011-12-30", "2011-12-30T10:00:00Z"; "in Samoa, whose whole day was skipped")]
fn a_day_whose_midnight_is_skipped_begins_with_the_skip(timezone: Timezone, date: &str, begin: &str) {
    let date = day(date);
    assert_eq!(Start::DateOnly { date }.earliest(Some(timezone)), Some(at(begin)));
    let date = date.pred_opt().unwrap();
    let last = at(begin) - TimeDelta::seconds(1);
    assert_eq!(Start::DateOnly { date }.latest(Some(timezone)), Some(last));
}

#[test_case(NaiveDate::MIN; "first")]
#[test_case(NaiveDate::MAX; "last")]
fn the_day_that_can_be_told(date: NaiveDate) {
    for timezone in [None, Some(zone("Asia/Tokyo")), Some(zone("America/New_York"))] {
        let start = Start::DateOnly { date };
        assert!(start.earliest(timezone) <= start.latest(timezone).or(Some(DateTime::<Utc>::MAX_UTC)));
    }
}

#[test]
fn a_start_to_be_announced_tells_nothing() {
    let start = Start::ToBeAnnounced;
    assert_eq!(start.instant(), None);
    assert_eq!(start.earliest(None), None);
    assert_eq!(start.latest(None), None);
    assert_eq!(start.local_text(), None);
}

#[test]
fn a_day_is_never_taken_for_an_instant() {
    let start = Start::DateOnly {
        date: day("2026-06-12"),
    };
    assert_eq!(start.instant(), None);
    assert_eq!(start.local_text().as_deref(), Some("2026-06-12"));
}

#[test_case(Start::exact(at("2026-06-12T00:30:00Z"), None), TimeCertainty::Exact, "exact"; "an instant")]
#[test_case(Start::DateOnly { date: day("2026-06-12") }, TimeCertainty::DateOnly, "date_only"; "a day")]
#[test_case(Start::ToBeAnnounced, TimeCertainty::ToBeAnnounced, "to_be_announced"; "nothing")]
fn says_how_much_is_known_of(start: Start, certainty: TimeCertainty, name: &str) {
    assert_eq!(start.certainty(), certainty);
    assert_eq!(certainty.as_str(), name);
    assert_eq!(json(&certainty), name);
}

#[test]
fn an_instant_is_written_in_whole_seconds_of_utc() {
    assert_eq!(
        Rfc3339(at("2026-06-12T02:30:00.987+02:00")).to_string(),
        "2026-06-12T00:30:00Z"
    );
}

fn local_time() -> impl Strategy<Value = NaiveDateTime> {
    strategy::instant().prop_map(|at| at.naive_utc())
}

proptest! {
    #[test]
    fn the_clock_of_the_place_shows_the_local_time_at_the_start(
        time in local_time(), timezone in strategy::timezone(),
    ) {
        if let Some(start) = Start::from_local(time, timezone) {
            let instant = start.instant().unwrap();
            prop_assert_eq!(timezone.local(instant), Some(time));
            prop_assert_eq!(Start::exact(instant, Some(timezone)), start);
        }
    }

    #[test]
    fn every_day_ends_one_second_before_the_next_begins(
        date in strategy::date(), timezone in proptest::option::of(strategy::timezone()),
    ) {
        let today = Start::DateOnly { date };
        let tomorrow = Start::DateOnly { date: date.succ_opt().unwrap() };
        let next = tomorrow.earliest(timezone).unwrap();
        prop_assert!(today.earliest(timezone).unwrap() < next);
        prop_assert_eq!(today.latest(timezone).unwrap() + TimeDelta::seconds(1), next);
    }

    #[test]
    fn a_start_survives_being_written_and_read(start in strategy::start()) {
        prop_assert_eq!(serde_json::from_value::<Start>(json(&start)).unwrap(), start);
    }
}
