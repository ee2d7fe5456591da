//! What is played: the genres and their invented performers. Each provider has its own words for a genre.

use super::place::VenueKind;

/// How a genre makes an event out of its acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// An act, sometimes with a tour or a guest.
    Concert,
    /// Two teams of two cities.
    Match,
    /// A work and the company that plays it.
    Stage,
    /// Something that neighbours do together, and who invites them.
    Gathering,
}

#[derive(Debug)]
pub(crate) struct Genre {
    /// The word a visitor would search for.
    pub name: &'static str,
    pub style: Style,
    pub venue: VenueKind,
    /// Local hour and minute at which it may start.
    pub starts: &'static [(u32, u32)],
    /// How often it is drawn, relative to the others.
    pub weight: usize,
    pub acts: &'static [&'static str],
}

const EVENING: &[(u32, u32)] = &[(19, 0), (19, 30), (20, 0), (20, 30)];
const STAGE: &[(u32, u32)] = &[(14, 0), (19, 30), (19, 45)];
const MATCH: &[(u32, u32)] = &[(13, 5), (15, 0), (18, 10), (19, 0)];

const TEAMS: &[&str] = &[
    "Lanterns",
    "Foxes",
    "Ironclads",
    "Kingfishers",
    "Comets",
    "Herons",
    "Millers",
    "Voyagers",
];

/// What the two ticket sellers list.
pub(crate) static GENRES: &[Genre] = &[
    Genre {
        name: "Rock",
        style: Style::Concert,
        venue: VenueKind::Arena,
        starts: EVENING,
        weight: 4,
        acts: &[
            "The Copper Owls",
            "Velvet Harbour",
            "Static Parade",
            "Granite Choir",
            "Paper Comets",
            "Wülfgang & the Tides",
        ],
    },
    Genre {
        name: "Pop",
        style: Style::Concert,
        venue: VenueKind::Arena,
        starts: EVENING,
        weight: 3,
        acts: &[
            "Juniper Vale",
            "Neon Orchard",
            "Mila Sørensen",
            "Kid Saturn",
            "Aurore Blanc",
        ],
    },
    Genre {
        name: "Jazz",
        style: Style::Concert,
        venue: VenueKind::Club,
        starts: &[(20, 0), (20, 30), (22, 0)],
        weight: 2,
        acts: &[
            "Marlowe Finch Quartet",
            "Blue Kettle Jazz Orchestra",
            "Inês Okafor Trio",
            "The Late Train Jazz Band",
        ],
    },
    Genre {
        name: "Hip-Hop",
        style: Style::Concert,
        venue: VenueKind::Hall,
        starts: EVENING,
        weight: 1,
        acts: &["MC Lanternfish", "Deuce Marigold", "Quartz & Co."],
    },
    Genre {
        name: "Electronic",
        style: Style::Concert,
        venue: VenueKind::Club,
        starts: &[(21, 0), (23, 0)],
        weight: 1,
        acts: &["Polar Static", "DJ Maré", "Glass Avenue"],
    },
    Genre {
        name: "Country",
        style: Style::Concert,
        venue: VenueKind::Hall,
        starts: EVENING,
        weight: 1,
        acts: &["Willa Dray", "The Tin Roof Travellers", "Hank Osgood"],
    },
    Genre {
        name: "Festival",
        style: Style::Concert,
        venue: VenueKind::Stadium,
        starts: &[(12, 0), (14, 0)],
        weight: 1,
        acts: &[
            "Northern Lights Music Festival",
            "Salt & Cedar Festival",
            "Riverbend Festival",
        ],
    },
    Genre {
        name: "Classical",
        style: Style::Concert,
        venue: VenueKind::Hall,
        starts: STAGE,
        weight: 1,
        acts: &[
            "Harbourlight Symphony Orchestra",
            "Camerata Łódka",
            "Quatuor Étoile",
        ],
    },
    Genre {
        name: "Basketball",
        style: Style::Match,
        venue: VenueKind::Arena,
        starts: MATCH,
        weight: 3,
        acts: TEAMS,
    },
    Genre {
        name: "Hockey",
        style: Style::Match,
        venue: VenueKind::Arena,
        starts: MATCH,
        weight: 2,
        acts: TEAMS,
    },
    Genre {
        name: "Soccer",
        style: Style::Match,
        venue: VenueKind::Stadium,
        starts: MATCH,
        weight: 2,
        acts: TEAMS,
    },
    Genre {
        name: "Baseball",
        style: Style::Match,
        venue: VenueKind::Stadium,
        starts: MATCH,
        weight: 1,
        acts: TEAMS,
    },
    Genre {
        name: "Theatre",
        style: Style::Stage,
        venue: VenueKind::Theatre,
        starts: STAGE,
        weight: 3,
        acts: &[
            "Hamlet",
            "Macbeth",
            "The Seagull",
            "Twelfth Night",
            "A Doll’s House",
            "Cyrano de Bergerac",
        ],
    },
    Genre {
        name: "Musical",
        style: Style::Stage,
        venue: VenueKind::Theatre,
        starts: STAGE,
        weight: 2,
        acts: &["The Clockmaker’s Daughter", "Lamplight Avenue", "Seven Bridges"],
    },
    Genre {
        name: "Opera",
        style: Style::Stage,
        venue: VenueKind::Theatre,
        starts: STAGE,
        weight: 1,
        acts: &["La Traviata", "Carmen", "Die Zauberflöte"],
    },
    Genre {
        name: "Comedy",
        style: Style::Concert,
        venue: VenueKind::Club,
        starts: EVENING,
        weight: 2,
        acts: &["Nora Pickett", "Gus Abernathy", "Tomás Rey"],
    },
    Genre {
        name: "Family",
        style: Style::Stage,
        venue: VenueKind::Arena,
        starts: &[(11, 0), (15, 0)],
        weight: 2,
        acts: &[
            "The Great Biscuit Circus",
            "Dinosaurs on Ice",
            "Princess Pumpkin Live",
        ],
    },
    Genre {
        name: "Film",
        style: Style::Stage,
        venue: VenueKind::Theatre,
        starts: &[(18, 0), (21, 0)],
        weight: 1,
        acts: &[
            "The Silent Tide in Concert",
            "Lost Reels Live",
            "A Night of Shorts",
        ],
    },
];

/// What goes behind an act's name on a poster.
pub(crate) const TOURS: &[&str] = &[
    "World Tour",
    "The Long Way Home Tour",
    "Live",
    "Unplugged",
    "Anniversary Show",
    "Été Tour",
];

/// Who plays the works.
pub(crate) const COMPANIES: &[&str] = &[
    "The Lamplighters",
    "Compagnie du Pont",
    "Ensemble Nordlicht",
    "Riverside Players",
    "The Quarry Company",
];

const AFTER_WORK: &[(u32, u32)] = &[(10, 0), (18, 0), (18, 30), (19, 0)];

const fn gathering(name: &'static str, venue: VenueKind, acts: &'static [&'static str]) -> Genre {
    Genre {
        name,
        style: Style::Gathering,
        venue,
        starts: AFTER_WORK,
        weight: 1,
        acts,
    }
}

/// What people do together, listed by Eventbrite and Meetup.
pub(crate) static GATHERINGS: &[Genre] = &[
    gathering(
        "Music",
        VenueKind::Club,
        &[
            "Open Mic at the Corner",
            "Sunday Jazz Session",
            "Rock Choir for Beginners",
        ],
    ),
    gathering(
        "Technology",
        VenueKind::Hall,
        &["Rust Evening", "Cloud Cost Clinic", "Accessibility Lab"],
    ),
    gathering(
        "Business",
        VenueKind::Hall,
        &["Founders’ Breakfast", "Freelance Taxes Made Simple"],
    ),
    gathering(
        "Food",
        VenueKind::Club,
        &["Sourdough Workshop", "Natural Wine Tasting", "Ramen Night"],
    ),
    gathering(
        "Health",
        VenueKind::Hall,
        &["Yoga by the Water", "Mindful Monday", "Cold Water Swimmers"],
    ),
    gathering(
        "Arts",
        VenueKind::Theatre,
        &["Life Drawing", "Hamlet Read Aloud", "Poetry Upstairs"],
    ),
    gathering(
        "Community",
        VenueKind::Club,
        &["Language Exchange", "Repair Café", "Neighbourhood Quiz"],
    ),
    gathering(
        "Outdoors",
        VenueKind::Stadium,
        &["Ridge Walk", "Birding at Dawn", "Basketball Pick-up Game"],
    ),
];

/// Who invites.
pub(crate) const HOSTS: &[&str] = &[
    "Lena Okoye",
    "Tomás Brandt",
    "Aiko Marsh",
    "Sören Hale",
    "Priya Dunmore",
    "Jonas Weil",
];
