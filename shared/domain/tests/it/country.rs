use domain::CountryCode;
use domain::country::InvalidCountry;
use test_case::test_case;

#[test_case(""; "nothing")]
#[test_case("U"; "one letter")]
#[test_case("USA"; "three letters")]
#[test_case("UK"; "a reserved code")]
#[test_case("XX"; "a code for nobody")]
#[test_case("T "; "half a code")]
#[test_case("D E"; "two letters apart")]
#[test_case("ß"; "two bytes that are one letter")]
fn refuses_as_country_code(text: &str) {
    assert_eq!(text.parse::<CountryCode>(), Err(InvalidCountry));
    assert!(serde_json::from_value::<CountryCode>(text.into()).is_err());
}

#[test]
fn a_code_is_read_in_any_case_and_written_in_capitals() {
    let code: CountryCode = " us ".parse().unwrap();
    assert_eq!(code.to_string(), "US");
    assert_eq!(serde_json::to_value(code).unwrap(), "US");
}

#[test]
fn there_are_249_assigned_codes() {
    let codes = ('A'..='Z')
        .flat_map(|one| ('A'..='Z').map(move |other| format!("{one}{other}")))
        .filter_map(|text| text.parse::<CountryCode>().ok());
    assert_eq!(codes.count(), 249);
}

#[test_case("" => None; "nothing")]
#[test_case("Atlantis" => None; "no country of this world")]
#[test_case("us" => Some("US".to_owned()); "a code")]
#[test_case("UK" => Some("GB".to_owned()); "what people write for a code")]
#[test_case("Canada" => Some("CA".to_owned()); "an English name")]
#[test_case(" ESPAÑA " => Some("ES".to_owned()); "a name of its own, with an accent")]
#[test_case("United  States Of America" => Some("US".to_owned()); "a long name")]
#[test_case("Türkiye" => Some("TR".to_owned()); "a new name")]
fn recognises(text: &str) -> Option<String> {
    CountryCode::recognise(text).map(String::from)
}
