//! Meetup's topic categories and their place in our list.

use domain::Category;
use domain::text::fold;

/// Topic categories by their names, folded, and our category.
const CATEGORIES: [(&str, Category); 22] = [
    ("art & culture", Category::Arts),
    ("career & business", Category::Business),
    ("community & environment", Category::Community),
    ("dancing", Category::Arts),
    ("food & drink", Category::FoodAndDrink),
    ("games", Category::Lifestyle),
    ("health & wellbeing", Category::Health),
    ("hobbies & passions", Category::Lifestyle),
    ("identity & language", Category::Community),
    ("movements & politics", Category::Community),
    ("music", Category::Music),
    ("parents & family", Category::Family),
    ("pets & animals", Category::Lifestyle),
    ("religion & spirituality", Category::Religion),
    ("science & education", Category::Education),
    ("social activities", Category::Community),
    ("sports & fitness", Category::Sports),
    ("support & coaching", Category::Health),
    ("technology", Category::Technology),
    ("travel & outdoor", Category::Outdoors),
    ("writing", Category::Arts),
    ("film", Category::Film),
];

/// Our category of what a group of this topic category does.
pub(super) fn category(name: &str) -> Category {
    let name = fold(name);
    CATEGORIES
        .iter()
        .find(|row| row.0 == name)
        .map_or(Category::Other, |row| row.1)
}
