//! An event as Ticketmaster writes it: a clean one first, then its oddity as an edit of that.

use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::classification;
use crate::{
    catalogue::{
        Performer, Show,
        chance::{hash, small_id},
        place::Venue,
        quirk::Quirk,
    },
    listing::{Listing, Standing, to_utc},
};

/// What is known of an event's date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Day {
    Known,
    /// TBA.
    ToBeAnnounced,
    /// TBD.
    ToBeDetermined,
}

pub(super) fn day(listing: &Listing) -> Day {
    match (listing.standing, listing.quirk) {
        (Standing::Postponed, _) | (_, Some(Quirk::DateTba)) => Day::ToBeAnnounced,
        (_, Some(Quirk::DateTbd)) => Day::ToBeDetermined,
        _ => Day::Known,
    }
}

/// Where the row comes from: Ticketmaster's own sale, Universe, or resale.
pub(super) fn source(listing: &Listing) -> &'static str {
    match listing.quirk {
        Some(Quirk::Place) => "universe",
        Some(Quirk::RescheduledBare | Quirk::PlaceholderSale) => "tmr",
        _ => "ticketmaster",
    }
}

pub(super) fn venue_id(venue: &Venue) -> String {
    format!("KovZpZA{:05}", venue.number + 11_000)
}

pub(super) fn attraction_id(performer: &Performer) -> String {
    format!("K8vZ91{:07}", small_id(&performer.name))
}

pub(super) fn event(listing: &Listing) -> Value {
    let mut event = clean(listing);
    if let (Some(quirk), Some(fields)) = (listing.quirk, event.as_object_mut()) {
        bend(fields, quirk, listing);
    }
    if listing.garbage {
        event["name"] = json!({"text": listing.title});
        event["dates"] = json!("tomorrow");
        event["images"] = json!(17);
        event["_embedded"]["venues"] = json!("somewhere");
    }
    event
}

fn clean(listing: &Listing) -> Value {
    let show = &listing.show;
    let venue = show.venue;
    let locale = venue.city.locale;
    let slug = format!(
        "{}-{}",
        crate::catalogue::slug(&listing.title),
        crate::catalogue::slug(venue.city.name)
    );
    let promoter =
        json!({"id": "653", "name": "LAMPLIGHT TOURING", "description": "LAMPLIGHT TOURING / NTL / WORLD"});
    let attractions: Vec<_> = show
        .performers
        .iter()
        .map(|performer| attraction(performer, listing))
        .collect();
    json!({
        "name": listing.title,
        "type": "event",
        "id": listing.id,
        "test": false,
        "url": format!("https://www.ticketmaster.example/{slug}/event/{:016X}", hash(&listing.id)),
        "locale": locale,
        "images": images(&show.performers[0].name, false),
        "sales": sales(listing),
        "dates": dates(listing),
        "classifications": classification::of(listing),
        "promoter": promoter,
        "promoters": [promoter],
        "info": info(show),
        "pleaseNote": "Doors open one hour before the start. Bags larger than A4 are not admitted. The running order \
                       may change; there is no readmission once you have left the building. Children under 14 must be \
                       accompanied by an adult.",
        "products": [{
            "name": format!("Parking | {}", show.performers[0].name),
            "id": format!("{}P", listing.id),
            "url": format!("https://www.ticketmaster.example/parking-{slug}/event/{:016X}", hash(&listing.title)),
            "type": "Parking",
        }],
        "seatmap": {"staticUrl": format!("https://maps.ticketmaster.example/geometry/3/event/{}/staticImage?type=png", listing.id), "id": "seatmap"},
        "accessibility": {"ticketLimit": 4, "id": "accessibility"},
        "ticketLimit": {"info": "There is an overall 8 ticket limit for this event.", "id": "ticketLimit"},
        "ageRestrictions": {"legalAgeEnforced": false, "id": "ageRestrictions"},
        "ticketing": {"safeTix": {"enabled": true, "inAppOnlyEnabled": false}, "allInclusivePricing": {"enabled": true}, "id": "ticketing"},
        "_links": {
            "self": {"href": format!("/discovery/v2/events/{}?locale={locale}", listing.id)},
            "attractions": attractions.iter().map(|attraction| attraction["_links"]["self"].clone()).collect::<Vec<_>>(),
            "venues": [{"href": format!("/discovery/v2/venues/{}?locale={locale}", venue_id(venue))}],
        },
        "_embedded": {"venues": [venue_json(venue)], "attractions": attractions},
    })
}

fn info(show: &Show) -> String {
    format!(
        "{} comes to {} in {}. {} at its best, in a house that was made for it. Programme and cast are subject to change.",
        show.title, show.venue.name, show.venue.city.name, show.genre.name
    )
}

fn zulu(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A local time in the three forms in which Ticketmaster prints it.
fn moment(local: NaiveDateTime, listing: &Listing) -> Value {
    json!({
        "localDate": local.date(),
        "localTime": local.time(),
        "dateTime": zulu(to_utc(local, listing.timezone())),
    })
}

fn dates(listing: &Listing) -> Value {
    let day = day(listing);
    let mut start = if day == Day::Known {
        moment(listing.start, listing)
    } else {
        json!({})
    };
    start["dateTBD"] = json!(day == Day::ToBeDetermined);
    start["dateTBA"] = json!(day == Day::ToBeAnnounced);
    start["timeTBA"] = json!(false);
    start["noSpecificTime"] = json!(false);
    let (code, initial) = match listing.standing {
        Standing::Scheduled => ("onsale", None),
        Standing::Cancelled => ("cancelled", None),
        Standing::Postponed => ("postponed", Some(listing.start)),
        Standing::Rescheduled(from) => ("rescheduled", Some(from)),
    };
    let mut dates = json!({
        "start": start,
        "timezone": listing.timezone().name(),
        "status": {"code": code},
        "spanMultipleDays": false,
        "access": {
            "startDateTime": zulu(listing.start_utc - TimeDelta::hours(1)),
            "startApproximate": false,
            "endApproximate": false,
        },
    });
    if let Some(initial) = initial {
        dates["initialStartDate"] = moment(initial, listing);
    }
    dates
}

fn sales(listing: &Listing) -> Value {
    let days = 90 + i64::try_from(hash(&listing.id) % 120).unwrap_or_default();
    let begins = listing.start_utc - TimeDelta::days(days);
    json!({
        "public": {
            "startDateTime": zulu(begins),
            "startTBD": false,
            "startTBA": false,
            "endDateTime": zulu(listing.start_utc + TimeDelta::hours(1)),
        },
        "presales": [
            {"name": "Artist Presale", "startDateTime": zulu(begins - TimeDelta::days(3)), "endDateTime": zulu(begins)},
            {"name": "Venue Presale", "startDateTime": zulu(begins - TimeDelta::days(1)), "endDateTime": zulu(begins)},
        ],
    })
}

/// The usual eleven cuts of one picture, in no order.
fn images(name: &str, fallback: bool) -> Value {
    const CUTS: [(&str, &str, u32, u32); 11] = [
        ("4_3", "CUSTOM.jpg", 305, 225),
        ("16_9", "RECOMENDATION_16_9.jpg", 100, 56),
        ("16_9", "TABLET_LANDSCAPE_16_9.jpg", 1024, 576),
        ("3_2", "RETINA_PORTRAIT_3_2.jpg", 640, 427),
        ("16_9", "SOURCE", 2426, 1365),
        ("3_2", "ARTIST_PAGE_3_2.jpg", 305, 203),
        ("16_9", "TABLET_LANDSCAPE_LARGE_16_9.jpg", 2048, 1152),
        ("16_9", "EVENT_DETAIL_PAGE_16_9.jpg", 205, 115),
        ("3_2", "TABLET_LANDSCAPE_3_2.jpg", 1024, 683),
        ("16_9", "RETINA_LANDSCAPE_16_9.jpg", 1136, 639),
        ("16_9", "RETINA_PORTRAIT_16_9.jpg", 640, 360),
    ];
    let number = hash(name);
    let picture = format!(
        "{:08x}-{:04x}-4{:03x}",
        number >> 32,
        number >> 16 & 0xFFFF,
        number & 0xFFF
    );
    let cuts = CUTS.map(|(ratio, cut, width, height)| {
        let url = format!("https://s1.ticketmaster.example/dam/a/{picture}_{cut}");
        json!({"ratio": ratio, "url": url, "width": width, "height": height, "fallback": fallback})
    });
    json!(cuts)
}

fn attraction(performer: &Performer, listing: &Listing) -> Value {
    let id = attraction_id(performer);
    let locale = listing.show.venue.city.locale;
    json!({
        "name": performer.name,
        "type": "attraction",
        "id": id,
        "test": false,
        "url": format!("https://www.ticketmaster.example/{}-tickets/artist/{}", performer.slug(), small_id(&performer.name)),
        "locale": locale,
        "images": images(&performer.name, false),
        "classifications": classification::of(listing),
        "upcomingEvents": {"ticketmaster": 23, "tmr": 6, "_total": 29, "_filtered": 0},
        "_links": {"self": {"href": format!("/discovery/v2/attractions/{id}?locale={locale}")}},
    })
}

fn venue_json(venue: &Venue) -> Value {
    let city = venue.city;
    let id = venue_id(venue);
    let mut json = json!({
        "name": venue.name,
        "type": "venue",
        "id": id,
        "test": false,
        "url": format!("https://www.ticketmaster.example/{}-tickets/venue/{}", crate::catalogue::slug(&venue.name), venue.number),
        "locale": city.locale,
        "postalCode": city.postal_code,
        "timezone": city.timezone.name(),
        "city": {"name": city.name},
        "country": {"name": city.country.ticketmaster_name, "countryCode": city.country.code},
        "address": {"line1": venue.address},
        "location": {"longitude": format!("{:.8}", venue.longitude), "latitude": format!("{:.8}", venue.latitude)},
        "boxOfficeInfo": {
            "openHoursDetail": "The box office opens at noon on the day of an event and closes half an hour after its start.",
            "acceptedPaymentDetail": "Cards only; the house is cashless.",
        },
        "parkingDetail": "The car park beside the stage door opens two hours before the start; spaces can be booked with the ticket.",
        "accessibleSeatingDetail": "Places for wheelchairs and their companions are on every level; please book them by telephone.",
        "generalInfo": {
            "generalRule": "No cameras with detachable lenses, no glass, no flares.",
            "childRule": "Children under two need no ticket if they sit on a lap.",
        },
        "upcomingEvents": {"ticketmaster": 41, "tmr": 16, "_total": 57, "_filtered": 0},
        "_links": {"self": {"href": format!("/discovery/v2/venues/{id}?locale={}", city.locale)}},
    });
    if let Some(state) = &city.state {
        json["state"] = state.code.map_or_else(
            || json!({"name": state.name}),
            |code| json!({"name": state.name, "stateCode": code}),
        );
    }
    json
}

/// Turns a clean event into the odd one that it is meant to be.
fn bend(event: &mut Map<String, Value>, quirk: Quirk, listing: &Listing) {
    let local_date = listing.start.date();
    match quirk {
        Quirk::TimeTba | Quirk::NoSpecificTime => {
            let days_only = quirk == Quirk::NoSpecificTime;
            event["dates"]["start"] = json!({
                "localDate": local_date,
                "dateTBD": false,
                "dateTBA": false,
                "timeTBA": !days_only,
                "noSpecificTime": days_only,
            });
            if days_only {
                let last = local_date.succ_opt();
                event["dates"]["end"] =
                    json!({"localDate": last, "approximate": false, "noSpecificTime": true});
            }
        }
        Quirk::PostponedKeepingDate => event["dates"]["status"] = json!({"code": "postponed"}),
        Quirk::OffSale => event["dates"]["status"] = json!({"code": "offsale"}),
        Quirk::EmptyStatus => {
            event["dates"]["status"] = json!({});
            event["sales"] = json!({});
        }
        Quirk::NoStatus => remove(&mut event["dates"], "status"),
        Quirk::NoTimezone => remove(&mut event["dates"], "timezone"),
        Quirk::RescheduledBare => {
            event["dates"]["status"] = json!({"code": "rescheduled"});
            remove(&mut event["dates"], "timezone");
            event["sales"]["public"]["startDateTime"] = json!("1900-01-01T06:00:00Z");
        }
        Quirk::PlaceholderSale => event["sales"]["public"]["startDateTime"] = json!("1900-01-01T18:00:00Z"),
        Quirk::NoVenue => remove(&mut event["_embedded"], "venues"),
        Quirk::NoPerformers => remove(&mut event["_embedded"], "attractions"),
        Quirk::Place => {
            let venue = event["_embedded"]["venues"][0].take();
            event.insert(
                "place".to_owned(),
                json!({
                    "city": venue["city"],
                    "country": venue["country"],
                    "address": venue["address"],
                    "location": venue["location"],
                    "area": {},
                    "state": {},
                }),
            );
            event.remove("_embedded");
            event.remove("classifications");
        }
        Quirk::BareVenue => {
            let venue = &mut event["_embedded"]["venues"][0];
            for field in ["name", "location", "timezone", "address"] {
                remove(venue, field);
            }
        }
        Quirk::StraySpaces => {
            let city = &mut event["_embedded"]["venues"][0]["city"]["name"];
            *city = json!(format!("{} ", listing.show.venue.city.name));
        }
        Quirk::NoClassification => {
            event.remove("classifications");
        }
        Quirk::NoImages => {
            event.remove("images");
        }
        Quirk::FallbackImages => event["images"] = images(listing.show.genre.name, true),
        Quirk::OneImage => {
            let image = json!({"url": "https://s1.ticketmaster.example/ticketweb/one.jpg", "width": 500, "height": 500, "fallback": false});
            event["images"] = json!([image]);
        }
        Quirk::Priced => {
            let currency = listing.show.venue.city.country.currency;
            let range = json!([
                {"type": "standard", "currency": currency, "min": 59.5, "max": 199.5},
                {"type": "standard including fees", "currency": currency, "min": 68.0, "max": 221.25},
            ]);
            event.insert("priceRanges".to_owned(), range);
        }
        Quirk::Ends => {
            let mut end = moment(listing.start + TimeDelta::minutes(165), listing);
            end["approximate"] = json!(false);
            end["noSpecificTime"] = json!(false);
            event["dates"]["end"] = end;
        }
        Quirk::Test => event["test"] = json!(true),
        _ => {}
    }
}

fn remove(object: &mut Value, field: &str) {
    if let Some(object) = object.as_object_mut() {
        object.remove(field);
    }
}
