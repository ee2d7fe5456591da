use chrono::TimeDelta;
use domain::Source;
use domain::sync::{
    Area, ChosenSlices, CityName, Counts, InvalidSliceCategory, RunId, RunStatus, Slice, SliceCategory,
    SyncRequest, Window, default_categories, plan,
};
use proptest::prelude::*;
use serde_json::json;
use test_case::test_case;

use crate::sample::{at, json};
use crate::strategy;

#[test_case(""; "nothing")]
#[test_case("   "; "spaces alone")]
#[test_case("music/rock"; "a slash")]
#[test_case("music#1"; "a hash")]
#[test_case("müsik"; "a letter beyond ASCII")]
#[test_case("a\nb"; "a line break")]
#[test_case("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"; "65 letters")]
fn refuses_as_slice_category(text: &str) {
    assert_eq!(text.parse::<SliceCategory>(), Err(InvalidSliceCategory));
    assert!(serde_json::from_value::<SliceCategory>(text.into()).is_err());
}

#[test_case(0; "an instant")]
#[test_case(1; "a second")]
fn a_window_too_short_is_not_halved(seconds: i64) {
    let from = at("2026-03-01T00:00:00Z");
    let to = from + TimeDelta::seconds(seconds);
    assert_eq!(Window { from, to }.halves(), None);
}

#[test]
fn the_next_days_begin_with_the_whole_second_and_end_with_a_day() {
    let window = Window::next_days(at("2026-03-01T12:00:00.75Z"), 90);
    assert_eq!(window.from, at("2026-03-01T12:00:00Z"));
    assert_eq!(window.to, at("2026-05-30T23:59:59Z"));
}

#[test]
fn a_slice_is_named_by_what_stays_the_same_from_run_to_run() {
    let slice = Slice {
        source: Source::Ticketmaster,
        category: " Arts & Theatre ".parse().unwrap(),
        window: Window::next_days(at("2026-03-01T12:00:00Z"), 90),
        area: None,
    };
    assert_eq!(slice.to_string(), "ticketmaster/arts & theatre");
    assert_eq!(serde_json::from_value::<Slice>(json(&slice)).unwrap(), slice);
}

#[test]
fn counts_add_up() {
    let one: Counts = serde_json::from_value(json!({
        "created": 1, "updated": 2, "unchanged": 3, "skipped": 4, "failed": 5, "removed": 6,
    }))
    .unwrap();
    assert_eq!(one.read(), 15);
    let mut sum = Counts::default();
    sum += one;
    sum += one;
    assert_eq!(
        json(&sum),
        json!({"created": 2, "updated": 4, "unchanged": 6, "skipped": 8, "failed": 10, "removed": 12})
    );
}

#[test]
fn counts_of_an_older_record_may_lack_fields() {
    assert_eq!(serde_json::from_str::<Counts>("{}").unwrap(), Counts::default());
}

#[test]
fn a_run_has_the_states_of_the_contract() {
    let states = [
        RunStatus::Queued,
        RunStatus::Running,
        RunStatus::Succeeded,
        RunStatus::Partial,
        RunStatus::Failed,
        RunStatus::Held,
    ];
    assert_eq!(
        json(&states),
        json!(["queued", "running", "succeeded", "partial", "failed", "held"])
    );
}

#[test]
fn default_categories_can_be_sliced() {
    let count = |source| {
        let names = default_categories(source);
        names
            .iter()
            .filter(|name| {
                name.parse::<SliceCategory>()
                    .is_ok_and(|parsed| parsed.as_str() == **name)
            })
            .count()
    };
    assert_eq!(Source::ALL.map(count), [0, 0, 4, 4]);
}

proptest! {
    #[test]
    fn the_halves_of_a_window_cover_it_without_overlap(
        from in strategy::instant(), seconds in 2..100_000_000_i64,
    ) {
        let window = Window { from, to: from + TimeDelta::seconds(seconds) };
        let (first, second) = window.halves().unwrap();
        prop_assert_eq!(first.from, window.from);
        prop_assert_eq!(second.from, first.to + TimeDelta::seconds(1));
        prop_assert_eq!(second.to, window.to);
        for half in [first, second] {
            prop_assert!(half.from <= half.to);
            prop_assert!(half.to - half.from < window.to - window.from);
        }
    }

    #[test]
    fn a_slice_category_survives_being_written_and_read(text in "[A-Za-z0-9_&:-][A-Za-z0-9 _&:-]{0,62}[a-z]") {
        let category: SliceCategory = text.parse().unwrap();
        prop_assert_eq!(category.as_str(), text.to_lowercase());
        prop_assert_eq!(category.to_string().parse(), Ok(category));
    }
}

fn now() -> chrono::DateTime<chrono::Utc> {
    at("2026-11-22T12:00:00Z")
}

fn request(json: &str) -> SyncRequest {
    serde_json::from_str(json).unwrap()
}

#[test]
fn plans_every_part_of_every_catalogue_over_the_next_three_months() {
    let slices = SyncRequest::default()
        .plan(&ChosenSlices::default(), now())
        .unwrap();
    let names: Vec<_> = slices.iter().map(ToString::to_string).collect();
    assert_eq!(names.len(), 8);
    assert!(
        names.contains(&"ticketmaster/family".to_owned()) && names.contains(&"seatgeek/theater".to_owned())
    );
    assert!(
        slices
            .iter()
            .all(|slice| slice.window == Window::next_days(now(), 90))
    );
}

#[test]
fn plans_public_catalogues_for_each_area_and_owned_ones_once() {
    let owned = vec![(Source::Meetup, "group:a-group".parse().unwrap())];
    let areas = vec![
        Area::Country("CH".parse().unwrap()),
        Area::City(" São  Paulo".parse().unwrap()),
    ];
    let chosen = ChosenSlices::new(owned).within(areas);
    let slices = plan(&[Source::SeatGeek, Source::Meetup], &chosen, now());
    let names: Vec<_> = slices.iter().map(ToString::to_string).collect();
    assert_eq!(names.len(), 4 * 2 + 1);
    assert_eq!(names[..2], ["seatgeek/concert@CH", "seatgeek/concert@sao paulo"]);
    assert_eq!(names[8], "meetup/group:a-group");
    let asked = request(r#"{"category": "comedy"}"#).plan(&chosen, now()).unwrap();
    assert_eq!(asked.len(), 2);
}

#[test_case("" ; "no name")]
#[test_case("a/b" ; "a slash")]
#[test_case("a@b" ; "a sign that keys have")]
fn refuses_as_a_city(name: &str) {
    assert!(name.parse::<CityName>().is_err());
}

#[test]
fn plans_only_what_is_asked_for() {
    let names = |json| -> Vec<String> {
        let slices = request(json).plan(&ChosenSlices::default(), now()).unwrap();
        slices.iter().map(ToString::to_string).collect()
    };
    assert_eq!(names(r#"{"source": "seatgeek"}"#).len(), 4);
    assert_eq!(
        names(r#"{"category": "Sports"}"#),
        ["seatgeek/sports", "ticketmaster/sports"]
    );
    assert_eq!(
        names(r#"{"source": "ticketmaster", "category": "music"}"#),
        ["ticketmaster/music"]
    );
}

#[test]
fn refuses_to_plan_nothing() {
    let field = |json| {
        let errors = request(json).plan(&ChosenSlices::default(), now()).unwrap_err();
        errors.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(field(r#"{"source": "eventbrite"}"#), ["source"]);
    assert_eq!(
        field(r#"{"source": "seatgeek", "category": "music"}"#),
        ["category"]
    );
    for json in [
        r#"{"source": "myspace"}"#,
        r#"{"sources": []}"#,
        r#"{"category": ""}"#,
    ] {
        assert!(serde_json::from_str::<SyncRequest>(json).is_err(), "{json}");
    }
}

#[test]
fn a_repeated_request_names_the_same_run() {
    let id = RunId::of_request(now(), "1f0c9a3b-4d5e-6f70");
    assert_eq!(id.as_str(), "20261122-1f0c9a3b4d5e");
    assert_eq!(
        RunId::of_request(now() + chrono::TimeDelta::minutes(2), "1f0c9a3b-4d5e-6f70"),
        id
    );
    assert_eq!(id.as_str().parse::<RunId>().unwrap(), id);
    for text in ["", "a b", "../x", &"a".repeat(65)] {
        assert!(text.parse::<RunId>().is_err(), "{text}");
    }
}
