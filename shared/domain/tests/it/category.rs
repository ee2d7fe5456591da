use std::collections::HashSet;

use domain::category::UnknownCategory;
use domain::{Category, ExternalEventCategory, Source};
use proptest::prelude::*;
use test_case::test_case;

use crate::sample::json;
use crate::strategy;

#[test_case(""; "nothing")]
#[test_case("knitting"; "a category of nobody")]
#[test_case("music,sports"; "two at once")]
fn refuses_as_category(text: &str) {
    assert_eq!(text.parse::<Category>(), Err(UnknownCategory));
    assert!(serde_json::from_value::<Category>(text.into()).is_err());
}

#[test]
fn the_refusal_names_every_category() {
    for category in Category::ALL {
        assert!(UnknownCategory.to_string().contains(category.slug()));
    }
}

#[test_case("Concert", Category::Music; "a concert")]
#[test_case("concerts", Category::Music; "concerts")]
#[test_case("sport", Category::Sports; "sport")]
#[test_case("Arts and Theatre", Category::Arts; "arts in words")]
#[test_case("Arts & Theater", Category::Arts; "arts in American")]
#[test_case("theatre", Category::Arts; "theatre")]
#[test_case("movies", Category::Film; "movies")]
#[test_case("food", Category::FoodAndDrink; "food")]
#[test_case("tech", Category::Technology; "tech")]
#[test_case("Miscellaneous", Category::Other; "miscellaneous")]
#[test_case("Undefined", Category::Other; "undefined")]
fn understands(text: &str, category: Category) {
    assert_eq!(text.parse(), Ok(category));
}

#[test]
fn no_two_categories_share_a_slug_or_a_name() {
    assert_eq!(
        HashSet::from(Category::ALL.map(Category::slug)).len(),
        Category::ALL.len()
    );
    assert_eq!(
        HashSet::from(Category::ALL.map(Category::name)).len(),
        Category::ALL.len()
    );
}

#[test]
fn of_two_categories_with_one_name_the_first_stays() {
    let named = |name: &str, source, external_id: &str| ExternalEventCategory {
        name: name.to_owned(),
        source,
        external_id: external_id.to_owned(),
        parent: None,
    };
    let unique = ExternalEventCategory::unique([
        named("Music", Source::Ticketmaster, "1"),
        named("Music", Source::Ticketmaster, "2"),
        named("Music", Source::SeatGeek, "3"),
        named("Comedy", Source::Ticketmaster, "4"),
    ]);
    let ids: Vec<_> = unique
        .iter()
        .map(|category| category.external_id.as_str())
        .collect();
    assert_eq!(ids, ["1", "3", "4"]);
}

proptest! {
    #[test]
    fn a_category_is_read_from_slug_and_name_in_any_case(category in strategy::category()) {
        for text in [category.slug().to_owned(), category.to_string()] {
            prop_assert_eq!(text.parse(), Ok(category));
            prop_assert_eq!(text.to_uppercase().parse(), Ok(category));
        }
        prop_assert_eq!(json(&category), category.slug());
        prop_assert_eq!(serde_json::from_value::<Category>(json(&category)).unwrap(), category);
    }
}
