//! What is played: the genres, their invented performers, and each provider's name for them.

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
    /// Ticketmaster's segment, genre and sub-genre.
    pub ticketmaster: (&'static str, &'static str, &'static str),
    /// SeatGeek's leaf taxonomy.
    pub seatgeek: &'static str,
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

pub(crate) static GENRES: &[Genre] = &[
    Genre {
        name: "Rock",
        style: Style::Concert,
        venue: VenueKind::Arena,
        starts: EVENING,
        weight: 4,
        ticketmaster: ("Music", "Rock", "Alternative Rock"),
        seatgeek: "concert",
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
        ticketmaster: ("Music", "Pop", "Pop"),
        seatgeek: "concert",
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
        ticketmaster: ("Music", "Jazz", "Contemporary Jazz"),
        seatgeek: "concert",
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
        ticketmaster: ("Music", "Hip-Hop/Rap", "Alternative Rap"),
        seatgeek: "concert",
        acts: &["MC Lanternfish", "Deuce Marigold", "Quartz & Co."],
    },
    Genre {
        name: "Electronic",
        style: Style::Concert,
        venue: VenueKind::Club,
        starts: &[(21, 0), (23, 0)],
        weight: 1,
        ticketmaster: ("Music", "Dance/Electronic", "Techno"),
        seatgeek: "concert",
        acts: &["Polar Static", "DJ Maré", "Glass Avenue"],
    },
    Genre {
        name: "Country",
        style: Style::Concert,
        venue: VenueKind::Hall,
        starts: EVENING,
        weight: 1,
        ticketmaster: ("Music", "Country", "Country"),
        seatgeek: "concert",
        acts: &["Willa Dray", "The Tin Roof Travellers", "Hank Osgood"],
    },
    Genre {
        name: "Festival",
        style: Style::Concert,
        venue: VenueKind::Stadium,
        starts: &[(12, 0), (14, 0)],
        weight: 1,
        ticketmaster: ("Music", "Other", "Other"),
        seatgeek: "music_festival",
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
        ticketmaster: ("Arts & Theatre", "Classical", "Symphonic"),
        seatgeek: "classical_orchestral_instrumental",
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
        ticketmaster: ("Sports", "Basketball", "Men Professional"),
        seatgeek: "nba",
        acts: TEAMS,
    },
    Genre {
        name: "Hockey",
        style: Style::Match,
        venue: VenueKind::Arena,
        starts: MATCH,
        weight: 2,
        ticketmaster: ("Sports", "Hockey", "Ice Hockey"),
        seatgeek: "minor_league_hockey",
        acts: TEAMS,
    },
    Genre {
        name: "Soccer",
        style: Style::Match,
        venue: VenueKind::Stadium,
        starts: MATCH,
        weight: 2,
        ticketmaster: ("Sports", "Soccer", "Soccer"),
        seatgeek: "mls",
        acts: TEAMS,
    },
    Genre {
        name: "Baseball",
        style: Style::Match,
        venue: VenueKind::Stadium,
        starts: MATCH,
        weight: 1,
        ticketmaster: ("Sports", "Baseball", "Professional"),
        seatgeek: "mlb",
        acts: TEAMS,
    },
    Genre {
        name: "Theatre",
        style: Style::Stage,
        venue: VenueKind::Theatre,
        starts: STAGE,
        weight: 3,
        ticketmaster: ("Arts & Theatre", "Theatre", "Drama"),
        seatgeek: "theater",
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
        ticketmaster: ("Arts & Theatre", "Theatre", "Musical"),
        seatgeek: "broadway_tickets_national",
        acts: &["The Clockmaker’s Daughter", "Lamplight Avenue", "Seven Bridges"],
    },
    Genre {
        name: "Opera",
        style: Style::Stage,
        venue: VenueKind::Theatre,
        starts: STAGE,
        weight: 1,
        ticketmaster: ("Arts & Theatre", "Opera", "Opera"),
        seatgeek: "classical_opera",
        acts: &["La Traviata", "Carmen", "Die Zauberflöte"],
    },
    Genre {
        name: "Comedy",
        style: Style::Concert,
        venue: VenueKind::Club,
        starts: EVENING,
        weight: 2,
        ticketmaster: ("Arts & Theatre", "Comedy", "Comedy"),
        seatgeek: "comedy",
        acts: &["Nora Pickett", "Gus Abernathy", "Tomás Rey"],
    },
    Genre {
        name: "Family",
        style: Style::Stage,
        venue: VenueKind::Arena,
        starts: &[(11, 0), (15, 0)],
        weight: 2,
        ticketmaster: ("Miscellaneous", "Family", "Other"),
        seatgeek: "family",
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
        ticketmaster: ("Film", "Music", "Music"),
        seatgeek: "film",
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
