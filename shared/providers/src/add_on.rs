//! Extras that providers list as if they were events.

/// Where a phrase must stand in a part of a title. Parts are what `:`, ` - `, brackets and the like divide, so that
/// "Parking: Example Band" is an extra and "Parking Lot Symphony" is not.
#[derive(Clone, Copy)]
enum Place {
    /// It is the whole part.
    Whole,
    /// The part ends with it.
    End,
    /// Anywhere, as whole words.
    Anywhere,
}

use Place::{Anywhere, End, Whole};

/// What extras are called, in lower case. Kept narrow on purpose (a "Nutcracker Suite" is no suite): an event hidden
/// by mistake is worse than an extra shown.
const PHRASES: [(Place, &[&str]); 31] = [
    (End, &["parking"]),
    (Anywhere, &["parking", "pass"]),
    (Anywhere, &["parking", "passes"]),
    (Anywhere, &["parking", "permit"]),
    (Anywhere, &["parking", "only"]),
    (Anywhere, &["parking", "for"]),
    (Whole, &["camping"]),
    (End, &["camping", "pass"]),
    (End, &["rv", "pass"]),
    (Whole, &["shuttle"]),
    (End, &["shuttle", "pass"]),
    (Anywhere, &["vip", "package"]),
    (Anywhere, &["vip", "packages"]),
    (Anywhere, &["vip", "upgrade"]),
    (Anywhere, &["ticket", "upgrade"]),
    (Anywhere, &["not", "a", "concert", "ticket"]),
    (Anywhere, &["club", "access"]),
    (Anywhere, &["club", "level"]),
    (Anywhere, &["suite", "level"]),
    (Anywhere, &["suite", "access"]),
    (Anywhere, &["suite", "rental"]),
    (Anywhere, &["luxury", "suite"]),
    (Anywhere, &["luxury", "suites"]),
    (Anywhere, &["premium", "suites"]),
    (End, &["membership"]),
    (End, &["memberships"]),
    (End, &["membership", "registration"]),
    (End, &["season", "pass"]),
    (End, &["season", "ticket"]),
    (End, &["season", "tickets"]),
    (End, &["merchandise", "voucher"]),
];

/// Numbers in front of "day ticket" and "day pass", which bundle events that are listed one by one as well.
const DAYS: [&str; 11] = [
    "2", "3", "4", "5", "6", "7", "two", "three", "four", "five", "multi",
];

/// Classifications under which extras are filed: Ticketmaster's types and subtypes, SeatGeek's event types.
const CLASSIFICATIONS: [&str; 8] = [
    "parking",
    "upsell",
    "add-on",
    "special entry",
    "club access",
    "vip club access",
    "merchandise voucher",
    "meal package",
];

const DIVIDERS: [char; 10] = [':', '|', '/', '(', ')', '[', ']', ',', '–', '—'];

/// Whether this title, or one of these classifications, is that of an extra.
pub(crate) fn is_add_on<'a>(title: &str, classifications: impl IntoIterator<Item = &'a str>) -> bool {
    let filed = |name: &str| {
        CLASSIFICATIONS
            .iter()
            .any(|extra| name.eq_ignore_ascii_case(extra))
    };
    classifications.into_iter().any(filed)
        || title
            .to_lowercase()
            .split(DIVIDERS)
            .flat_map(|part| part.split(" - "))
            .any(is_extra)
}

fn is_extra(part: &str) -> bool {
    let words: Vec<&str> = part
        .split(|c: char| c.is_whitespace() || c == '-')
        .filter(|word| !word.is_empty())
        .collect();
    let says = |(place, phrase): &(Place, &[&str])| match place {
        Whole => words == *phrase,
        End => words.ends_with(phrase),
        Anywhere => words.windows(phrase.len()).any(|window| window == *phrase),
    };
    let bundles = |window: &[&str]| matches!(window, [number, "day", "ticket" | "tickets" | "pass" | "passes"] if DAYS.contains(number));
    PHRASES.iter().any(says) || words.windows(3).any(bundles)
}
