//! Extras that providers list as if they were events.

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
            .split(divides)
            .flat_map(|part| part.split(" - "))
            .any(is_extra)
}

/// Whether a character divides a title into parts, as ` - ` does.
fn divides(c: char) -> bool {
    matches!(c, ':' | '|' | '/' | '(' | ')' | '[' | ']' | ',' | '–' | '—')
}

/// Whether a part of a title in lower case is what an extra is called: "Parking: Example Band" is an extra, "Parking Lot
/// Symphony" is not.
fn is_extra(part: &str) -> bool {
    // The last words, as many as the longest phrase has; empty before the first.
    let mut words = [""; 4];
    for word in part.split(|c: char| c.is_whitespace() || c == '-') {
        if word.is_empty() {
            continue;
        }
        words.rotate_left(1);
        words[3] = word;
        if is_phrase(words) {
            return true;
        }
    }
    is_end(words)
}

/// Whether the last of these words end a phrase that makes a part an extra wherever it stands. Kept narrow on purpose,
/// as [`is_end`] (a "Nutcracker Suite" is no suite): an event hidden by mistake is worse than an extra shown.
fn is_phrase(words: [&str; 4]) -> bool {
    match words {
        [.., "parking", "pass" | "passes" | "permit" | "only" | "for"]
        | [.., "vip", "package" | "packages" | "upgrade"]
        | [.., "ticket", "upgrade"]
        | ["not", "a", "concert", "ticket"]
        | [.., "club", "access" | "level"]
        | [.., "suite", "level" | "access" | "rental"]
        | [.., "luxury", "suite" | "suites"]
        | [.., "premium", "suites"] => true,
        [.., number, "day", "ticket" | "tickets" | "pass" | "passes"] => DAYS.contains(&number),
        _ => false,
    }
}

/// Whether these words, which end a part, make it an extra.
fn is_end(words: [&str; 4]) -> bool {
    matches!(
        words,
        [.., "", "camping" | "shuttle"]
            | [.., "camping" | "rv" | "shuttle" | "season", "pass"]
            | [.., "season", "ticket" | "tickets"]
            | [.., "membership", "registration"]
            | [.., "merchandise", "voucher"]
            | [.., "parking" | "membership" | "memberships"]
    )
}
