//! Where an event comes from.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A provider of events. The set is closed: adding one is a change of this enum, and the compiler names every place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Eventbrite API v3.
    Eventbrite,
    /// Meetup GraphQL (gql-ext).
    Meetup,
    /// SeatGeek Platform API v2.
    SeatGeek,
    /// Ticketmaster Discovery API v2.
    Ticketmaster,
}

/// A name that is no provider's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of ticketmaster, seatgeek, eventbrite, meetup")]
pub struct UnknownSource;

impl Source {
    /// Every source, in the order of their names, which is also the order of results with equal start times.
    pub const ALL: [Self; 4] = [Self::Eventbrite, Self::Meetup, Self::SeatGeek, Self::Ticketmaster];

    /// The name in URLs, JSON and keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eventbrite => "eventbrite",
            Self::Meetup => "meetup",
            Self::SeatGeek => "seatgeek",
            Self::Ticketmaster => "ticketmaster",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Source {
    type Err = UnknownSource;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|source| source.as_str().eq_ignore_ascii_case(text))
            .ok_or(UnknownSource)
    }
}
