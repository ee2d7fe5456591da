use domain::Coordinates;
use domain::coordinate::InvalidCoordinates;
use proptest::prelude::*;
use test_case::test_case;

use crate::strategy;

#[test_case("", InvalidCoordinates::Form; "nothing")]
#[test_case("40.75", InvalidCoordinates::Form; "one number")]
#[test_case("40.75;-73.99", InvalidCoordinates::Form; "a semicolon")]
#[test_case("40.75,-73.99,10", InvalidCoordinates::Form; "three numbers")]
#[test_case("north,west", InvalidCoordinates::Form; "words")]
#[test_case("90.01,0", InvalidCoordinates::Latitude; "beyond the pole")]
#[test_case("NaN,0", InvalidCoordinates::Latitude; "a latitude that is no number")]
#[test_case("0,-180.01", InvalidCoordinates::Longitude; "beyond the date line")]
#[test_case("0,inf", InvalidCoordinates::Longitude; "an infinite longitude")]
#[test_case("0,0", InvalidCoordinates::Origin; "the origin")]
#[test_case("-0.0,0.0", InvalidCoordinates::Origin; "the origin from the south")]
fn refuses_as_position(text: &str, reason: InvalidCoordinates) {
    assert_eq!(text.parse::<Coordinates>(), Err(reason));
}

#[test_case("[91.0, 0.0]"; "a latitude out of range")]
#[test_case("[0.0, 0.0]"; "the origin")]
#[test_case("[1.0]"; "one number")]
fn refuses_to_read_from_json(text: &str) {
    assert!(serde_json::from_str::<Coordinates>(text).is_err());
}

#[test]
fn the_corners_of_the_map_are_places() {
    let corner: Coordinates = " -90 , 180 ".parse().unwrap();
    assert_eq!(<(f64, f64)>::from(corner), (-90.0, 180.0));
}

/// Great-circle distances between the cities' usual positions.
#[test_case("51.5074,-0.1278", "48.8566,2.3522", 343.6; "London and Paris")]
#[test_case("40.7128,-74.006", "34.0522,-118.2437", 3935.7; "New York and Los Angeles")]
#[test_case("0,179.5", "0,-179.5", 111.2; "over the date line")]
#[test_case("90,0", "-90,0", 20_015.1; "pole to pole")]
fn measures_the_distance_of(one: &str, other: &str, kilometres: f64) {
    let [one, other]: [Coordinates; 2] = [one, other].map(|text| text.parse().unwrap());
    assert!((one.distance_km(other) - kilometres).abs() < 0.1 + kilometres / 10_000.0);
}

proptest! {
    #[test]
    fn a_position_survives_being_written_and_read(place in strategy::coordinates()) {
        let text = format!("{},{}", place.latitude(), place.longitude());
        prop_assert_eq!(text.parse(), Ok(place));
        let json = serde_json::to_string(&place).unwrap();
        prop_assert_eq!(serde_json::from_str::<Coordinates>(&json).unwrap(), place);
    }

    #[test]
    fn a_distance_is_the_same_both_ways_and_never_beyond_half_the_globe(
        one in strategy::coordinates(), other in strategy::coordinates(),
    ) {
        let distance = one.distance_km(other);
        prop_assert!((0.0..=20_016.0).contains(&distance));
        prop_assert!((distance - other.distance_km(one)).abs() < 1e-6);
        prop_assert!(one.distance_km(one).abs() < 1e-6);
    }
}
