//! What is stored of an event in its item and in each of its entries in the indexes, as JSON.
//!
//! Reads and writes are billed by the byte, and the indexes hold little else: so names are a letter (`docs/DATA-MODEL.md`
//! lists them), what is not known is left out, and so is what the item has beside it: the key, the status and the
//! description.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use domain::{
    Amount, Category, Coordinates, CountryCode, Currency, EventKey, EventStatus, ExternalEvent, PriceRange,
    Start, Timezone, Venue, WebLink,
};
use serde::{Deserialize, Serialize};

/// An event but for its key, status and description.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Summary<'a> {
    #[serde(rename = "t")]
    title: Cow<'a, str>,
    #[serde(rename = "s")]
    start: SummaryStart,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    end: Option<DateTime<Utc>>,
    #[serde(rename = "z", default, skip_serializing_if = "Option::is_none")]
    timezone: Option<Timezone>,
    #[serde(rename = "n", default, skip_serializing_if = "str::is_empty")]
    venue: Cow<'a, str>,
    #[serde(rename = "a", default, skip_serializing_if = "str::is_empty")]
    address: Cow<'a, str>,
    #[serde(rename = "p", default, skip_serializing_if = "str::is_empty")]
    postal_code: Cow<'a, str>,
    #[serde(rename = "c", default, skip_serializing_if = "str::is_empty")]
    city: Cow<'a, str>,
    #[serde(rename = "r", default, skip_serializing_if = "str::is_empty")]
    state: Cow<'a, str>,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    country: Option<CountryCode>,
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    coordinates: Option<Coordinates>,
    #[serde(rename = "o", default, skip_serializing_if = "is_false")]
    online: bool,
    #[serde(rename = "k")]
    category: Category,
    #[serde(rename = "h", default, skip_serializing_if = "str::is_empty")]
    source_category: Cow<'a, str>,
    #[serde(rename = "b", default, skip_serializing_if = "str::is_empty")]
    subcategory: Cow<'a, str>,
    #[serde(rename = "w", default, skip_serializing_if = "<[_]>::is_empty")]
    performers: Cow<'a, [String]>,
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    price: Option<(Amount, Amount, Currency)>,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    ticket_url: Option<Cow<'a, WebLink>>,
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    image_url: Option<Cow<'a, WebLink>>,
    #[serde(rename = "x", default, skip_serializing_if = "is_false")]
    add_on: bool,
}

/// When it starts: `{"e":[instant, local time]}`, `{"d":date}` or `"u"`.
#[derive(Debug, Serialize, Deserialize)]
enum SummaryStart {
    #[serde(rename = "e")]
    Exact(DateTime<Utc>, Option<NaiveDateTime>),
    #[serde(rename = "d")]
    DateOnly(NaiveDate),
    #[serde(rename = "u")]
    ToBeAnnounced,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl<'a> From<&'a ExternalEvent> for Summary<'a> {
    fn from(event: &'a ExternalEvent) -> Self {
        // Every field is named, so that a new one cannot be forgotten.
        let ExternalEvent {
            key: _,
            title,
            description: _,
            start,
            end,
            timezone,
            status: _,
            venue:
                Venue {
                    name: venue,
                    address,
                    city,
                    state,
                    country,
                    postal_code,
                    coordinates,
                },
            online,
            category,
            source_category,
            subcategory,
            performers,
            price,
            ticket_url,
            image_url,
            add_on,
        } = event;
        Self {
            title: title.into(),
            start: (*start).into(),
            end: *end,
            timezone: *timezone,
            venue: venue.into(),
            address: address.into(),
            postal_code: postal_code.into(),
            city: city.into(),
            state: state.into(),
            country: *country,
            coordinates: *coordinates,
            online: *online,
            category: *category,
            source_category: source_category.into(),
            subcategory: subcategory.into(),
            performers: performers.into(),
            price: price.map(|price| (price.min(), price.max(), price.currency())),
            ticket_url: ticket_url.as_ref().map(Cow::Borrowed),
            image_url: image_url.as_ref().map(Cow::Borrowed),
            add_on: *add_on,
        }
    }
}

impl Summary<'_> {
    /// The event, together with what its item has beside the summary.
    pub(super) fn into_event(self, key: EventKey, status: EventStatus, description: String) -> ExternalEvent {
        let Self {
            title,
            start,
            end,
            timezone,
            venue,
            address,
            postal_code,
            city,
            state,
            country,
            coordinates,
            online,
            category,
            source_category,
            subcategory,
            performers,
            price,
            ticket_url,
            image_url,
            add_on,
        } = self;
        ExternalEvent {
            key,
            title: title.into_owned(),
            description,
            start: start.into(),
            end,
            timezone,
            status,
            venue: Venue {
                name: venue.into_owned(),
                address: address.into_owned(),
                city: city.into_owned(),
                state: state.into_owned(),
                country,
                postal_code: postal_code.into_owned(),
                coordinates,
            },
            online,
            category,
            source_category: source_category.into_owned(),
            subcategory: subcategory.into_owned(),
            performers: performers.into_owned(),
            price: price.map(|(min, max, currency)| PriceRange::new(min, max, currency)),
            ticket_url: ticket_url.map(Cow::into_owned),
            image_url: image_url.map(Cow::into_owned),
            add_on,
        }
    }
}

impl From<Start> for SummaryStart {
    fn from(start: Start) -> Self {
        match start {
            Start::Exact { at, local } => Self::Exact(at, local),
            Start::DateOnly { date } => Self::DateOnly(date),
            Start::ToBeAnnounced => Self::ToBeAnnounced,
        }
    }
}

impl From<SummaryStart> for Start {
    fn from(start: SummaryStart) -> Self {
        match start {
            SummaryStart::Exact(at, local) => Self::Exact { at, local },
            SummaryStart::DateOnly(date) => Self::DateOnly { date },
            SummaryStart::ToBeAnnounced => Self::ToBeAnnounced,
        }
    }
}
