//! What a caller browses the store for.

use std::borrow::Cow;

use chrono::{DateTime, Days, Months, Utc};

use crate::category::Category;
use crate::event::StoredEvent;
use crate::parameter::{Moment, Parameters};
use crate::source::Source;
use crate::status::EventStatus;
use crate::text::fold;
use crate::validation::FieldErrors;

/// The most events a page.
pub const MAX_PAGE_SIZE: u32 = 100;

/// Events a page when the caller does not say.
pub const DEFAULT_PAGE_SIZE: u32 = 50;

/// How far ahead a browse reaches when the caller does not say, in days.
const DEFAULT_DAYS: u64 = 90;

/// How far ahead a browse may reach, in months: it reads one index partition a month.
const MAX_MONTHS: u32 = 18;

/// The longest name of a city, folded, in bytes: above all that exist, far below the 2048 of a DynamoDB key.
const MAX_CITY_LENGTH: usize = 200;

/// What to browse by. Which index serves it follows from which of the three is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowseQuery {
    /// The source.
    pub source: Option<Source>,
    /// The city, folded.
    pub city: Option<String>,
    /// The category.
    pub category: Option<Category>,
    /// Not before.
    pub from: DateTime<Utc>,
    /// Not after.
    pub to: DateTime<Utc>,
    /// The status.
    pub status: Option<EventStatus>,
    /// Whether imported.
    pub imported: Option<bool>,
    /// The most events a page.
    pub page_size: u32,
    /// Where to go on, as the page before said.
    pub page_token: Option<String>,
}

impl BrowseQuery {
    /// The parameters of a browse.
    pub const PARAMETERS: [&'static str; 9] = [
        "source",
        "city",
        "category",
        "date_from",
        "date_to",
        "status",
        "imported",
        "page_size",
        "page_token",
    ];

    /// Reads a browse from decoded query parameters, or says everything that is wrong with them.
    pub fn read<'a>(
        pairs: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
        now: DateTime<Utc>,
    ) -> Result<Self, FieldErrors> {
        let mut given = Parameters::read(pairs, &Self::PARAMETERS);
        if ["source", "city", "category"]
            .into_iter()
            .all(|name| given.text(name).is_none())
        {
            given.reject(
                "source",
                "at least one of source, city and category must be given",
            );
        }
        let span = read_span(&mut given, now);
        let source = given.parse("source");
        let city = given.parse_with("city", read_city);
        let category = given.parse("category");
        let status = given.parse("status");
        let imported = given.parse_with("imported", |text| {
            text.parse().map_err(|_| "must be true or false")
        });
        let page_size = given.number("page_size", 1, MAX_PAGE_SIZE, DEFAULT_PAGE_SIZE);
        let page_token = given.text("page_token").map(str::to_owned);
        given.finish(span.map(|(from, to)| Self {
            source,
            city,
            category,
            from,
            to,
            status,
            imported,
            page_size,
            page_token,
        }))
    }

    /// Whether a stored event meets everything asked but the dates, which the index answers.
    pub fn admits(&self, stored: &StoredEvent) -> bool {
        let event = &stored.event;
        self.source.is_none_or(|source| event.key.source == source)
            && self
                .city
                .as_deref()
                .is_none_or(|city| fold(&event.venue.city) == city)
            && self.category.is_none_or(|category| event.category == category)
            && self.status.is_none_or(|status| event.status == status)
            && self
                .imported
                .is_none_or(|imported| stored.import.is_some() == imported)
    }
}

/// The first and the last instant; `None` if `date_from` is wrong, against which nothing can be held.
fn read_span(given: &mut Parameters<'_>, now: DateTime<Utc>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let to = given.parse("date_to").map(Moment::last);
    let from = if given.text("date_from").is_some() {
        given.parse("date_from").map(Moment::first)?
    } else {
        now
    };
    let to = to.unwrap_or(from + Days::new(DEFAULT_DAYS));
    if to < from {
        given.reject("date_to", "must not be before date_from");
    } else if from
        .checked_add_months(Months::new(MAX_MONTHS))
        .is_none_or(|latest| to > latest)
    {
        given.reject(
            "date_to",
            format_args!("must be at most {MAX_MONTHS} months after date_from"),
        );
    }
    Some((from, to))
}

/// A city as the index knows it. A text of which nothing is left, or too much, can be no key there.
fn read_city(text: &str) -> Result<String, String> {
    let city = fold(text);
    if (1..=MAX_CITY_LENGTH).contains(&city.len()) {
        Ok(city)
    } else {
        Err(format!("must name a city, in at most {MAX_CITY_LENGTH} bytes"))
    }
}
