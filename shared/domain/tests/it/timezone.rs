use chrono::{DateTime, TimeZone as _, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use domain::Timezone;
use proptest::prelude::*;
use proptest::sample::select;
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

proptest! {
    /// Another reader of the same database has the same clocks, from 1972 to 2036.
    #[test]
    fn clocks_show_what_others_say(other in select(&TZ_VARIANTS[..]), second in 63_072_000_i64..2_082_758_400) {
        let Ok(timezone) = other.name().parse::<Timezone>() else {
            return Err(TestCaseError::fail(format!("{other} is unknown")));
        };
        let instant = DateTime::<Utc>::from_timestamp(second, 0).unwrap();
        let local = instant.with_timezone::<Tz>(&other).naive_local();
        prop_assert_eq!(timezone.local(instant), Some(local));
        let first = other.from_local_datetime(&local).earliest().map(|first| first.to_utc());
        prop_assert_eq!(timezone.instant(local), first);
    }
}

#[test]
fn a_time_that_is_skipped_is_none_and_its_skip_is() {
    let cairo = zone("Africa/Cairo");
    let midnight = "2026-04-24T00:00:00".parse().unwrap();
    assert_eq!(cairo.instant(midnight), None);
    assert_eq!(cairo.instant_or_skip(midnight), Some(at("2026-04-23T22:00:00Z")));
}
