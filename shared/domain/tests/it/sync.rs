use chrono::TimeDelta;
use domain::Source;
use domain::sync::{
    Counts, InvalidSliceCategory, RunStatus, Slice, SliceCategory, Window, default_categories,
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
fn the_next_days_begin_with_the_whole_second() {
    let window = Window::next_days(at("2026-03-01T12:00:00.75Z"), 90);
    assert_eq!(window.from, at("2026-03-01T12:00:00Z"));
    assert_eq!(window.to, at("2026-05-30T12:00:00Z"));
}

#[test]
fn a_slice_is_named_by_what_stays_the_same_from_run_to_run() {
    let slice = Slice {
        source: Source::Ticketmaster,
        category: " Arts & Theatre ".parse().unwrap(),
        window: Window::next_days(at("2026-03-01T12:00:00Z"), 90),
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
