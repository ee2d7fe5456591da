//! An event as SeatGeek writes it.

use chrono::{NaiveDateTime, NaiveTime, TimeDelta};
use serde_json::{Value, json};

use super::taxonomy::{self, Taxonomy};
use crate::{
    catalogue::{
        Performer,
        chance::{hash, small_id},
        quirk::Quirk,
        slug,
    },
    listing::{Listing, Standing, to_utc},
};

pub(super) fn venue_id(listing: &Listing) -> u32 {
    listing.show.venue.number + 2_400
}

/// Null outside the United States and Canada.
pub(super) fn state(listing: &Listing) -> Option<&'static str> {
    let city = listing.show.venue.city;
    let state = city
        .state
        .as_ref()
        .filter(|_| matches!(city.country.code, "US" | "CA"))?;
    state.code
}

pub(super) fn kind(listing: &Listing) -> &'static str {
    if listing.quirk == Some(Quirk::Parking) {
        "parking"
    } else {
        taxonomy::leaf(listing.show.genre.name)
    }
}

/// From 0 to 1, the same whenever asked.
pub(super) fn score(listing: &Listing) -> f64 {
    f64::from(u32::try_from(hash(&listing.id) % 1_000).unwrap_or_default()) / 1_000.0
}

pub(super) fn announced(listing: &Listing) -> NaiveDateTime {
    let days = 90 + i64::try_from(hash(&listing.id) % 150).unwrap_or_default();
    listing.show.start.date().and_time(NaiveTime::MIN) - TimeDelta::days(days)
}

fn date_is_open(listing: &Listing) -> bool {
    listing.quirk == Some(Quirk::DateTba) || listing.standing == Standing::Postponed
}

fn time_is_open(listing: &Listing) -> bool {
    date_is_open(listing) || matches!(listing.quirk, Some(Quirk::TimeTba | Quirk::OddPlaceholder))
}

/// Start in local time and in UTC, both without a zone; an open time is half past three in the morning.
pub(super) fn times(listing: &Listing) -> (NaiveDateTime, NaiveDateTime) {
    let at = |hour, minute| {
        listing
            .start
            .date()
            .and_hms_opt(hour, minute, 0)
            .unwrap_or(listing.start)
    };
    let utc = |local| to_utc(local, listing.timezone()).naive_utc();
    if !time_is_open(listing) {
        (listing.start, listing.start_utc.naive_utc())
    } else if listing.quirk == Some(Quirk::OddPlaceholder) {
        (at(3, 30), utc(at(23, 59)))
    } else {
        (at(3, 30), utc(at(3, 30)))
    }
}

pub(super) fn event(listing: &Listing) -> Value {
    let show = &listing.show;
    let (local, utc) = times(listing);
    let path = taxonomy::path(taxonomy::leaf(show.genre.name));
    let main = slug(&show.performers[0].name);
    let performers: Vec<_> = match listing.quirk {
        Some(Quirk::NoPerformers) => Vec::new(),
        _ => (0..)
            .zip(&show.performers)
            .map(|(place, who)| performer(who, place, &path, listing))
            .collect(),
    };
    let mut event = json!({
        "id": listing.id.parse::<u64>().ok(),
        "title": listing.title,
        "short_title": show.performers[0].name,
        "type": kind(listing),
        "url": format!(
            "https://seatgeek.example/{main}-tickets/{}-{}/{}/{}",
            slug(show.venue.city.name), local.format("%Y-%m-%d-%-I-%M-%P"), kind(listing), listing.id
        ),
        "datetime_local": local,
        "datetime_utc": utc,
        "datetime_tbd": date_is_open(listing),
        "date_tbd": date_is_open(listing),
        "time_tbd": time_is_open(listing),
        "enddatetime_utc": null,
        "visible_until_utc": utc + TimeDelta::hours(4),
        "visible_at": format!("{}Z", announced(listing).format("%Y-%m-%dT%H:%M:%S")),
        "announce_date": announced(listing),
        "created_at": announced(listing) + TimeDelta::hours(9),
        "status": "normal",
        "description": "",
        "score": score(listing),
        "popularity": score(listing),
        "stats": stats(listing),
        "taxonomies": taxonomies(&path, false),
        "performers": performers,
        "venue": venue(listing),
        "is_open": false,
        "conditional": false,
        "general_admission": show.venue.capacity == 0,
        "integrated": {"provider_name": "OPEN", "provider_id": format!("e_{:016x}", hash(&listing.id))},
        "access_method": {"method": "QRCODE", "created_at": "2021-10-19T21:09:46Z", "employee_only": false},
        "event_promotion": null,
        "announcements": {},
        "links": [],
        "themes": [],
        "domain_information": [],
        "performer_order": [],
        "is_visible": true,
        "is_visible_override": "UNSET",
        "tdc_pv_id": 0,
        "tdc_pvo_id": 0,
    });
    match listing.quirk {
        Some(Quirk::NoStats) => remove(&mut event, "stats"),
        Some(Quirk::NoStatus) => remove(&mut event, "status"),
        Some(Quirk::NoTimezone) => remove(&mut event["venue"], "timezone"),
        Some(Quirk::NoAddress) => event["venue"]["address"] = Value::Null,
        Some(Quirk::Ends) => event["enddatetime_utc"] = json!(utc + TimeDelta::minutes(165)),
        Some(Quirk::StraySpaces) => event["venue"]["city"] = json!(format!(" {}", show.venue.city.name)),
        _ => {}
    }
    if listing.garbage {
        event["title"] = json!(["not", "a", "title"]);
        event["datetime_utc"] = json!({"when": "some day"});
        event["venue"] = json!("somewhere");
    }
    event
}

fn remove(object: &mut Value, field: &str) {
    if let Some(object) = object.as_object_mut() {
        object.remove(field);
    }
}

/// Four forms: filled, all null, empty, and (removed later) absent. Prices are whole dollars with fees.
fn stats(listing: &Listing) -> Value {
    let lowest = 18 + hash(&listing.title) % 140;
    let mut stats = json!({
        "listing_count": 61,
        "visible_listing_count": 44,
        "average_price": lowest * 2,
        "lowest_price": lowest,
        "highest_price": lowest * 9,
        "median_price": lowest * 2 - 5,
        "lowest_price_good_deals": lowest + 7,
        "lowest_sg_base_price": lowest - 6,
        "lowest_sg_base_price_good_deals": null,
        "dq_bucket_counts": [3, 4, 6, 12, 9, 5, 4, 1],
        "ticket_count": 207,
    });
    match listing.quirk {
        Some(Quirk::EmptyStats) => json!({}),
        Some(Quirk::NullStats) => {
            for value in stats
                .as_object_mut()
                .into_iter()
                .flat_map(|stats| stats.values_mut())
            {
                *value = Value::Null;
            }
            stats
        }
        _ => stats,
    }
}

fn taxonomies(path: &[&Taxonomy], sourced: bool) -> Vec<Value> {
    (0..)
        .zip(path)
        .map(|(rank, taxonomy): (u32, _)| {
            let mut json = json!({
                "id": taxonomy.id,
                "name": taxonomy.slug,
                "parent_id": taxonomy.parent,
                "rank": rank,
                "seo_event_type": taxonomy.slug.replace('_', "-"),
            });
            if sourced {
                json["document_source"] = json!({"source_type": "ELASTIC", "generation_type": "FULL"});
            }
            json
        })
        .collect()
}

fn performer(who: &Performer, place: u32, path: &[&Taxonomy], listing: &Listing) -> Value {
    let id = small_id(&who.name);
    let slug = who.slug();
    let huge = format!("https://seatgeek.example/images/performers-landscape/{slug}-{id:06x}/{id}/huge.jpg");
    // About a third of the performers have no picture.
    let pictured = !id.is_multiple_of(3);
    let images = match listing.quirk {
        Some(Quirk::EmptyImages) => json!({}),
        Some(Quirk::ImageList) => json!([]),
        Some(Quirk::NullImages) => Value::Null,
        _ if pictured => json!({"huge": huge}),
        _ => json!({}),
    };
    let team = who.home.is_some();
    let mut json = json!({
        "id": id,
        "name": who.name,
        "short_name": who.name,
        "slug": slug,
        "type": if team { kind(listing) } else { "band" },
        "url": format!("https://seatgeek.example/{slug}-tickets"),
        "score": 0.61,
        "popularity": 0,
        "image": if pictured { json!(huge) } else { Value::Null },
        "images": images,
        "image_attribution": "An invented picture",
        "image_license": "https://creativecommons.org/publicdomain/zero/1.0/",
        "image_rights_message": "",
        "has_upcoming_events": true,
        "num_upcoming_events": 16,
        "stats": {"event_count": 16},
        "taxonomies": taxonomies(path, true),
        "divisions": null,
        "colors": null,
        "home_venue_id": if team { json!(venue_id(listing)) } else { Value::Null },
        "location": who.home.map(|city| json!({"lat": city.latitude, "lon": city.longitude})),
    });
    if place == 0 {
        json["primary"] = json!(true);
    }
    if team {
        json[if place == 0 { "home_team" } else { "away_team" }] = json!(true);
    } else if path.first().is_some_and(|root| root.slug == "concert") {
        let genre = listing.show.genre.name;
        json["genres"] = json!([{
            "id": small_id(genre) % 1_000,
            "name": genre,
            "slug": self::slug(genre),
            "primary": true,
            "image": null,
            "document_source": {"source_type": "ELASTIC", "generation_type": "FULL"},
        }]);
    }
    json
}

fn venue(listing: &Listing) -> Value {
    let venue = listing.show.venue;
    let city = venue.city;
    let state = state(listing);
    // "US" is a code, other countries are names; and some rows have it the other way round.
    let by_code = (city.country.code == "US") != (listing.quirk == Some(Quirk::CountrySpelling));
    let region = state.unwrap_or(city.country.name);
    json!({
        "id": venue_id(listing),
        "name": venue.name,
        "name_v2": venue.name,
        "slug": slug(&venue.name),
        "url": format!("https://seatgeek.example/venues/{}/tickets", slug(&venue.name)),
        "address": venue.address,
        "extended_address": format!("{}, {region} {}", city.name, city.postal_code),
        "city": city.name,
        "state": state,
        "country": if by_code { city.country.code } else { city.country.name },
        "postal_code": city.postal_code,
        "timezone": city.timezone.name(),
        "location": {"lat": venue.latitude, "lon": venue.longitude},
        "display_location": format!("{}, {region}", city.name),
        "metro_code": 501,
        "capacity": venue.capacity,
        "score": 0.65,
        "popularity": 0,
        "has_upcoming_events": true,
        "num_upcoming_events": 37,
        "access_method": {"method": "QRCODE", "created_at": "2016-10-25T19:41:02Z", "employee_only": false},
        "links": [],
    })
}
