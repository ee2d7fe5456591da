use domain::id::{InvalidEventKey, InvalidExternalId, InvalidLocalEventId};
use domain::source::UnknownSource;
use domain::{EventKey, ExternalId, LocalEventId, Source};
use proptest::prelude::*;
use test_case::test_case;

use crate::sample::json;
use crate::strategy;

#[test_case("", InvalidExternalId::Empty; "nothing")]
#[test_case("a/b", InvalidExternalId::Character; "a slash")]
#[test_case("..", InvalidExternalId::Character; "dots")]
#[test_case("a%2Fb", InvalidExternalId::Character; "an encoded slash")]
#[test_case("a?b", InvalidExternalId::Character; "a question mark")]
#[test_case("a#b", InvalidExternalId::Character; "a hash")]
#[test_case(" a", InvalidExternalId::Character; "a space")]
#[test_case("é", InvalidExternalId::Character; "a letter beyond ASCII")]
fn refuses_as_external_id(text: &str, reason: InvalidExternalId) {
    let refusal = serde_json::from_value::<ExternalId>(text.into()).unwrap_err();
    assert_eq!(refusal.to_string(), reason.to_string());
    assert_eq!(text.parse::<ExternalId>(), Err(reason));
}

#[test]
fn refuses_an_external_id_of_65_characters_but_not_of_64() {
    let longest = "x".repeat(ExternalId::MAX_LENGTH);
    assert_eq!(longest.parse::<ExternalId>().unwrap().as_str(), longest);
    let refusal = format!("{longest}x").parse::<ExternalId>().unwrap_err();
    assert_eq!(refusal, InvalidExternalId::TooLong);
    assert_eq!(refusal.to_string(), "must be at most 64 characters long");
}

#[test]
fn an_external_id_keeps_its_case() {
    let id: ExternalId = "vvG1-Z_9".parse().unwrap();
    assert_eq!(id.to_string(), "vvG1-Z_9");
    assert_eq!(json(&id), "vvG1-Z_9");
    assert_ne!(id, "VVG1-Z_9".parse().unwrap());
}

#[test]
fn an_external_id_can_be_a_number() {
    assert_eq!(ExternalId::from(u64::MAX).as_str(), "18446744073709551615");
}

#[test_case("ticketmaster", InvalidEventKey::Form; "no hash")]
#[test_case("#1", InvalidEventKey::Source(UnknownSource); "no source")]
#[test_case("facebook#1", InvalidEventKey::Source(UnknownSource); "another source")]
#[test_case("meetup#", InvalidEventKey::Id(InvalidExternalId::Empty); "no id")]
#[test_case("meetup#1#2", InvalidEventKey::Id(InvalidExternalId::Character); "a second hash")]
fn refuses_as_event_key(text: &str, reason: InvalidEventKey) {
    assert_eq!(text.parse::<EventKey>(), Err(reason));
    assert!(serde_json::from_value::<EventKey>(text.into()).is_err());
}

#[test]
fn the_same_id_at_two_sources_is_two_keys() {
    let id: ExternalId = "42".parse().unwrap();
    assert_ne!(
        EventKey::new(Source::Meetup, id.clone()),
        EventKey::new(Source::SeatGeek, id)
    );
}

#[test_case("0"; "zero")]
#[test_case("-1"; "a negative number")]
#[test_case("1.5"; "a fraction")]
#[test_case("seven"; "a word")]
#[test_case(""; "nothing")]
#[test_case("18446744073709551616"; "more than 64 bits")]
fn refuses_as_local_event_id(text: &str) {
    assert_eq!(text.parse::<LocalEventId>(), Err(InvalidLocalEventId));
}

#[test]
fn a_local_event_has_the_url_of_the_platform() {
    assert_eq!(LocalEventId::new(789).url(), "/events/789/");
}

proptest! {
    #[test]
    fn no_character_that_means_something_in_a_url_passes(
        before in "[A-Za-z0-9_-]{0,20}", c in any::<char>(), after in "[A-Za-z0-9_-]{0,20}",
    ) {
        prop_assume!(!(c.is_ascii_alphanumeric() || c == '_' || c == '-'));
        let parsed = format!("{before}{c}{after}").parse::<ExternalId>();
        prop_assert_eq!(parsed, Err(InvalidExternalId::Character));
    }

    #[test]
    fn an_external_id_stands_in_a_url_as_it_is(id in strategy::external_id()) {
        let url = url::Url::parse(&format!("https://provider.example/events/{id}/end")).unwrap();
        prop_assert_eq!(url.path_segments().unwrap().nth(1), Some(id.as_str()));
    }

    #[test]
    fn an_event_key_survives_being_written_and_read(key in strategy::event_key()) {
        prop_assert_eq!(key.to_string().parse(), Ok(key.clone()));
        let json = serde_json::to_string(&key).unwrap();
        prop_assert_eq!(&json, &format!("\"{key}\""));
        prop_assert_eq!(serde_json::from_str::<EventKey>(&json).unwrap(), key);
    }

    #[test]
    fn a_local_event_id_survives_being_written_and_read(number in 1..=u64::MAX) {
        let id = LocalEventId::new(number);
        prop_assert_eq!(id.to_string().parse(), Ok(id));
        prop_assert_eq!(id.get(), number);
    }
}
