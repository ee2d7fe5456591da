//! SeatGeek's JSON, as far as we read it. Any field may be missing or of another type.

use serde::Deserialize;

use crate::document;
use crate::lenient::{Flag, List, Number, Object, Text};

/// `GET /events`.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "E: Deserialize<'de> + Default"))]
pub(super) struct Page<E> {
    pub(super) events: document::Events<E>,
    pub(super) meta: Object<Meta>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Meta {
    pub(super) total: Number,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Event<'a> {
    pub(super) id: Text<'a>,
    pub(super) title: Text<'a>,
    pub(super) short_title: Text<'a>,
    #[serde(rename = "type")]
    pub(super) kind: Text<'a>,
    pub(super) url: Text<'a>,
    pub(super) description: Text<'a>,
    pub(super) status: Text<'a>,
    pub(super) datetime_utc: Text<'a>,
    pub(super) datetime_local: Text<'a>,
    pub(super) enddatetime_utc: Text<'a>,
    pub(super) datetime_tbd: Flag,
    pub(super) date_tbd: Flag,
    pub(super) time_tbd: Flag,
    pub(super) stats: Object<Stats>,
    pub(super) taxonomies: List<Object<Taxonomy<'a>>>,
    pub(super) performers: List<Object<Performer<'a>>>,
    pub(super) venue: Object<Venue<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Stats {
    pub(super) lowest_price: Number,
    pub(super) highest_price: Number,
}

/// In an event, `name` is a slug; in the list of taxonomies it is for people.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Taxonomy<'a> {
    pub(super) id: Number,
    pub(super) name: Text<'a>,
    pub(super) parent_id: Number,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Performer<'a> {
    pub(super) name: Text<'a>,
    pub(super) image: Text<'a>,
    pub(super) images: Object<Images<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Images<'a> {
    pub(super) huge: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Venue<'a> {
    pub(super) name: Text<'a>,
    pub(super) address: Text<'a>,
    pub(super) city: Text<'a>,
    pub(super) state: Text<'a>,
    pub(super) country: Text<'a>,
    pub(super) postal_code: Text<'a>,
    pub(super) timezone: Text<'a>,
    pub(super) location: Object<Location>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Location {
    pub(super) lat: Number,
    pub(super) lon: Number,
}

/// `GET /taxonomies`.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Taxonomies<'a> {
    pub(super) taxonomies: List<Object<Taxonomy<'a>>>,
    pub(super) meta: Object<Meta>,
}
