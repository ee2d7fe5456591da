//! Meetup's JSON, as far as we ask for it. Any field may be missing or of another type.

use serde::Deserialize;

use crate::document;
use crate::lenient::{Flag, List, Nullable, Number, Object, Text};

/// Any answer. Errors come under status 200, and beside data too.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a, T: Deserialize<'de> + Default"))]
pub(super) struct Answer<'a, T> {
    pub(super) data: Object<T>,
    pub(super) errors: List<Object<Error<'a>>>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Error<'a> {
    pub(super) code: Text<'a>,
    pub(super) extensions: Object<Extensions<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct Extensions<'a> {
    pub(super) code: Text<'a>,
    pub(super) classification: Text<'a>,
    pub(super) reset_at: Text<'a>,
}

/// A list of events: those of a search, or those of a group.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a, E: Deserialize<'de> + Default"))]
pub(super) struct Events<'a, E> {
    pub(super) events: Object<Connection<'a, E>>,
    pub(super) group: Nullable<Group<'a, E>>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a, E: Deserialize<'de> + Default"))]
pub(super) struct Group<'a, E> {
    pub(super) events: Object<Connection<'a, E>>,
}

#[derive(Deserialize, Default)]
#[serde(
    default,
    rename_all = "camelCase",
    bound(deserialize = "'de: 'a, E: Deserialize<'de> + Default")
)]
pub(super) struct Connection<'a, E> {
    pub(super) edges: document::Events<E>,
    pub(super) page_info: Object<PageInfo<'a>>,
    pub(super) total_count: Number,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "E: Deserialize<'de> + Default"))]
pub(super) struct Edge<E> {
    pub(super) node: E,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct PageInfo<'a> {
    pub(super) has_next_page: Flag,
    pub(super) end_cursor: Text<'a>,
}

/// One event by its id.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct One<'a> {
    pub(super) event: Nullable<Event<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct Event<'a> {
    pub(super) id: Text<'a>,
    pub(super) token: Text<'a>,
    pub(super) title: Text<'a>,
    pub(super) description: Text<'a>,
    #[serde(rename = "eventUrl")]
    pub(super) url: Text<'a>,
    #[serde(rename = "eventType")]
    pub(super) kind: Text<'a>,
    pub(super) status: Text<'a>,
    pub(super) date_time: Text<'a>,
    pub(super) end_time: Text<'a>,
    pub(super) duration: Text<'a>,
    pub(super) venues: List<Object<Venue<'a>>>,
    /// `null` says "free".
    pub(super) fee_settings: Nullable<Fee<'a>>,
    pub(super) featured_event_photo: Object<Photo<'a>>,
    pub(super) group: Object<Host<'a>>,
    pub(super) topics: Object<Topics<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct Venue<'a> {
    pub(super) name: Text<'a>,
    pub(super) address: Text<'a>,
    pub(super) city: Text<'a>,
    pub(super) state: Text<'a>,
    pub(super) country: Text<'a>,
    pub(super) postal_code: Text<'a>,
    pub(super) lat: Number,
    pub(super) lon: Number,
    #[serde(rename = "venueType")]
    pub(super) kind: Text<'a>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Fee<'a> {
    pub(super) required: Flag,
    pub(super) amount: Number,
    pub(super) currency: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct Photo<'a> {
    pub(super) id: Text<'a>,
    pub(super) base_url: Text<'a>,
    pub(super) high_res_url: Text<'a>,
}

/// The group that an event is of.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct Host<'a> {
    pub(super) timezone: Text<'a>,
    pub(super) topic_category: Object<Topic<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Topics<'a> {
    pub(super) edges: List<Object<Edge<Object<Topic<'a>>>>>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Topic<'a> {
    pub(super) id: Text<'a>,
    pub(super) name: Text<'a>,
}

/// The topic categories.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub(super) struct TopicCategories<'a> {
    pub(super) topic_categories: Object<Topics<'a>>,
}

/// What the token endpoint answers.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Grant<'a> {
    pub(super) access_token: Text<'a>,
    pub(super) expires_in: Number,
}
