//! External events.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Amount, Category, EventKey, EventStatus, ExternalEvent, Import, LocalEventId, PriceRange, Source, Start,
    StoredEvent, Venue,
};

use crate::time::{at, now};

/// The key in a text, `ticketmaster#abc`.
pub fn key(text: &str) -> EventKey {
    text.parse().expect("a key in a test is valid")
}

/// Begins an event with this key: a concert in Zürich a month from [`now`], which can be imported as it is.
pub fn event(event_key: &str) -> EventBuilder {
    let key = key(event_key);
    let category = match key.source {
        Source::Ticketmaster => "Music",
        Source::SeatGeek => "concert",
        Source::Eventbrite | Source::Meetup => "",
    };
    EventBuilder(ExternalEvent {
        title: format!("Evening {}", key.id),
        description: String::new(),
        start: Start::Exact {
            at: at("2026-12-20T19:00:00Z"),
            local: None,
        },
        end: None,
        timezone: None,
        status: EventStatus::Scheduled,
        venue: Venue {
            name: "Lakeside Hall".to_owned(),
            address: "1 Harbour Lane".to_owned(),
            city: "Zürich".to_owned(),
            state: "ZH".to_owned(),
            country: "CH".parse().ok(),
            postal_code: "8000".to_owned(),
            coordinates: "47.3769,8.5417".parse().ok(),
        },
        online: false,
        category: Category::Music,
        source_category: category.to_owned(),
        subcategory: String::new(),
        performers: vec!["The Invented Quartet".to_owned()],
        price: None,
        ticket_url: format!("https://tickets.example/{}", key.id).parse().ok(),
        image_url: None,
        add_on: false,
        key,
    })
}

/// Begins an event with everything that a source tells, of the sizes that sources send: a description of 1.5 KB, two
/// links of 100 bytes, three performers.
pub fn full_event(event_key: &str) -> EventBuilder {
    let link = |host: &str, id: &str| {
        let start = format!("https://{host}.example/{}", "a-rather-long-path/".repeat(4));
        let length = 99_usize.saturating_sub(id.len());
        format!("{start:.length$}/{id}").parse().ok()
    };
    event(event_key)
        .title("An Evening of Invented Music with Friends")
        .description(&"Doors open an hour before. ".repeat(56))
        .with(|event| {
            event.timezone = "Europe/Zurich".parse().ok();
            event.start = Start::exact(at("2026-12-20T19:00:00Z"), event.timezone);
            "Alternative Rock".clone_into(&mut event.subcategory);
            event.performers = ["The Invented Quartet", "Nobody in Particular", "The Understudies"]
                .map(str::to_owned)
                .into();
            event.price = "CHF"
                .parse()
                .ok()
                .zip(Amount::from_units(35.0))
                .zip(Amount::from_units(120.0))
                .map(|((currency, least), most)| PriceRange::new(least, most, currency));
            event.ticket_url = link("tickets", event.key.id.as_str());
            event.image_url = link("pictures", event.key.id.as_str());
        })
}

/// An event in the making.
#[derive(Debug, Clone)]
#[must_use]
pub struct EventBuilder(ExternalEvent);

impl EventBuilder {
    /// Sets the title.
    pub fn title(self, title: &str) -> Self {
        self.with(|event| title.clone_into(&mut event.title))
    }

    /// Sets the description.
    pub fn description(self, description: &str) -> Self {
        self.with(|event| description.clone_into(&mut event.description))
    }

    /// Sets the start, known to the second.
    pub fn starts_at(self, start: DateTime<Utc>) -> Self {
        self.start(Start::Exact {
            at: start,
            local: None,
        })
    }

    /// Sets the start, with as much as is known of it.
    pub fn start(self, start: Start) -> Self {
        self.with(|event| event.start = start)
    }

    /// Sets the end.
    pub fn ends_at(self, end: DateTime<Utc>) -> Self {
        self.with(|event| event.end = Some(end))
    }

    /// Sets the status.
    pub fn status(self, status: EventStatus) -> Self {
        self.with(|event| event.status = status)
    }

    /// Sets the category.
    pub fn category(self, category: Category) -> Self {
        self.with(|event| event.category = category)
    }

    /// Sets the city of the venue; `""` for an unknown one.
    pub fn city(self, city: &str) -> Self {
        self.with(|event| city.clone_into(&mut event.venue.city))
    }

    /// Changes whatever has no method of its own.
    pub fn with(mut self, change: impl FnOnce(&mut ExternalEvent)) -> Self {
        change(&mut self.0);
        self
    }

    /// The event.
    pub fn build(self) -> ExternalEvent {
        self.0
    }

    /// The event as it is stored an hour before [`now`].
    pub fn stored(self) -> StoredEvent {
        let synced_at = now() - TimeDelta::hours(1);
        StoredEvent {
            event: self.0,
            created_at: synced_at,
            synced_at,
            slice: None,
            import: None,
        }
    }

    /// The event as it is stored once it is imported, at [`now`], under this id.
    pub fn imported(self, local_event_id: u64) -> StoredEvent {
        StoredEvent {
            import: Some(Import {
                local_event_id: LocalEventId::new(local_event_id),
                imported_at: now(),
            }),
            ..self.stored()
        }
    }
}
