//! Events and groups as Meetup writes them, whole; the selection cuts them afterwards.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta, TimeZone as _};
use chrono_tz::Tz;
use serde_json::{Value, json};

use crate::{
    catalogue::{
        chance::hash,
        place::{CITIES, City},
        quirk::Quirk,
        slug,
    },
    listing::{Listing, Standing, to_utc},
};

/// The imitation's own ids; names and keys follow Meetup's style.
const TOPIC_CATEGORIES: [(&str, &str, &str, &str); 8] = [
    ("Music", "395", "Music", "music"),
    ("Technology", "546", "Technology", "technology"),
    ("Business", "405", "Career & Business", "career-business"),
    ("Food", "535", "Food & Drink", "food-drink"),
    ("Health", "511", "Health & Wellbeing", "health-wellbeing"),
    ("Arts", "521", "Art & Culture", "art-culture"),
    (
        "Community",
        "604",
        "Community & Environment",
        "community-environment",
    ),
    ("Outdoors", "684", "Travel & Outdoor", "travel-outdoor"),
];

fn topic_category(genre: &str) -> &'static (&'static str, &'static str, &'static str, &'static str) {
    TOPIC_CATEGORIES
        .iter()
        .find(|category| category.0 == genre)
        .unwrap_or(&TOPIC_CATEGORIES[6])
}

pub(super) fn topic_category_id(listing: &Listing) -> &'static str {
    topic_category(listing.show.genre.name).1
}

fn topic_category_json((_, id, name, urlkey): &(&str, &str, &str, &str)) -> Value {
    let image = format!("https://secure.meetup.example/images/topics/{urlkey}.webp");
    json!({"id": id, "name": name, "urlkey": urlkey, "color": "#97CAD1", "imageUrl": image})
}

pub(super) fn topic_categories() -> Value {
    let edges: Vec<_> = TOPIC_CATEGORIES
        .iter()
        .map(|category| json!({"cursor": category.1, "node": topic_category_json(category)}))
        .collect();
    let end = TOPIC_CATEGORIES.last().map(|category| category.1);
    json!({"edges": edges, "pageInfo": {"endCursor": end, "hasNextPage": false}, "totalCount": edges.len()})
}

/// The group of a city.
pub(super) fn urlname(city: &City) -> String {
    format!("{}-common-room", slug(city.name))
}

pub(super) fn digits(number: u64) -> String {
    (260_000_000 + number).to_string()
}

/// What stays when the id changes from letters to digits.
fn token(listing: &Listing) -> String {
    match listing.quirk {
        Some(Quirk::ChangedId) => digits(listing.show.number),
        _ => listing.id.clone(),
    }
}

pub(super) fn event_type(listing: &Listing) -> &'static str {
    match listing.quirk {
        Some(Quirk::Online) => "ONLINE",
        Some(Quirk::Hybrid) => "HYBRID",
        _ => "PHYSICAL",
    }
}

pub(super) fn status(listing: &Listing, today: NaiveDate) -> &'static str {
    match (listing.standing, listing.quirk) {
        (Standing::Cancelled, _) => "CANCELLED",
        (Standing::Postponed, _) => "PENDING",
        (_, Some(Quirk::Draft)) => "DRAFT",
        _ if listing.start.date() < today => "PAST",
        (_, Some(Quirk::Occurrence)) => "AUTOSCHED",
        // Not in the published list: enumerations grow.
        (_, Some(Quirk::UnknownStatus)) => "ACTIVE_WAITLISTED",
        _ => "ACTIVE",
    }
}

pub(super) fn is_upcoming(listing: &Listing, today: NaiveDate) -> bool {
    matches!(
        status(listing, today),
        "ACTIVE" | "AUTOSCHED" | "ACTIVE_WAITLISTED"
    )
}

/// Local time with its offset; some rows leave the seconds out or put the zone behind.
fn moment(local: NaiveDateTime, zone: Tz, quirk: Option<Quirk>) -> String {
    let time = zone.from_utc_datetime(&to_utc(local, zone).naive_utc());
    match quirk {
        Some(Quirk::NoSeconds) => time.format("%Y-%m-%dT%H:%M%:z").to_string(),
        Some(Quirk::BracketedZone) => format!("{}[{}]", time.format("%Y-%m-%dT%H:%M:%S%:z"), zone.name()),
        _ => time.format("%Y-%m-%dT%H:%M:%S%:z").to_string(),
    }
}

pub(super) fn event(listing: &Listing, today: NaiveDate) -> Value {
    let show = &listing.show;
    let city = show.venue.city;
    let zone = listing.timezone();
    let dated = listing.standing != Standing::Postponed;
    let ends = dated && listing.quirk != Some(Quirk::NoEnd);
    let end = listing.start + TimeDelta::minutes(90);
    let created = listing.start - TimeDelta::days(40);
    let (_, topic_id, topic, urlkey) = topic_category(show.genre.name);
    let going = hash(&listing.id) % 80;
    let mut event = json!({
        "id": listing.id,
        "token": token(listing),
        "title": listing.title,
        "eventUrl": format!("https://www.meetup.example/{}/events/{}/", urlname(city), listing.id),
        "description": description(listing),
        "eventType": event_type(listing),
        "status": status(listing, today),
        "dateTime": dated.then(|| moment(listing.start, zone, listing.quirk)),
        "endTime": ends.then(|| moment(end, zone, listing.quirk)),
        "duration": ends.then_some("PT1H30M"),
        // Always by the clock of New York.
        "createdTime": moment(created, Tz::America__New_York, None),
        "group": group(city, listing.quirk != Some(Quirk::NoTimezone)),
        "venues": venues(listing),
        "feeSettings": fee(listing),
        "featuredEventPhoto": (listing.quirk != Some(Quirk::NoImages)).then(|| photo(hash(&listing.title))),
        "eventHosts": [{"memberId": "1", "name": show.performers[0].name}, null],
        "howToFindUs": null,
        "guestsAllowed": true,
        "numberOfAllowedGuests": 1,
        "guestLimit": 1,
        "maxTickets": 0,
        "rsvps": {"totalCount": going, "yesCount": going, "noCount": 0, "waitlistCount": 0},
        "series": (listing.quirk == Some(Quirk::Occurrence)).then(|| json!({"id": "9001", "description": "Every week"})),
        "topics": {"edges": [{"cursor": "1", "node": {"id": topic_id, "name": topic, "urlkey": urlkey}}], "totalCount": 1},
        "waitlistMode": "AUTO",
    });
    if listing.garbage {
        event["title"] = json!({"en": listing.title});
        event["dateTime"] = json!(1_764_000_000);
        event["venues"] = json!("somewhere");
    }
    event
}

fn description(listing: &Listing) -> String {
    let show = &listing.show;
    format!(
        "**{}** with {}.\n\nWe meet at {} in {}, have a drink and get going.\n\n* Bring what you are working on\n* Stay \
         as long as you like",
        listing.title.trim(),
        show.performers[0].name,
        show.venue.name,
        show.venue.city.name
    )
}

/// A hybrid event has two; the online one lies in the middle of the Pacific.
fn venues(listing: &Listing) -> Value {
    let venue = listing.show.venue;
    let city = venue.city;
    let dirty = listing.quirk == Some(Quirk::BareVenue);
    let state = city
        .state
        .as_ref()
        .and_then(|state| state.code)
        .unwrap_or_default();
    let place = json!({
        "id": (27_000_000 + venue.number).to_string(),
        "name": if dirty { Value::Null } else { json!(venue.name) },
        "address": if dirty { Value::Null } else { json!(venue.address) },
        "city": city.name,
        "state": if dirty { "al" } else { state },
        "postalCode": if dirty { "meetup1" } else { city.postal_code },
        "country": city.country.code.to_lowercase(),
        "lat": venue.latitude,
        "lon": venue.longitude,
        "venueType": "",
    });
    let online = json!({
        "id": "26906060",
        "name": "Online event",
        "address": "",
        "city": "",
        "state": "",
        "postalCode": "",
        "country": "",
        "lat": -8.521_147,
        "lon": 179.1962,
        "venueType": "online",
    });
    match listing.quirk {
        Some(Quirk::NoVenue) => Value::Null,
        Some(Quirk::Online) => json!([online]),
        Some(Quirk::Hybrid) => json!([place, online]),
        _ => json!([place]),
    }
}

/// Null is free; one that is not required is a donation. Amounts are in major units.
fn fee(listing: &Listing) -> Value {
    let required = match listing.quirk {
        Some(Quirk::Priced) => true,
        Some(Quirk::Donation) => false,
        _ => return Value::Null,
    };
    json!({
        "required": required,
        "amount": 12.5,
        "currency": listing.show.venue.city.country.currency,
        "accepts": "CASH",
        "hasPromoCodes": false,
        "refundPolicy": {"days": 3, "notes": ""},
    })
}

/// The address of a picture is `baseUrl`, its id and the size wanted.
fn photo(number: u64) -> Value {
    let id = (500_000_000 + number % 30_000_000).to_string();
    let base = "https://secure.meetup.example/images/classic-events/";
    json!({
        "id": id,
        "baseUrl": base,
        "highResUrl": format!("{base}{id}/highres.jpeg"),
        "standardUrl": format!("{base}{id}/600x450.webp"),
        "thumbUrl": format!("{base}{id}/thumb.jpeg"),
    })
}

pub(super) fn group(city: &City, zoned: bool) -> Value {
    let number = CITIES
        .iter()
        .position(|other| std::ptr::eq(other, city))
        .unwrap_or_default();
    let urlname = urlname(city);
    json!({
        "id": (29_600_000 + number).to_string(),
        "name": format!("{} Common Room", city.name),
        "urlname": urlname,
        "description": "Neighbours who do things together.",
        "link": format!("https://www.meetup.example/{urlname}"),
        "city": city.name,
        "state": city.state.as_ref().and_then(|state| state.code),
        "country": city.country.code.to_lowercase(),
        "lat": city.latitude,
        "lon": city.longitude,
        "zip": city.postal_code,
        "timezone": zoned.then(|| city.timezone.name()),
        "isPrivate": false,
        "foundedDate": "2019-06-01T10:00:00-04:00",
        "keyGroupPhoto": photo(hash(&urlname)),
        "topicCategory": topic_category_json(&TOPIC_CATEGORIES[6]),
        "stats": {"memberCounts": {"all": 1_200 + number}},
        "status": "PAID",
    })
}
