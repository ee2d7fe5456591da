//! Ticketmaster's classifications: their place in our list of categories, and their tree.

use domain::{Category, ExternalEventCategory, Source};

use super::wire;

/// A classification by its id, which stays the same where the locale translates the name.
type Row = (&'static str, &'static str, Category);

/// Segments, the top level: id, English name, our category.
const SEGMENTS: [Row; 6] = [
    ("KZFzniwnSyZfZ7v7nJ", "Music", Category::Music),
    ("KZFzniwnSyZfZ7v7nE", "Sports", Category::Sports),
    ("KZFzniwnSyZfZ7v7na", "Arts & Theatre", Category::Arts),
    ("KZFzniwnSyZfZ7v7nn", "Film", Category::Film),
    ("KZFzniwnSyZfZ7v7n1", "Miscellaneous", Category::Other),
    ("KZFzniwnSyZfZ7v7nl", "Undefined", Category::Other),
];

/// Genres whose events belong elsewhere than their segment. A genre's id belongs to one segment; names such as Comedy,
/// Family and Music occur in several, so where there is no id the name counts in Arts and Miscellaneous only.
const GENRES: [Row; 16] = [
    ("KnvZfZ7vAe1", "Comedy", Category::Comedy),
    ("KnvZfZ7v7na", "Children's Theatre", Category::Family),
    ("KnvZfZ7v7n1", "Circus & Specialty Acts", Category::Family),
    ("KnvZfZ7v7lF", "Puppetry", Category::Family),
    ("KnvZfZ7v7nn", "Fashion", Category::Lifestyle),
    ("KnvZfZ7vAA1", "Comedy", Category::Comedy),
    ("KnvZfZ7vA1n", "Family", Category::Family),
    ("KnvZfZ7v7lI", "Ice Shows", Category::Family),
    ("KnvZfZ7vAAI", "Food & Drink", Category::FoodAndDrink),
    ("KnvZfZ7vAAl", "Health/Wellness", Category::Health),
    ("KnvZfZ7vAAE", "Community/Civic", Category::Community),
    ("KnvZfZ7v7lE", "Community/Cultural", Category::Community),
    ("KnvZfZ7vAeE", "Fairs & Festivals", Category::Community),
    ("KnvZfZ7v7lt", "Special Interest/Hobby", Category::Lifestyle),
    ("KnvZfZ7vAAJ", "Hobby/Special Interest Expos", Category::Lifestyle),
    ("KnvZfZ7vAAt", "Holiday", Category::Seasonal),
];

/// Which events of a category Ticketmaster can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asking {
    /// Those of a segment, those of its genres that belong elsewhere among them.
    Segment(&'static str),
    /// Those of the genres that are put into this category.
    Genres(Category),
    /// No parameter narrows to them.
    Everything,
    /// Nothing is ever put into this category.
    Nothing,
}

/// How to ask for `category`. What comes besides is left out by the events' own category.
pub(super) fn asking(category: Category) -> Asking {
    match category {
        Category::Music | Category::Sports | Category::Arts | Category::Film => SEGMENTS
            .iter()
            .find(|row| row.2 == category)
            .map_or(Asking::Everything, |row| Asking::Segment(row.0)),
        Category::Other => Asking::Everything,
        _ if genres(category).next().is_some() => Asking::Genres(category),
        _ => Asking::Nothing,
    }
}

/// The ids of the genres whose events are of `category`, whatever their segment.
pub(super) fn genres(category: Category) -> impl Iterator<Item = &'static str> {
    GENRES
        .iter()
        .filter(move |row| row.2 == category)
        .map(|row| row.0)
}

/// The category of an event of this classification.
pub(super) fn category(classification: &wire::Classification<'_>) -> Category {
    let by_segment = find(&SEGMENTS, &classification.segment).unwrap_or(Category::Other);
    let divided = matches!(by_segment, Category::Arts | Category::Other);
    let by_genre = find(&GENRES, &classification.genre).filter(|_| divided);
    match by_genre {
        Some(category) => category,
        None if divided && classification.family.0 => Category::Family,
        None => by_segment,
    }
}

fn find(rows: &[Row], named: &wire::Named<'_>) -> Option<Category> {
    let (id, name) = (named.id.get(), named.name.get());
    let by_id = || rows.iter().find(|row| Some(row.0) == id);
    let by_name = || {
        let name = name?;
        rows.iter().find(|row| row.1.eq_ignore_ascii_case(name))
    };
    by_id().or_else(by_name).map(|row| row.2)
}

/// The segment that a slice's category names, if it names one: `music`, `arts`.
pub(super) fn segment(slice: &str) -> Option<&'static str> {
    let category = slice.parse().ok()?;
    let segments = &SEGMENTS[..4];
    segments.iter().find(|row| row.2 == category).map(|row| row.0)
}

/// The tree, level by level, so that of two with the same name the one nearer to the top comes first.
pub(super) fn flatten(tree: &wire::Classifications<'_>) -> Vec<ExternalEventCategory> {
    let roots = tree.embedded.classifications.items().iter();
    let mut level: Vec<(&wire::Branch<'_>, Option<String>)> = roots
        .flat_map(|root| [&*root.segment, &*root.kind])
        .map(|branch| (branch, None))
        .collect();
    let mut categories = Vec::new();
    while !level.is_empty() {
        let mut below = Vec::new();
        for (branch, parent) in level {
            let (Some(id), Some(name)) = (branch.id.get(), branch.name.get()) else {
                continue;
            };
            let lists = &branch.embedded;
            let children = [&lists.genres, &lists.subgenres, &lists.subtypes];
            let children = children.into_iter().flat_map(wire::Classified::items);
            below.extend(children.map(|child| (&**child, Some(name.to_owned()))));
            categories.push(ExternalEventCategory {
                name: name.to_owned(),
                source: Source::Ticketmaster,
                external_id: id.to_owned(),
                parent,
            });
        }
        level = below;
    }
    ExternalEventCategory::unique(categories)
}
