use domain::EventStatus;
use domain::status::UnknownStatus;
use test_case::test_case;

use crate::sample::json;

#[test_case(""; "nothing")]
#[test_case("canceled"; "another spelling")]
#[test_case("SCHEDULED"; "upper case")]
fn refuses_as_status(text: &str) {
    assert_eq!(text.parse::<EventStatus>(), Err(UnknownStatus));
    for status in EventStatus::ALL {
        assert!(UnknownStatus.to_string().contains(status.as_str()));
    }
}

#[test]
fn a_status_has_one_name_everywhere() {
    for status in EventStatus::ALL {
        assert_eq!(status.to_string().parse(), Ok(status));
        assert_eq!(json(&status), status.as_str());
    }
}

#[test]
fn only_what_nobody_can_attend_is_over() {
    let over = EventStatus::ALL.into_iter().filter(|status| status.is_over());
    assert_eq!(
        over.collect::<Vec<_>>(),
        [EventStatus::Cancelled, EventStatus::Ended, EventStatus::Removed]
    );
}
