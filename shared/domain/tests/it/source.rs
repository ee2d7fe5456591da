use domain::Source;
use domain::source::UnknownSource;
use test_case::test_case;

use crate::sample::json;

#[test_case(""; "nothing")]
#[test_case("all"; "all of them")]
#[test_case("ticket master"; "two words")]
#[test_case("facebook"; "another site")]
fn refuses_as_source(text: &str) {
    assert_eq!(text.parse::<Source>(), Err(UnknownSource));
    for source in Source::ALL {
        assert!(UnknownSource.to_string().contains(source.as_str()));
    }
}

#[test]
fn a_source_is_read_from_its_name_in_any_case() {
    for source in Source::ALL {
        assert_eq!(source.to_string().parse(), Ok(source));
        assert_eq!(source.as_str().to_uppercase().parse(), Ok(source));
        assert_eq!(json(&source), source.as_str());
    }
}

#[test]
fn sources_are_ordered_by_name() {
    assert!(Source::ALL.is_sorted());
    assert!(Source::ALL.map(Source::as_str).is_sorted());
}
