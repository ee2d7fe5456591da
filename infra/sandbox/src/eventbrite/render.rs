//! An event as Eventbrite writes it.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{ORGANIZERS, category, query::Expansions};
use crate::{
    catalogue::{chance::hash, quirk::Quirk, slug},
    listing::{Listing, Standing, to_utc},
};

/// Which of the organizers invites.
fn place(listing: &Listing) -> usize {
    usize::try_from(listing.show.number % ORGANIZERS as u64).unwrap_or_default()
}

pub(super) fn organizer_id(listing: &Listing) -> String {
    format!("4800000000{}", place(listing))
}

pub(super) fn organization_id(listing: &Listing) -> String {
    format!("76800000000{}", place(listing))
}

/// None on the internet, and sometimes none at all.
pub(super) fn venue_id(listing: &Listing) -> Option<String> {
    let placeless = matches!(listing.quirk, Some(Quirk::Online | Quirk::NoVenue));
    (!placeless).then(|| (240_000_000 + listing.show.venue.number).to_string())
}

/// Each organizer has one series, of all its occurrences.
pub(super) fn series_id(listing: &Listing) -> Option<String> {
    matches!(listing.quirk, Some(Quirk::Occurrence)).then(|| format!("125000000000{}", place(listing)))
}

pub(super) fn created(listing: &Listing) -> DateTime<Utc> {
    let days = 30 + i64::try_from(hash(&listing.id) % 90).unwrap_or_default();
    listing.start_utc - TimeDelta::days(days)
}

/// The status that is printed; whether an event is called off it often does not say.
pub(super) fn status(listing: &Listing, today: NaiveDate) -> &'static str {
    match listing.quirk {
        Some(Quirk::Cancelled) => "canceled",
        Some(Quirk::Draft) => "draft",
        Some(Quirk::StaleStatus) => "live",
        _ if listing.start.date() < today => "completed",
        Some(Quirk::SeriesParent) => "started",
        _ if listing.start.date() == today => "started",
        _ => "live",
    }
}

fn zulu(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn moment(local: NaiveDateTime, listing: &Listing) -> Value {
    let zone = listing.timezone();
    json!({"timezone": zone.name(), "local": local, "utc": zulu(to_utc(local, zone))})
}

fn text(text: &str) -> Value {
    json!({"text": text, "html": text.replace('&', "&amp;")})
}

fn summary(listing: &Listing) -> String {
    let show = &listing.show;
    format!(
        "{} invites you to {} at {}.",
        show.performers[0].name,
        listing.title.trim(),
        show.venue.name
    )
}

/// The full text, which the event itself does not carry.
pub(super) fn description(listing: &Listing) -> String {
    let show = &listing.show;
    format!(
        "<div>{}</div><div style=\"margin-top: 20px\"><p><strong>{}</strong> &amp; friends.</p><p>Whether you come \
         for the first time or every week: there is a chair, a drink and somebody to talk to. We begin on time and \
         end when {} closes.</p></div>",
        summary(listing),
        show.genre.name,
        show.venue.name
    )
}

/// What tells nothing, but makes an event as large as a real one.
fn same_for_all() -> Value {
    json!({
        "capacity": null,
        "capacity_is_custom": null,
        "listed": true,
        "shareable": true,
        "tx_time_limit": 1200,
        "locale": "en_US",
        "is_locked": false,
        "privacy_setting": "unlocked",
        "inventory_type": "limited",
        "is_reserved_seating": false,
        "show_pick_a_seat": false,
        "show_seatmap_thumbnail": false,
        "show_colors_in_seatmap_thumbnail": false,
        "is_externally_ticketed": false,
        "source": "coyote",
        "version": null,
        "facebook_event_id": null,
    })
}

/// The event, with the parts asked for written out.
pub(super) fn event(listing: &Listing, today: NaiveDate, expansions: &Expansions) -> Value {
    let show = &listing.show;
    let city = show.venue.city;
    let parent = listing.quirk == Some(Quirk::SeriesParent);
    let length = if parent {
        TimeDelta::days(400)
    } else {
        TimeDelta::minutes(150)
    };
    let categorised = listing.quirk != Some(Quirk::NoCategory);
    let category = category::of(show.genre.name);
    let hidden = listing.quirk == Some(Quirk::HiddenDates);
    let kind = if parent { "series" } else { "events" };
    let logo = logo(listing);
    let mut event = json!({
        "id": listing.id,
        "resource_uri": format!("https://www.eventbriteapi.com/v3/{kind}/{}/", listing.id),
        "url": format!("https://www.eventbrite.example/e/{}-tickets-{}", slug(&listing.title), listing.id),
        "name": text(&listing.title),
        "summary": summary(listing),
        "description": text(&summary(listing)),
        "start": moment(listing.start, listing),
        "end": moment(listing.start + length, listing),
        "created": zulu(created(listing)),
        "changed": zulu(created(listing) + TimeDelta::days(3)),
        "published": zulu(created(listing) + TimeDelta::hours(1)),
        "status": status(listing, today),
        "currency": city.country.currency,
        "is_free": listing.quirk == Some(Quirk::Free),
        "online_event": listing.quirk == Some(Quirk::Online),
        "organization_id": organization_id(listing),
        "organizer_id": organizer_id(listing),
        "venue_id": venue_id(listing),
        "category_id": categorised.then(|| category.to_string()),
        // About a third have none.
        "subcategory_id": (categorised && !hash(&listing.id).is_multiple_of(3))
            .then(|| category::subcategory_of(category).to_string()),
        "format_id": categorised.then_some("9"),
        "logo_id": logo["id"],
        "logo": logo,
        "hide_start_date": hidden,
        "hide_end_date": hidden,
        "is_series": parent || series_id(listing).is_some(),
        "is_series_parent": parent,
    });
    if let (Some(event), Value::Object(same)) = (event.as_object_mut(), same_for_all()) {
        event.extend(same);
    }
    // Only there when the event belongs to one.
    if let Some(series) = series_id(listing) {
        event["series_id"] = json!(series);
    }
    if expansions.has("venue") {
        event["venue"] = if event["venue_id"].is_null() {
            Value::Null
        } else {
            venue(listing)
        };
    }
    if expansions.has("organizer") {
        event["organizer"] = organizer(listing);
    }
    if expansions.has("category") {
        event["category"] = if categorised {
            json!(category::category(&category.to_string()))
        } else {
            Value::Null
        };
    }
    if expansions.has("event_sales_status") {
        event["event_sales_status"] = sales_status(listing, today);
    }
    if expansions.has("ticket_availability") {
        event["ticket_availability"] = availability(listing);
    }
    if expansions.has("ticket_classes") {
        event["ticket_classes"] = json!([ticket_class(listing)]);
    }
    if listing.garbage {
        event["name"] = json!(42);
        event["start"] = json!("some day");
        event["venue"] = json!(["somewhere"]);
    }
    event
}

pub(super) fn venue(listing: &Listing) -> Value {
    let venue = listing.show.venue;
    let city = venue.city;
    let bare = listing.quirk == Some(Quirk::BareVenue);
    let known = |value: &str| if bare { Value::Null } else { json!(value) };
    let (latitude, longitude) = (venue.latitude.to_string(), venue.longitude.to_string());
    let line = format!("{}, {}, {}", venue.address, city.name, city.postal_code);
    let id = 240_000_000 + venue.number;
    json!({
        "id": id.to_string(),
        "resource_uri": format!("https://www.eventbriteapi.com/v3/venues/{id}/"),
        "name": known(&venue.name),
        "latitude": latitude,
        "longitude": longitude,
        "capacity": null,
        "age_restriction": null,
        "address": {
            "address_1": known(&venue.address),
            "address_2": "",
            "city": known(city.name),
            "region": city.state.as_ref().map(|state| state.code.unwrap_or(state.name)),
            "postal_code": known(city.postal_code),
            "country": city.country.code,
            "latitude": latitude,
            "longitude": longitude,
            "localized_address_display": known(&line),
            "localized_area_display": known(city.name),
            "localized_multi_line_address_display": [venue.address, city.name, city.postal_code],
        },
    })
}

pub(super) fn organizer(listing: &Listing) -> Value {
    const NAMES: [&str; ORGANIZERS] = [
        "The Corner House",
        "Lanternlight Society",
        "Nachbarschaft e. V.",
        "Atelier du Quai",
        "Makers & Menders",
        "Common Room",
    ];
    let id = organizer_id(listing);
    let name = NAMES[place(listing)];
    json!({
        "_type": "organizer",
        "id": id,
        "resource_uri": format!("https://www.eventbriteapi.com/v3/organizers/{id}/"),
        "name": name,
        "url": format!("https://www.eventbrite.example/o/{id}"),
        "description": {"text": null, "html": "<p></p>"},
        "long_description": {"text": null, "html": "<p></p>"},
        "organization_id": organization_id(listing),
        "num_past_events": 12,
        "num_future_events": 70,
        "logo_id": null,
    })
}

/// Null, cropped, or whole. The signature in the address covers all of it.
fn logo(listing: &Listing) -> Value {
    if listing.quirk == Some(Quirk::NoImages) {
        return Value::Null;
    }
    let id = 900_000_000 + hash(&listing.title) % 60_000_000;
    let url = |crop: &str| {
        format!(
            "https://img.eventbrite.example/images%2F{id}%2Foriginal?{crop}auto=format%2Ccompress&s={:016x}",
            hash(crop)
        )
    };
    let crop = json!({"top_left": {"x": 0, "y": 0}, "width": 2160, "height": 1080});
    json!({
        "id": id.to_string(),
        "url": url("h=200&w=450&"),
        "original": {"url": url(""), "width": 2160, "height": 1080},
        "crop_mask": if listing.quirk == Some(Quirk::OneImage) { Value::Null } else { crop },
        "aspect_ratio": "2",
        "edge_color": "#e2456c",
        "edge_color_set": true,
    })
}

fn sales_status(listing: &Listing, today: NaiveDate) -> Value {
    let (sales, code, message) = match (listing.standing, listing.quirk) {
        (Standing::Cancelled, _) | (_, Some(Quirk::CancelledQuietly)) => {
            ("sales_ended", "event_cancelled", json!("Cancelled"))
        }
        (Standing::Postponed, _) => ("sales_ended", "event_postponed", json!("Postponed")),
        (_, Some(Quirk::SoldOut)) => ("sold_out", "tickets_sold_out", json!("Sold Out")),
        _ if listing.start.date() < today => ("sales_ended", "event_ended", json!("Sales Ended")),
        _ => ("on_sale", "tickets_available", Value::Null),
    };
    json!({
        "sales_status": sales,
        "start_sales_date": null,
        "message": message,
        "message_type": "canonical",
        "message_code": code,
        "currency": listing.show.venue.city.country.currency,
    })
}

/// The lowest price in minor units: zero when free, and zero for a donation that is not free.
fn cents(listing: &Listing) -> u64 {
    match listing.quirk {
        Some(Quirk::Free | Quirk::Donation) => 0,
        _ => 500 + hash(&listing.title) % 40 * 125,
    }
}

fn money(cents: u64, listing: &Listing) -> Value {
    let currency = listing.show.venue.city.country.currency;
    let major = format!("{}.{:02}", cents / 100, cents % 100);
    json!({"currency": currency, "value": cents, "major_value": major, "display": format!("{major} {currency}")})
}

fn availability(listing: &Listing) -> Value {
    let sold_out = listing.quirk == Some(Quirk::SoldOut);
    json!({
        "has_available_tickets": !sold_out,
        "is_sold_out": sold_out,
        "is_free": listing.quirk == Some(Quirk::Free),
        "minimum_ticket_price": money(cents(listing), listing),
        "maximum_ticket_price": money(cents(listing) * 3, listing),
        "start_sales_date": null,
        "waitlist_available": false,
    })
}

pub(super) fn ticket_class(listing: &Listing) -> Value {
    let free = listing.quirk == Some(Quirk::Free);
    json!({
        "id": format!("{}1", listing.id),
        "event_id": listing.id,
        "name": "Standard",
        "free": free,
        "donation": listing.quirk == Some(Quirk::Donation),
        "cost": (!free).then(|| money(cents(listing), listing)),
        "on_sale_status": if listing.quirk == Some(Quirk::SoldOut) { "SOLD_OUT" } else { "AVAILABLE" },
        "sales_start": zulu(created(listing)),
        "sales_end": zulu(listing.start_utc),
    })
}
