//! Where the events take place that a sync reads.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::country::CountryCode;
use crate::event::ExternalEvent;
use crate::text::fold;

/// The longest name of a city, in bytes.
const MAX_CITY: usize = 100;

/// A country, or a city wherever it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// A country.
    Country(CountryCode),
    /// A city, as it is spelt.
    City(CityName),
}

/// The name of a city.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CityName(String);

/// A text that is no name of a city.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the name of a city, of 1 to {MAX_CITY} bytes, without / and @")]
pub struct InvalidCityName;

impl CityName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for CityName {
    type Err = InvalidCityName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.trim();
        let is_name = (1..=MAX_CITY).contains(&name.len())
            && !fold(name).is_empty()
            && !name.contains(|c: char| c.is_control() || c == '/' || c == '@');
        is_name.then(|| Self(name.to_owned())).ok_or(InvalidCityName)
    }
}

impl TryFrom<String> for CityName {
    type Error = InvalidCityName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<CityName> for String {
    fn from(name: CityName) -> Self {
        name.0
    }
}

impl Area {
    /// Whether an event takes place here, or may: what it does not say does not count against it.
    pub fn admits(&self, event: &ExternalEvent) -> bool {
        let venue = &event.venue;
        match self {
            Self::Country(country) => venue.country.is_none_or(|there| there == *country),
            Self::City(city) => venue.city.is_empty() || fold(&venue.city) == fold(city.as_str()),
        }
    }
}

/// `CH`, `zurich`: the same however a city is spelt.
impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Country(country) => country.fmt(f),
            Self::City(city) => f.write_str(&fold(city.as_str())),
        }
    }
}
