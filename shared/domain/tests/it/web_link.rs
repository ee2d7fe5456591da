use domain::WebLink;
use domain::web_link::InvalidWebLink;
use proptest::prelude::*;
use test_case::test_case;

#[test_case("javascript:alert(1)", InvalidWebLink::Scheme; "a script")]
#[test_case("data:text/html,<script>", InvalidWebLink::Scheme; "data")]
#[test_case("ftp://tickets.example/", InvalidWebLink::Scheme; "another protocol")]
#[test_case("", InvalidWebLink::Form; "nothing")]
#[test_case("tickets.example/1", InvalidWebLink::Form; "no scheme")]
#[test_case("/events/1", InvalidWebLink::Form; "a path")]
#[test_case("//tickets.example/1", InvalidWebLink::Form; "a link relative to the scheme")]
#[test_case("https://", InvalidWebLink::Form; "no host")]
#[test_case("https:tickets.example/1", InvalidWebLink::Form; "what a browser takes for a path")]
#[test_case("https:\\\\tickets.example", InvalidWebLink::Form; "backslashes")]
#[test_case("https://tickets.example/\nSet-Cookie: a", InvalidWebLink::Form; "a line break")]
#[test_case("java\nscript:alert(1)", InvalidWebLink::Scheme; "a script with a line break")]
fn refuses_as_link(text: &str, reason: InvalidWebLink) {
    assert_eq!(text.parse::<WebLink>(), Err(reason));
    let refusal = serde_json::from_value::<WebLink>(text.into()).unwrap_err();
    assert_eq!(refusal.to_string(), reason.to_string());
}

#[test]
fn refuses_a_link_of_2049_bytes_but_not_of_2048() {
    let longest = format!("{:x<2048}", "https://tickets.example/");
    assert_eq!(longest.parse::<WebLink>().unwrap().as_str(), longest);
    let refusal = format!("{longest}x").parse::<WebLink>().unwrap_err();
    assert_eq!(refusal, InvalidWebLink::TooLong);
    assert_eq!(refusal.to_string(), "must be at most 2048 bytes long");
}

#[test_case("https://tickets.example/1?a=b#c"; "https")]
#[test_case("HTTP://Tickets.Example"; "http in capitals")]
#[test_case("https://münchen.example/straße"; "letters beyond ASCII")]
fn a_link_stays_as_it_was_given(text: &str) {
    let link: WebLink = format!(" {text} ").parse().unwrap();
    assert_eq!(link.to_string(), text);
    assert_eq!(serde_json::to_value(&link).unwrap(), text);
}

proptest! {
    /// The parser of the URL standard has the last word, also on links that are told without it.
    #[test]
    fn a_link_is_what_the_url_standard_takes_for_one(text in "https?://[a-z0-9.-]{0,6}(xn--[a-z0-9]{0,3})?[.]?[a-z0-9]{0,3}([/?#:@\\\\][ -~]{0,8})?") {
        let is_url = |text: &str| url::Url::parse(text).is_ok();
        prop_assert_eq!(text.parse::<WebLink>().is_ok(), is_url(text.trim()));
    }
}
