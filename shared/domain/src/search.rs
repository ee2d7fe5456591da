//! What a caller searches for.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::category::Category;
use crate::coordinate::Coordinates;
use crate::country::CountryCode;
use crate::event::ExternalEvent;
use crate::parameter::{Moment, Parameters};
use crate::source::{Source, UnknownSource};
use crate::text;
use crate::validation::FieldErrors;

/// What to search for: 1 to 200 characters, without control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SearchText(String);

/// A text that is too long, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {max} characters", max = SearchText::MAX_LENGTH)]
pub struct InvalidSearchText;

impl SearchText {
    /// The longest text, in characters.
    pub const MAX_LENGTH: usize = 200;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SearchText {
    type Err = InvalidSearchText;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text::clean(&text.replace('\n', " "));
        if (1..=Self::MAX_LENGTH).contains(&text.chars().count()) {
            Ok(Self(text))
        } else {
            Err(InvalidSearchText)
        }
    }
}

impl TryFrom<String> for SearchText {
    type Error = InvalidSearchText;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<SearchText> for String {
    fn from(text: SearchText) -> Self {
        text.0
    }
}

impl fmt::Display for SearchText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The sources asked: never none, each once, in the order of [`Source::ALL`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSet(Vec<Source>);

impl SourceSet {
    /// All of them.
    pub fn all() -> Self {
        Self(Source::ALL.to_vec())
    }

    /// The sources, in order.
    pub fn iter(&self) -> impl Iterator<Item = Source> + '_ {
        self.0.iter().copied()
    }

    /// Whether `source` is asked.
    pub fn contains(&self, source: Source) -> bool {
        self.0.contains(&source)
    }
}

/// `all`, or names with commas between them.
impl FromStr for SourceSet {
    type Err = SourceSetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut sources = Vec::new();
        for name in text.split(',').map(str::trim) {
            if name.eq_ignore_ascii_case("all") {
                sources.extend(Source::ALL);
            } else {
                sources.push(name.parse()?);
            }
        }
        sources.sort_unstable();
        sources.dedup();
        Ok(Self(sources))
    }
}

/// A list that names something else than sources.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be all, or one or several (with commas) of ticketmaster, seatgeek, eventbrite, meetup")]
pub struct SourceSetError(#[from] UnknownSource);

/// The order of results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// By start time.
    #[default]
    Date,
    /// As the sources rank them, the sources taking turns.
    Relevance,
}

/// A text that names no order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be date or relevance")]
pub struct UnknownSort;

impl FromStr for Sort {
    type Err = UnknownSort;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "date" => Ok(Self::Date),
            "relevance" => Ok(Self::Relevance),
            _ => Err(UnknownSort),
        }
    }
}

/// A circle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Near {
    /// Its centre.
    pub centre: Coordinates,
    /// Its radius in kilometres, 1 to [`Near::MAX_RADIUS_KM`].
    pub radius_km: u32,
}

impl Near {
    /// The radius when none is given.
    pub const DEFAULT_RADIUS_KM: u32 = 50;

    /// The largest radius: half of the Earth's circumference would be everywhere.
    pub const MAX_RADIUS_KM: u32 = 20_000;

    /// Whether `place` lies within.
    pub fn contains(self, place: Coordinates) -> bool {
        self.centre.distance_km(place) <= f64::from(self.radius_km)
    }
}

/// What is asked of each source: everything of a search that decides its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchFilter {
    /// What to search for.
    pub text: SearchText,
    /// The city.
    pub city: Option<String>,
    /// Not before.
    pub from: Option<DateTime<Utc>>,
    /// Not after.
    pub to: Option<DateTime<Utc>>,
    /// The category.
    pub category: Option<Category>,
    /// The country.
    pub country: Option<CountryCode>,
    /// The circle.
    pub near: Option<Near>,
    /// The most events wanted, 1 to [`SearchFilter::MAX_SIZE`].
    pub size: u32,
    /// The order in which the source should choose them.
    pub sort: Sort,
    /// Whether extras that sources list like events (parking, VIP packages) are wanted as well.
    pub include_add_ons: bool,
}

impl SearchFilter {
    /// The most events a search answers with.
    pub const MAX_SIZE: u32 = 100;

    /// How many events when the caller does not say.
    pub const DEFAULT_SIZE: u32 = 50;

    /// A text that is equal for two filters just if they mean the same, however they are spelt.
    pub fn meaning(&self) -> String {
        let place = self
            .near
            .map(|near| (near.centre.latitude(), near.centre.longitude(), near.radius_km));
        format!(
            "{:?}",
            (
                text::fold(self.text.as_str()),
                self.city.as_deref().map(text::fold),
                (self.from, self.to),
                self.category,
                self.country,
                place,
                (self.size, self.sort, self.include_add_ons),
            )
        )
    }

    /// Whether `event` meets what a source may have been unable to filter by. What the event does not tell (a venue
    /// without a position, a country) does not count against it where the source did the filtering.
    pub fn admits(&self, event: &ExternalEvent) -> bool {
        let venue = &event.venue;
        let (earliest, latest) = (event.earliest_start(), event.latest_start());
        // An event without a date lies in no window.
        (self.include_add_ons || !event.add_on)
            && self
                .from
                .is_none_or(|from| latest.is_some_and(|latest| latest >= from))
            && self
                .to
                .is_none_or(|to| earliest.is_some_and(|earliest| earliest <= to))
            && self.category.is_none_or(|category| event.category == category)
            && self
                .country
                .is_none_or(|country| venue.country.is_none_or(|there| there == country))
            && self
                .near
                .is_none_or(|near| venue.coordinates.is_none_or(|place| near.contains(place)))
            && self.city.as_deref().is_none_or(|city| {
                venue.city.is_empty() || text::fold(&venue.city) == text::fold(city) || self.near.is_some()
            })
    }
}

/// A whole search.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchQuery {
    /// Whom to ask.
    pub sources: SourceSet,
    /// What to ask.
    pub filter: SearchFilter,
}

impl SearchQuery {
    /// The parameters of a search.
    pub const PARAMETERS: [&'static str; 12] = [
        "q",
        "source",
        "location",
        "date_from",
        "date_to",
        "category",
        "country",
        "latlong",
        "radius",
        "size",
        "sort",
        "include_addons",
    ];

    /// Reads a search from decoded query parameters, or says everything that is wrong with them.
    pub fn read<'a>(
        pairs: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
    ) -> Result<Self, FieldErrors> {
        let mut given = Parameters::read(pairs, &Self::PARAMETERS);
        let text = given.parse::<SearchText>("q");
        if given.text("q").is_none() {
            given.reject("q", InvalidSearchText);
        }
        let sources = given.parse("source").unwrap_or_else(SourceSet::all);
        let from = given.parse("date_from").map(Moment::first);
        let to = given.parse("date_to").map(Moment::last);
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            given.reject("date_to", "must not be before date_from");
        }
        let city = given.parse::<SearchText>("location").map(String::from);
        let category = given.parse("category");
        let country = given.parse("country");
        let near = read_near(&mut given);
        let size = given.number("size", 1, SearchFilter::MAX_SIZE, SearchFilter::DEFAULT_SIZE);
        let sort = given.parse("sort").unwrap_or_default();
        let include_add_ons = given.parse_with("include_addons", |text| {
            text.parse().map_err(|_| "must be true or false")
        });
        given.finish(text.map(|text| Self {
            sources,
            filter: SearchFilter {
                text,
                city,
                from,
                to,
                category,
                country,
                near,
                size,
                sort,
                include_add_ons: include_add_ons.unwrap_or_default(),
            },
        }))
    }
}

fn read_near(given: &mut Parameters<'_>) -> Option<Near> {
    let radius = given.parse_with("radius", |text| match text.parse::<f64>() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range is checked"
        )]
        Ok(km) if km > 0.0 && km <= f64::from(Near::MAX_RADIUS_KM) => Ok(km.ceil() as u32),
        _ => Err(format!(
            "must be a number of kilometres above 0, at most {}",
            Near::MAX_RADIUS_KM
        )),
    });
    if given.text("radius").is_some() && given.text("latlong").is_none() {
        given.reject("latlong", "must be given with radius");
    }
    let centre = given.parse("latlong")?;
    Some(Near {
        centre,
        radius_km: radius.unwrap_or(Near::DEFAULT_RADIUS_KM),
    })
}
