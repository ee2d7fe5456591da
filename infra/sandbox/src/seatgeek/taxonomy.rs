//! SeatGeek's taxonomies: ids and names as the public list has them.

use serde_json::{Value, json};

/// One entry. Events carry the slug as its name, the list carries the display name: only the id is the same.
#[derive(Debug)]
pub(super) struct Taxonomy {
    pub id: u32,
    pub parent: Option<u32>,
    pub slug: &'static str,
    display: &'static str,
}

const fn entry(id: u32, parent: u32, slug: &'static str, display: &'static str) -> Taxonomy {
    Taxonomy {
        id,
        parent: if parent == 0 { None } else { Some(parent) },
        slug,
        display,
    }
}

const TAXONOMIES: [Taxonomy; 27] = [
    entry(1_000_000, 0, "sports", "Sports"),
    entry(1_010_000, 1_000_000, "baseball", "Baseball"),
    entry(1_010_100, 1_010_000, "mlb", "MLB Baseball"),
    entry(1_020_000, 1_000_000, "football", "Football"),
    entry(1_020_100, 1_020_000, "nfl", "NFL Football"),
    entry(1_030_000, 1_000_000, "basketball", "Basketball"),
    entry(1_030_100, 1_030_000, "nba", "NBA Basketball"),
    entry(1_030_200, 1_030_000, "ncaa_basketball", "College Basketball"),
    entry(1_040_000, 1_000_000, "hockey", "Hockey"),
    entry(1_040_100, 1_040_000, "nhl", "NHL Hockey"),
    entry(1_040_300, 1_040_000, "minor_league_hockey", "Minor League Hockey"),
    entry(1_050_000, 1_000_000, "soccer", "Soccer"),
    entry(1_050_100, 1_050_000, "mls", "MLS Soccer"),
    entry(2_000_000, 0, "concert", "Concerts"),
    // Listed, but no event has it.
    entry(2_000_001, 2_000_000, "concert_", "Concert"),
    entry(2_010_000, 2_000_000, "music_festival", "Music Festivals"),
    entry(3_000_000, 0, "theater", "Theater"),
    entry(3_010_000, 3_000_000, "classical", "Classical"),
    entry(3_010_100, 3_010_000, "classical_opera", "Classical Opera"),
    entry(3_010_200, 3_010_000, "classical_vocal", "Classical Vocal"),
    entry(
        3_010_300,
        3_010_000,
        "classical_orchestral_instrumental",
        "Classical Orchestral",
    ),
    entry(
        3_030_000,
        3_000_000,
        "broadway_tickets_national",
        "Broadway Shows",
    ),
    entry(3_040_000, 3_000_000, "comedy", "Comedy"),
    entry(3_050_000, 3_000_000, "family", "Family Entertainment"),
    entry(3_060_000, 3_000_000, "dance_performance_tour", "Dance Shows"),
    entry(3_070_000, 3_000_000, "film", "Film"),
    entry(3_080_000, 3_000_000, "literary", "Literary"),
];

/// The leaf taxonomy of what is played.
pub(super) fn leaf(genre: &str) -> &'static str {
    match genre {
        "Festival" => "music_festival",
        "Classical" => "classical_orchestral_instrumental",
        "Basketball" => "nba",
        "Hockey" => "minor_league_hockey",
        "Soccer" => "mls",
        "Baseball" => "mlb",
        "Theatre" => "theater",
        "Musical" => "broadway_tickets_national",
        "Opera" => "classical_opera",
        "Comedy" => "comedy",
        "Family" => "family",
        "Film" => "film",
        _ => "concert",
    }
}

/// From the root to the leaf of a slug.
pub(super) fn path(slug: &str) -> Vec<&'static Taxonomy> {
    const ALL: &[Taxonomy] = &TAXONOMIES;
    let mut path = Vec::new();
    let mut next = ALL.iter().find(|taxonomy| taxonomy.slug == slug);
    while let Some(taxonomy) = next {
        path.insert(0, taxonomy);
        next = taxonomy
            .parent
            .and_then(|parent| ALL.iter().find(|taxonomy| taxonomy.id == parent));
    }
    path
}

/// A page of `GET /taxonomies`.
pub(super) fn list(page: usize, per_page: usize) -> Value {
    let start = TAXONOMIES.len().min((page - 1).saturating_mul(per_page));
    let end = TAXONOMIES.len().min(start.saturating_add(per_page));
    let taxonomies: Vec<_> = TAXONOMIES[start..end]
        .iter()
        .map(|taxonomy| {
            json!({
                "id": taxonomy.id,
                "name": taxonomy.display,
                "short_name": null,
                "parent_id": taxonomy.parent,
                "is_visible": true,
                "image": null,
                "images": {},
                "stats": {"event_count": 120, "performer_count": 40},
            })
        })
        .collect();
    json!({
        "taxonomies": taxonomies,
        "meta": {"total": TAXONOMIES.len(), "took": 3, "page": page, "per_page": per_page, "geolocation": null},
    })
}
