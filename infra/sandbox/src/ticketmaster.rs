//! Ticketmaster Discovery API v2: keys, quota, paging limits, locales and TBA defaults as the real one has them.

mod classification;
mod query;
mod refusal;
mod render;

use std::{ops::Range, sync::Arc};

use axum::{
    Router,
    extract::{Path, RawQuery, Request, State},
    http::{HeaderValue, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Json, Response},
    routing::get,
};
use chrono::TimeDelta;
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};

pub(crate) use self::refusal::refusal;
use self::{
    query::{EventQuery, Locale},
    refusal::Refusal,
};
use crate::{
    Config, KEYS,
    catalogue::{self, chance::Chance, genre::GENRES, quirk::Quirk},
    listing::{Listing, Standing, raw},
    parameter::Parameters,
    quota::Quota,
    world::Stage,
};

/// Of the twelve shows of a day the first nine are on sale here; the last of them are on sale at SeatGeek too.
const PLACES: Range<u64> = 0..9;

/// The oddities of Ticketmaster's events.
const QUIRKS: [Quirk; 30] = [
    Quirk::TimeTba,
    Quirk::Cancelled,
    Quirk::DateTba,
    Quirk::Parking,
    Quirk::PostponedWithoutDate,
    Quirk::NoTimezone,
    Quirk::Rescheduled,
    Quirk::NoVenue,
    Quirk::EmptyStatus,
    Quirk::Place,
    Quirk::NoClassification,
    Quirk::VipPackage,
    Quirk::UndefinedClassification,
    Quirk::DateTbd,
    Quirk::NoImages,
    Quirk::RescheduledBare,
    Quirk::FallbackImages,
    Quirk::NoSpecificTime,
    Quirk::OneImage,
    Quirk::StraySpaces,
    Quirk::PostponedKeepingDate,
    Quirk::PlaceholderSale,
    Quirk::SuiteLevel,
    Quirk::OffSale,
    Quirk::BareVenue,
    Quirk::NoPerformers,
    Quirk::NoStatus,
    Quirk::Priced,
    Quirk::Ends,
    Quirk::Test,
];

/// 5,000 calls a day, counted from the first one and not from midnight.
pub(crate) fn quota() -> Quota {
    Quota::new(5_000, TimeDelta::days(1))
}

pub(crate) fn listings(config: &Config) -> Vec<Listing> {
    catalogue::deal(config, GENRES, PLACES, &QUIRKS)
        .map(|(show, quirk)| {
            let title = match quirk {
                Some(Quirk::Parking) => format!("Parking | {}", show.title),
                Some(Quirk::VipPackage) => format!("{} – VIP Package", show.title),
                Some(Quirk::SuiteLevel) => format!("Suite Level: {}", show.title),
                Some(Quirk::NoSpecificTime) => format!("{} - 2 DAY TICKET", show.title),
                Some(Quirk::StraySpaces) => format!(" {} ", show.title),
                _ => show.title.clone(),
            };
            let standing = match quirk {
                Some(Quirk::Cancelled) => Standing::Cancelled,
                Some(Quirk::PostponedWithoutDate) => Standing::Postponed,
                Some(Quirk::Rescheduled) => Standing::Rescheduled(show.start - TimeDelta::days(44)),
                _ => Standing::Scheduled,
            };
            Listing::new(id(config.seed, show.number), show, title, quirk).standing(standing)
        })
        .collect()
}

/// An id as Ticketmaster makes them: a prefix of its origin and case-sensitive letters of no meaning.
fn id(seed: u64, number: u64) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const PREFIXES: [&str; 5] = ["G5vYZ", "vvG1zZ", "1AvZZ", "k7vGF", "rZ7HnEZ1A"];
    let mut chance = Chance::new(&[seed, number, 1]);
    let prefix = *chance.pick(&PREFIXES);
    let letters = (0..9).map(|_| char::from(*chance.pick(LETTERS)));
    prefix.chars().chain(letters).collect()
}

pub(crate) fn router<S: Clone + Send + Sync + 'static>(stage: &Stage) -> Router<S> {
    Router::new()
        .route("/discovery/v2/events", get(search))
        .route("/discovery/v2/events.json", get(search))
        .route("/discovery/v2/events/{id}", get(detail))
        .route("/discovery/v2/events/{id}/images", get(images))
        .route("/discovery/v2/classifications", get(classifications))
        .route("/discovery/v2/classifications.json", get(classifications))
        .route("/discovery/v2/classifications/{id}", get(classification))
        .fallback(|| async { Refusal::NoSuchPath })
        .layer(middleware::from_fn_with_state(stage.clone(), gateway))
        .with_state(stage.clone())
}

/// The Apigee gateway in front: it knows the key, counts the calls, and puts its headers on good answers only.
async fn gateway(State(stage): State<Stage>, request: Request, next: Next) -> Response {
    match Parameters::parse(request.uri().query()).get("apikey") {
        None => return Refusal::KeyMissing.into_response(),
        Some(key) if key != KEYS.ticketmaster_api_key => return Refusal::KeyUnknown.into_response(),
        Some(_) => {}
    }
    if stage.imitation().spike_arrest.spend(1).over() {
        return Refusal::SpikeArrest.into_response();
    }
    let spent = stage.imitation().quota.spend(1);
    if spent.over() {
        return Refusal::QuotaExceeded.into_response();
    }
    let mut response = next.run(request).await;
    if response.status() == StatusCode::OK {
        let headers = response.headers_mut();
        headers.insert("Rate-Limit", spent.limit.into());
        headers.insert("Rate-Limit-Available", spent.available().into());
        headers.insert("Rate-Limit-Over", HeaderValue::from_static("0"));
        headers.insert("Rate-Limit-Reset", spent.resets_at.timestamp_millis().into());
    }
    response
}

#[derive(Serialize)]
struct SearchResponse<'a> {
    /// Left out, not empty, when nothing was found.
    #[serde(rename = "_embedded", skip_serializing_if = "Option::is_none")]
    embedded: Option<Embedded<'a>>,
    #[serde(rename = "_links")]
    links: Value,
    page: Value,
}

#[derive(Serialize)]
struct Embedded<'a> {
    events: Vec<&'a RawValue>,
}

async fn search(State(stage): State<Stage>, request: Request) -> Result<Response, Refusal> {
    let parameters = Parameters::parse(request.uri().query());
    let query = EventQuery::parse(&parameters)?;
    let listings = stage.imitation().listings.all();
    let found = query.select(&listings);
    let page = &found[found.len().min(query.offset())..found.len().min(query.offset() + query.size)];

    let near: Vec<_> = page.iter().filter_map(|listing| query.near(listing)).collect();
    let events: Vec<_> = if near.is_empty() {
        page.iter()
            .map(|listing| listing.rendered(render::event))
            .collect()
    } else {
        near.iter().map(AsRef::as_ref).collect()
    };
    let total = found.len().min(query::RESULT_WINDOW);
    let answer = SearchResponse {
        embedded: (!events.is_empty()).then_some(Embedded { events }),
        links: query.links(&parameters, request.uri().path(), total),
        page: json!({
            "size": query.size,
            "totalElements": total,
            "totalPages": query.pages(total),
            "number": query.page,
        }),
    };
    Ok(Json(answer).into_response())
}

/// The listing of an id in the locale asked for; ids from ticketmaster.com addresses are others and unknown here.
fn find(stage: &Stage, id: &str, query: Option<&str>) -> Result<(Arc<Listing>, String), Refusal> {
    let id = id.strip_suffix(".json").unwrap_or(id);
    let locale = Locale::of(&Parameters::parse(query));
    let listing = stage
        .imitation()
        .listings
        .get(id)
        .filter(|listing| locale.shows(listing));
    let listing = listing.ok_or_else(|| Refusal::NotFound {
        id: id.to_owned(),
        locale: locale.to_string(),
    })?;
    Ok((listing, id.to_owned()))
}

async fn detail(
    State(stage): State<Stage>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let (listing, _) = find(&stage, &id, query.as_deref())?;
    Ok(Json(listing.rendered(render::event)).into_response())
}

async fn images(
    State(stage): State<Stage>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refusal> {
    let (listing, id) = find(&stage, &id, query.as_deref())?;
    let mut event = render::event(&listing);
    let link = json!({"self": {"href": format!("/discovery/v2/events/{id}/images?locale=en-us")}});
    Ok(Json(
        json!({"type": "event", "id": id, "images": event["images"].take(), "_links": link}),
    ))
}

async fn classifications() -> Response {
    Json(raw(&classification::tree())).into_response()
}

async fn classification(Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let id = id.strip_suffix(".json").unwrap_or(&id);
    classification::find(id)
        .map(Json)
        .ok_or_else(|| Refusal::NotFound {
            id: id.to_owned(),
            locale: "en-us".to_owned(),
        })
}
