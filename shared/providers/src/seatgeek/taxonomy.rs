//! SeatGeek's taxonomies: their place in our list of categories, and their tree.

use std::collections::HashMap;

use domain::{Category, ExternalEventCategory, Source};

use super::wire;

/// Taxonomies that decide a category: id, slug, category. An event lists its taxonomies from the root to the leaf; the
/// one nearest to the leaf that is in this table counts, so that theater holds what is neither comedy nor family.
const TAXONOMIES: [(u64, &str, Category); 9] = [
    (1_000_000, "sports", Category::Sports),
    (2_000_000, "concert", Category::Music),
    (2_000_001, "concerts", Category::Music),
    (2_010_000, "music_festival", Category::Music),
    (3_000_000, "theater", Category::Arts),
    (3_040_000, "comedy", Category::Comedy),
    (3_050_000, "family", Category::Family),
    (3_070_000, "film", Category::Film),
    (3_090_000, "circus", Category::Family),
];

/// The category of an event with these taxonomies and this type.
pub(super) fn category<'a>(
    taxonomies: impl DoubleEndedIterator<Item = &'a wire::Taxonomy<'a>>,
    kind: Option<&str>,
) -> Category {
    let listed = |taxonomy: &wire::Taxonomy<'_>| {
        let (id, slug) = (taxonomy.id.count(), taxonomy.name.get());
        let rows = TAXONOMIES.iter();
        rows.clone()
            .find(|row| Some(row.0) == id)
            .or_else(|| rows.clone().find(|row| Some(row.1) == slug))
    };
    taxonomies
        .rev()
        .find_map(listed)
        .or_else(|| TAXONOMIES.iter().find(|row| Some(row.1) == kind))
        .map_or(Category::Other, |row| row.2)
}

/// The slug to ask for `category` with: `Ok(None)` if no slug narrows to it, an error if nothing is ever put into it.
pub(super) fn slug(category: Category) -> Result<Option<&'static str>, NothingThere> {
    match category {
        Category::Other => Ok(None),
        category => TAXONOMIES
            .iter()
            .find(|row| row.2 == category)
            .map(|row| Some(row.1))
            .ok_or(NothingThere),
    }
}

/// SeatGeek has no events of a category.
pub(super) struct NothingThere;

/// A taxonomy out of the list of all.
pub(super) struct Node {
    id: u64,
    name: String,
    parent: Option<u64>,
}

impl Node {
    /// The taxonomy, if it has an id and a name.
    pub(super) fn read(wire: &wire::Taxonomy<'_>) -> Option<Self> {
        Some(Self {
            id: wire.id.count()?,
            name: wire.name.get()?.to_owned(),
            parent: wire.parent_id.count(),
        })
    }
}

/// The tree, level by level, so that of two with the same name the one nearer to the top comes first. A taxonomy whose
/// parent is not listed counts as one at the top.
pub(super) fn flatten(nodes: &[Node]) -> Vec<ExternalEventCategory> {
    let by_id: HashMap<u64, &Node> = nodes.iter().map(|node| (node.id, node)).collect();
    let parent = |node: &Node| node.parent.and_then(|id| by_id.get(&id).copied());
    // No deeper than there are nodes, so that a circle in strangers' data ends.
    let depth = |node: &Node| {
        std::iter::successors(parent(node), |node| parent(node))
            .take(nodes.len())
            .count()
    };
    let mut ordered: Vec<(usize, &Node)> = nodes.iter().map(|node| (depth(node), node)).collect();
    ordered.sort_by_key(|(depth, node)| (*depth, node.id));
    let categories = ordered.into_iter().map(|(_, node)| ExternalEventCategory {
        name: node.name.clone(),
        source: Source::SeatGeek,
        external_id: node.id.to_string(),
        parent: parent(node).map(|parent| parent.name.clone()),
    });
    ExternalEventCategory::unique(categories)
}
