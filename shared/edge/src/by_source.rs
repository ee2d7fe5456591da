//! What each source has one of.

use domain::Source;
use serde::Deserialize;

/// One of something for each source.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BySource<T> {
    eventbrite: T,
    meetup: T,
    seatgeek: T,
    ticketmaster: T,
}

impl<T> BySource<T> {
    /// What `make` makes of each source.
    pub fn new(make: impl Fn(Source) -> T) -> Self {
        Self {
            eventbrite: make(Source::Eventbrite),
            meetup: make(Source::Meetup),
            seatgeek: make(Source::SeatGeek),
            ticketmaster: make(Source::Ticketmaster),
        }
    }

    /// What `make` makes of what each source has.
    pub fn map<U>(self, make: impl Fn(T) -> U) -> BySource<U> {
        BySource {
            eventbrite: make(self.eventbrite),
            meetup: make(self.meetup),
            seatgeek: make(self.seatgeek),
            ticketmaster: make(self.ticketmaster),
        }
    }

    /// That of a source.
    pub fn of(&self, source: Source) -> &T {
        match source {
            Source::Eventbrite => &self.eventbrite,
            Source::Meetup => &self.meetup,
            Source::SeatGeek => &self.seatgeek,
            Source::Ticketmaster => &self.ticketmaster,
        }
    }
}
