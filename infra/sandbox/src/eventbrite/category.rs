//! Eventbrite's 21 categories, and 197 subcategories over four pages as the real list has them.

use serde_json::{Value, json};

/// Ids and names are the public ones.
const CATEGORIES: [(u32, &str); 21] = [
    (103, "Music"),
    (101, "Business & Professional"),
    (110, "Food & Drink"),
    (113, "Community & Culture"),
    (105, "Performing & Visual Arts"),
    (104, "Film, Media & Entertainment"),
    (108, "Sports & Fitness"),
    (107, "Health & Wellness"),
    (102, "Science & Technology"),
    (109, "Travel & Outdoor"),
    (111, "Charity & Causes"),
    (114, "Religion & Spirituality"),
    (115, "Family & Education"),
    (116, "Seasonal & Holiday"),
    (112, "Government & Politics"),
    (106, "Fashion & Beauty"),
    (117, "Home & Lifestyle"),
    (118, "Auto, Boat & Air"),
    (119, "Hobbies & Special Interest"),
    (199, "Other"),
    (120, "School Activities"),
];

/// The whole list is longer than the one page of 50 that is often taken for it.
const SUBCATEGORIES: usize = 197;

/// The category of what happens.
pub(super) fn of(genre: &str) -> u32 {
    match genre {
        "Music" => 103,
        "Technology" => 102,
        "Business" => 101,
        "Food" => 110,
        "Health" => 107,
        "Arts" => 105,
        "Outdoors" => 109,
        _ => 113,
    }
}

/// The first subcategory of a category: 103 has 3001 and the like.
pub(super) fn subcategory_of(category: u32) -> u32 {
    (category - 100) * 1_000 + 1
}

fn json_of(id: u32, name: &str) -> Value {
    let short = name.split([',', '&']).next().unwrap_or(name).trim();
    json!({
        "id": id.to_string(),
        "resource_uri": format!("https://www.eventbriteapi.com/v3/categories/{id}/"),
        "name": name,
        "name_localized": name,
        "short_name": short,
        "short_name_localized": short,
    })
}

pub(super) fn categories() -> Vec<Value> {
    CATEGORIES.iter().map(|(id, name)| json_of(*id, name)).collect()
}

/// One category with its subcategories.
pub(super) fn category(id: &str) -> Option<Value> {
    let &(id, name) = CATEGORIES
        .iter()
        .find(|(category, _)| category.to_string() == id)?;
    let mut category = json_of(id, name);
    let own = |subcategory: &Value| subcategory["parent_category"]["id"] == category["id"];
    let own: Vec<_> = subcategories().into_iter().filter(own).collect();
    category["subcategories"] = json!(own);
    Some(category)
}

pub(super) fn subcategories() -> Vec<Value> {
    const KINDS: [&str; 10] = [
        "General",
        "Classes",
        "Talks",
        "Festivals",
        "Tours",
        "Parties",
        "Networking",
        "Contests",
        "Exhibitions",
        "Other",
    ];
    let all = CATEGORIES.iter().flat_map(|&(category, name)| {
        (0..).zip(KINDS).map(move |(place, kind): (u32, _)| {
            let id = subcategory_of(category) + place;
            json!({
                "id": id.to_string(),
                "resource_uri": format!("https://www.eventbriteapi.com/v3/subcategories/{id}/"),
                "name": format!("{kind}: {name}"),
                "parent_category": json_of(category, name),
            })
        })
    });
    all.take(SUBCATEGORIES).collect()
}
