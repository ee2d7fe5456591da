//! Ticketmaster's classifications: segment, genre, sub-genre, and for some countries type and sub-type.
//!
//! The ids are the public ones, as far as the imitation's genres go.

use serde_json::{Value, json};

use crate::{catalogue::quirk::Quirk, listing::Listing};

/// One level of a classification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Level {
    pub id: &'static str,
    pub name: &'static str,
}

const fn level(id: &'static str, name: &'static str) -> Level {
    Level { id, name }
}

struct Segment {
    level: Level,
    genres: &'static [Genre],
}

struct Genre {
    level: Level,
    subgenres: &'static [Level],
}

const fn segment(id: &'static str, name: &'static str, genres: &'static [Genre]) -> Segment {
    Segment {
        level: level(id, name),
        genres,
    }
}

const fn genre(id: &'static str, name: &'static str, subgenres: &'static [Level]) -> Genre {
    Genre {
        level: level(id, name),
        subgenres,
    }
}

#[rustfmt::skip]
const TREE: [Segment; 6] = [
    segment("KZFzniwnSyZfZ7v7nJ", "Music", &[
        genre("KnvZfZ7vAeA", "Rock", &[level("KZazBEonSMnZfZ7vkEl", "Pop Rock"), level("KZazBEonSMnZfZ7v6dt", "Alternative Rock")]),
        genre("KnvZfZ7vAev", "Pop", &[level("KZazBEonSMnZfZ7vk1t", "Pop")]),
        genre("KnvZfZ7vAvE", "Jazz", &[level("KZazBEonSMnZfZ7vk7a", "Contemporary Jazz"), level("KZazBEonSMnZfZ7vk6v", "Swing")]),
        genre("KnvZfZ7vAv1", "Hip-Hop/Rap", &[level("KZazBEonSMnZfZ7vkev", "Alternative Rap")]),
        genre("KnvZfZ7vAvF", "Dance/Electronic", &[level("KZazBEonSMnZfZ7vAt1", "Techno")]),
        genre("KnvZfZ7vAv6", "Country", &[level("KZazBEonSMnZfZ7vAFa", "Country")]),
        genre("KnvZfZ7vAvl", "Other", &[level("KZazBEonSMnZfZ7vk1I", "Other")]),
    ]),
    segment("KZFzniwnSyZfZ7v7nE", "Sports", &[
        genre("KnvZfZ7vAde", "Basketball", &[level("KZazBEonSMnZfZ7vFJ6", "Men Professional"), level("KZazBEonSMnZfZ7vFJd", "Minor League")]),
        genre("KnvZfZ7vAdI", "Hockey", &[level("KZazBEonSMnZfZ7vFEl", "Ice Hockey")]),
        genre("KnvZfZ7vA7E", "Soccer", &[level("KZazBEonSMnZfZ7vFtt", "Soccer")]),
        genre("KnvZfZ7vAdv", "Baseball", &[level("KZazBEonSMnZfZ7vF1l", "Professional")]),
    ]),
    segment("KZFzniwnSyZfZ7v7na", "Arts & Theatre", &[
        genre("KnvZfZ7v7l1", "Theatre", &[level("KZazBEonSMnZfZ7v7lt", "Drama"), level("KZazBEonSMnZfZ7vAve", "Musical")]),
        genre("KnvZfZ7v7nJ", "Classical", &[level("KZazBEonSMnZfZ7v7nI", "Symphonic")]),
        genre("KnvZfZ7v7lk", "Opera", &[level("KZazBEonSMnZfZ7v7la", "Opera")]),
        genre("KnvZfZ7vAe1", "Comedy", &[level("KZazBEonSMnZfZ7vF17", "Comedy")]),
    ]),
    segment("KZFzniwnSyZfZ7v7nn", "Film", &[
        genre("KnvZfZ7vAkJ", "Music", &[level("KZazBEonSMnZfZ7vave", "Music")]),
    ]),
    segment("KZFzniwnSyZfZ7v7n1", "Miscellaneous", &[
        genre("KnvZfZ7vA1n", "Family", &[level("KZazBEonSMnZfZ7vaav", "Other")]),
        genre("KnvZfZ7v7ll", "Undefined", &[level("KZazBEonSMnZfZ7vAv1", "Undefined")]),
    ]),
    segment("KZFzniwnSyZfZ7v7nl", "Undefined", &[
        genre("KnvZfZ7vAkI", "Undefined", &[level("KZazBEonSMnZfZ7vavk", "Undefined")]),
    ]),
];

const UNDEFINED_TYPE: Level = level("KZAyXgnZfZ7v7nI", "Undefined");
const UNDEFINED_SUBTYPE: Level = level("KZFzBErXgnZfZ7v7lJ", "Undefined");
const PARKING_TYPE: Level = level("KZAyXgnZfZ7vAva", "Parking");
const REGULAR_SUBTYPE: Level = level("KZFzBErXgnZfZ7vAFe", "Regular");

/// Segment, genre and sub-genre of what is played.
fn names(genre: &str) -> (&'static str, &'static str, &'static str) {
    match genre {
        "Rock" => ("Music", "Rock", "Alternative Rock"),
        "Pop" => ("Music", "Pop", "Pop"),
        "Jazz" => ("Music", "Jazz", "Contemporary Jazz"),
        "Hip-Hop" => ("Music", "Hip-Hop/Rap", "Alternative Rap"),
        "Electronic" => ("Music", "Dance/Electronic", "Techno"),
        "Country" => ("Music", "Country", "Country"),
        "Festival" => ("Music", "Other", "Other"),
        "Classical" => ("Arts & Theatre", "Classical", "Symphonic"),
        "Basketball" => ("Sports", "Basketball", "Men Professional"),
        "Hockey" => ("Sports", "Hockey", "Ice Hockey"),
        "Soccer" => ("Sports", "Soccer", "Soccer"),
        "Baseball" => ("Sports", "Baseball", "Professional"),
        "Theatre" => ("Arts & Theatre", "Theatre", "Drama"),
        "Musical" => ("Arts & Theatre", "Theatre", "Musical"),
        "Opera" => ("Arts & Theatre", "Opera", "Opera"),
        "Comedy" => ("Arts & Theatre", "Comedy", "Comedy"),
        "Family" => ("Miscellaneous", "Family", "Other"),
        "Film" => ("Film", "Music", "Music"),
        _ => ("Undefined", "Undefined", "Undefined"),
    }
}

/// Segment, genre, sub-genre, type and sub-type of an event.
pub(super) fn levels(listing: &Listing) -> [Level; 5] {
    let names = match listing.quirk {
        Some(Quirk::Parking) => ("Miscellaneous", "Undefined", "Undefined"),
        Some(Quirk::UndefinedClassification) => ("Undefined", "Undefined", "Undefined"),
        _ => names(listing.show.genre.name),
    };
    let (kind, subkind) = match listing.quirk {
        Some(Quirk::Parking) => (PARKING_TYPE, REGULAR_SUBTYPE),
        _ => (UNDEFINED_TYPE, UNDEFINED_SUBTYPE),
    };
    let undefined = &TREE[TREE.len() - 1];
    let segment = TREE
        .iter()
        .find(|segment| segment.level.name == names.0)
        .unwrap_or(undefined);
    let genre = segment
        .genres
        .iter()
        .find(|genre| genre.level.name == names.1)
        .unwrap_or(&segment.genres[0]);
    let subgenre = genre
        .subgenres
        .iter()
        .find(|level| level.name == names.2)
        .unwrap_or(&genre.subgenres[0]);
    [segment.level, genre.level, *subgenre, kind, subkind]
}

/// The event's `classifications`; Europe's have neither type nor sub-type.
pub(super) fn of(listing: &Listing) -> Value {
    let [segment, genre, subgenre, kind, subkind] =
        levels(listing).map(|level| json!({"id": level.id, "name": level.name}));
    let mut classification = json!({
        "primary": true,
        "segment": segment,
        "genre": genre,
        "subGenre": subgenre,
        "family": listing.show.genre.name == "Family",
    });
    if matches!(listing.show.venue.city.country.code, "US" | "CA" | "AU") {
        classification["type"] = kind;
        classification["subType"] = subkind;
    }
    json!([classification])
}

fn node(level: Level, kind: &str) -> Value {
    let href = format!("/discovery/v2/classifications/{kind}{}?locale=en-us", level.id);
    json!({"id": level.id, "name": level.name, "locale": "en-us", "_links": {"self": {"href": href}}})
}

fn genre_node(genre: &Genre) -> Value {
    let mut value = node(genre.level, "genres/");
    let subgenres: Vec<_> = genre
        .subgenres
        .iter()
        .map(|level| node(*level, "subgenres/"))
        .collect();
    value["_embedded"] = json!({"subgenres": subgenres});
    value
}

fn classification(segment: &Segment) -> Value {
    let mut value = node(segment.level, "segments/");
    value["_embedded"] = json!({"genres": segment.genres.iter().map(genre_node).collect::<Vec<_>>()});
    let href = format!("/discovery/v2/classifications/{}?locale=en-us", segment.level.id);
    json!({"family": false, "segment": value, "_links": {"self": {"href": href}}})
}

/// The whole tree as `GET /classifications` gives it, one page.
pub(super) fn tree() -> Value {
    json!({
        "_embedded": {"classifications": TREE.iter().map(classification).collect::<Vec<_>>()},
        "_links": {"self": {"href": "/discovery/v2/classifications.json"}},
        "page": {"size": 20, "totalElements": TREE.len(), "totalPages": 1, "number": 0},
    })
}

/// The classification to which an id of any level belongs.
pub(super) fn find(id: &str) -> Option<Value> {
    let holds = |segment: &&Segment| {
        segment.level.id == id
            || segment
                .genres
                .iter()
                .any(|genre| genre.level.id == id || genre.subgenres.iter().any(|subgenre| subgenre.id == id))
    };
    TREE.iter().find(holds).map(classification)
}
