use chrono::{TimeDelta, TimeZone as _};
use chrono_tz::TZ_VARIANTS;
use domain::Timezone;
use test_case::test_case;

use crate::sample::{at, zone};

#[test]
fn a_name_stays_as_it_is_and_is_stored_as_text() {
    let paris = zone("Europe/Paris");
    assert_eq!(paris.name(), "Europe/Paris");
    assert_eq!(serde_json::to_value(paris).unwrap(), "Europe/Paris");
    assert_eq!(
        serde_json::from_value::<Timezone>("Europe/Paris".into()).unwrap(),
        paris
    );
}

#[test_case(""; "nothing")]
#[test_case("Europe"; "a continent")]
#[test_case("Europe/Atlantis"; "a city that is none")]
#[test_case("+01:00"; "an offset")]
#[test_case("../../etc/passwd"; "a path")]
fn refuses_as_time_zone(name: &str) {
    assert!(name.parse::<Timezone>().is_err());
    let refusal = serde_json::from_value::<Timezone>(name.into()).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "must be a time zone of the IANA database, such as Europe/Paris"
    );
}

/// Another reader of another copy of the database has the same clocks. Its copy may know less of the future: in 2026
/// Manitoba did away with the change of clocks.
#[test]
fn clocks_show_what_others_say() {
    for other in TZ_VARIANTS {
        let timezone = zone(other.name());
        for hour in (0..17 * 365 * 24).step_by(601) {
            let instant = at("2008-01-01T00:00:00Z") + TimeDelta::hours(hour);
            let local = instant.with_timezone(&other).naive_local();
            assert_eq!(timezone.local(instant), Some(local), "{other} at {instant}");
            let first = other
                .from_local_datetime(&local)
                .earliest()
                .map(|first| first.to_utc());
            assert_eq!(timezone.instant(local), first, "{other} at {local}");
        }
    }
}

#[test]
fn a_time_that_is_skipped_is_none_and_its_skip_is() {
    let cairo = zone("Africa/Cairo");
    let midnight = "2026-04-24T00:00:00".parse().unwrap();
    assert_eq!(cairo.instant(midnight), None);
    assert_eq!(cairo.instant_or_skip(midnight), Some(at("2026-04-23T22:00:00Z")));
}
