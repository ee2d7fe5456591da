//! Eventbrite's JSON, as far as we read it. Any field may be missing or of another type.

use serde::Deserialize;

use crate::document;
use crate::lenient::{Flag, List, Number, Object, Text};

/// Any list of events.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a, E: Deserialize<'de> + Default"))]
pub(super) struct Page<'a, E> {
    pub(super) events: document::Events<E>,
    pub(super) pagination: Object<Pagination<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Pagination<'a> {
    pub(super) object_count: Number,
    pub(super) has_more_items: Flag,
    pub(super) continuation: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Event<'a> {
    pub(super) id: Text<'a>,
    pub(super) name: Object<Multipart<'a>>,
    pub(super) summary: Text<'a>,
    pub(super) description: Object<Multipart<'a>>,
    pub(super) url: Text<'a>,
    pub(super) start: Object<Moment<'a>>,
    pub(super) end: Object<Moment<'a>>,
    pub(super) hide_start_date: Flag,
    pub(super) hide_end_date: Flag,
    pub(super) status: Text<'a>,
    pub(super) currency: Text<'a>,
    pub(super) is_free: Flag,
    #[serde(rename = "online_event")]
    pub(super) online: Flag,
    pub(super) is_series_parent: Flag,
    pub(super) category_id: Text<'a>,
    pub(super) subcategory: Object<Named<'a>>,
    pub(super) logo: Object<Logo<'a>>,
    pub(super) venue: Object<Venue<'a>>,
    pub(super) ticket_availability: Object<Availability<'a>>,
    #[serde(rename = "event_sales_status")]
    pub(super) sales_status: Object<SalesStatus<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Multipart<'a> {
    pub(super) text: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Moment<'a> {
    pub(super) timezone: Text<'a>,
    pub(super) local: Text<'a>,
    pub(super) utc: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Named<'a> {
    pub(super) id: Text<'a>,
    pub(super) name: Text<'a>,
    pub(super) parent_category: Object<Parent<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Parent<'a> {
    pub(super) name: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Logo<'a> {
    pub(super) url: Text<'a>,
    pub(super) original: Object<Original<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Original<'a> {
    pub(super) url: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Venue<'a> {
    pub(super) name: Text<'a>,
    pub(super) latitude: Number,
    pub(super) longitude: Number,
    pub(super) address: Object<Address<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Address<'a> {
    #[serde(rename = "address_1")]
    pub(super) line: Text<'a>,
    pub(super) city: Text<'a>,
    pub(super) region: Text<'a>,
    pub(super) postal_code: Text<'a>,
    pub(super) country: Text<'a>,
    pub(super) latitude: Number,
    pub(super) longitude: Number,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Availability<'a> {
    pub(super) is_sold_out: Flag,
    pub(super) is_free: Flag,
    pub(super) minimum_ticket_price: Object<Money<'a>>,
    pub(super) maximum_ticket_price: Object<Money<'a>>,
}

/// `value` counts the currency's smallest units.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Money<'a> {
    pub(super) currency: Text<'a>,
    pub(super) value: Number,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct SalesStatus<'a> {
    pub(super) message_code: Text<'a>,
}

/// `GET /events/{id}/description/`: HTML.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Description<'a> {
    pub(super) description: Text<'a>,
}

/// `GET /categories/` and `GET /subcategories/`.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Categories<'a> {
    #[serde(alias = "subcategories")]
    pub(super) categories: List<Object<Named<'a>>>,
    pub(super) pagination: Object<Pagination<'a>>,
}
