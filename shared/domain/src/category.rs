//! Categories: the one list that every source is mapped to, and the sources' own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::source::Source;
use crate::text::fold;

/// A category in our own terms, the same for every source. The list follows Eventbrite's, the broadest of the four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Category {
    /// Concerts, festivals, clubs.
    Music,
    /// Matches, races, fitness.
    Sports,
    /// Theatre, musicals, dance, opera, exhibitions.
    Arts,
    /// Stand-up and comedy.
    Comedy,
    /// For children and those with them.
    Family,
    /// Cinema and media.
    Film,
    /// Tastings, markets, classes.
    FoodAndDrink,
    /// Conferences, networking, careers.
    Business,
    /// Neighbourhood, culture, languages, government.
    Community,
    /// Computing, engineering, science.
    Technology,
    /// Medicine, wellness, yoga.
    Health,
    /// Travel, hiking, outdoor life.
    Outdoors,
    /// Fundraisers and causes.
    Charity,
    /// Faith and spirituality.
    Religion,
    /// Fashion, home, cars, hobbies.
    Lifestyle,
    /// Holidays and seasons.
    Seasonal,
    /// School and further education.
    Education,
    /// Everything else.
    Other,
}

/// A text that is no category's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be one of music, sports, arts, comedy, family, film, food-drink, business, community, technology, health, \
     outdoors, charity, religion, lifestyle, seasonal, education, other"
)]
pub struct UnknownCategory;

impl Category {
    /// Every category.
    pub const ALL: [Self; 18] = [
        Self::Music,
        Self::Sports,
        Self::Arts,
        Self::Comedy,
        Self::Family,
        Self::Film,
        Self::FoodAndDrink,
        Self::Business,
        Self::Community,
        Self::Technology,
        Self::Health,
        Self::Outdoors,
        Self::Charity,
        Self::Religion,
        Self::Lifestyle,
        Self::Seasonal,
        Self::Education,
        Self::Other,
    ];

    /// The name that people see: `Music`, `Arts & Theatre`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Music => "Music",
            Self::Sports => "Sports",
            Self::Arts => "Arts & Theatre",
            Self::Comedy => "Comedy",
            Self::Family => "Family",
            Self::Film => "Film",
            Self::FoodAndDrink => "Food & Drink",
            Self::Business => "Business",
            Self::Community => "Community & Culture",
            Self::Technology => "Science & Technology",
            Self::Health => "Health & Wellness",
            Self::Outdoors => "Travel & Outdoor",
            Self::Charity => "Charity & Causes",
            Self::Religion => "Religion & Spirituality",
            Self::Lifestyle => "Lifestyle",
            Self::Seasonal => "Seasonal & Holiday",
            Self::Education => "Education",
            Self::Other => "Other",
        }
    }

    /// The name in URLs and keys: `music`, `food-drink`.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Music => "music",
            Self::Sports => "sports",
            Self::Arts => "arts",
            Self::Comedy => "comedy",
            Self::Family => "family",
            Self::Film => "film",
            Self::FoodAndDrink => "food-drink",
            Self::Business => "business",
            Self::Community => "community",
            Self::Technology => "technology",
            Self::Health => "health",
            Self::Outdoors => "outdoors",
            Self::Charity => "charity",
            Self::Religion => "religion",
            Self::Lifestyle => "lifestyle",
            Self::Seasonal => "seasonal",
            Self::Education => "education",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Accepts the slug, the name, and what callers of the providers' APIs are used to (`concert`, `theater`, `miscellaneous`).
impl FromStr for Category {
    type Err = UnknownCategory;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let folded = fold(text);
        let alias = match folded.as_str() {
            "concert" | "concerts" => Some(Self::Music),
            "sport" => Some(Self::Sports),
            "arts and theatre" | "arts & theater" | "arts-theatre" | "theatre" | "theater" => {
                Some(Self::Arts)
            }
            "movies" => Some(Self::Film),
            "food" | "food and drink" => Some(Self::FoodAndDrink),
            "tech" | "science" => Some(Self::Technology),
            "miscellaneous" | "undefined" => Some(Self::Other),
            _ => None,
        };
        alias
            .or_else(|| {
                Self::ALL
                    .into_iter()
                    .find(|category| category.slug() == folded || fold(category.name()) == folded)
            })
            .ok_or(UnknownCategory)
    }
}

impl TryFrom<String> for Category {
    type Error = UnknownCategory;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Category> for String {
    fn from(category: Category) -> Self {
        category.slug().to_owned()
    }
}

/// A category as a source knows it; (name, source) is unique.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ExternalEventCategory {
    /// The source's name for it.
    pub name: String,
    /// Whose category it is.
    pub source: Source,
    /// Its id there.
    pub external_id: String,
    /// The name of the category above it, if it is not at the top.
    pub parent: Option<String>,
}

impl ExternalEventCategory {
    /// The categories with one entry a name: of two with the same name the one nearer to the top stays, which is the
    /// one that comes first when a tree is read from its root.
    pub fn unique(categories: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut seen = std::collections::HashSet::new();
        categories
            .into_iter()
            .filter(|category| seen.insert((category.source, category.name.clone())))
            .collect()
    }
}
