//! Eventbrite's categories and their place in our list.

use domain::{Category, ExternalEventCategory, Source};

use super::wire;

/// All 21: id, name, our category. Organizers choose them, and often wrongly.
const CATEGORIES: [(&str, &str, Category); 21] = [
    ("103", "Music", Category::Music),
    ("101", "Business & Professional", Category::Business),
    ("110", "Food & Drink", Category::FoodAndDrink),
    ("113", "Community & Culture", Category::Community),
    ("105", "Performing & Visual Arts", Category::Arts),
    ("104", "Film, Media & Entertainment", Category::Film),
    ("108", "Sports & Fitness", Category::Sports),
    ("107", "Health & Wellness", Category::Health),
    ("102", "Science & Technology", Category::Technology),
    ("109", "Travel & Outdoor", Category::Outdoors),
    ("111", "Charity & Causes", Category::Charity),
    ("114", "Religion & Spirituality", Category::Religion),
    ("115", "Family & Education", Category::Family),
    ("116", "Seasonal & Holiday", Category::Seasonal),
    ("112", "Government & Politics", Category::Community),
    ("106", "Fashion & Beauty", Category::Lifestyle),
    ("117", "Home & Lifestyle", Category::Lifestyle),
    ("118", "Auto, Boat & Air", Category::Lifestyle),
    ("119", "Hobbies & Special Interest", Category::Lifestyle),
    ("199", "Other", Category::Other),
    ("120", "School Activities", Category::Education),
];

/// The subcategory of the arts, and of film, that is a category of ours.
const COMEDY: &str = "Comedy";

/// Our category of an event with this category's id and this subcategory's name, and Eventbrite's name for it.
pub(super) fn category(id: Option<&str>, subcategory: &str) -> (Category, &'static str) {
    match CATEGORIES.iter().find(|row| Some(row.0) == id) {
        Some((_, name, _)) if subcategory == COMEDY => (Category::Comedy, name),
        Some((_, name, category)) => (*category, name),
        None => (Category::Other, ""),
    }
}

/// A category of Eventbrite's own.
pub(super) fn own(wire: &wire::Named<'_>) -> Option<ExternalEventCategory> {
    Some(ExternalEventCategory {
        name: wire.name.get()?.to_owned(),
        source: Source::Eventbrite,
        external_id: wire.id.get()?.to_owned(),
        parent: wire.parent_category.name.get().map(str::to_owned),
    })
}
