//! SeatGeek Platform API v2: silent limits, local times without a zone, cancelled events that vanish.

mod query;
mod refusal;
mod render;
mod taxonomy;

use std::{ops::Range, sync::Arc};

use axum::{
    Router,
    extract::{Path, RawQuery, Request, State},
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse, Json, Response},
    routing::get,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::TimeDelta;
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};

pub(crate) use self::refusal::refusal;
use self::{query::EventQuery, refusal::Refusal};
use crate::{
    Config, KEYS,
    catalogue::{self, genre::GENRES, quirk::Quirk},
    listing::{Listing, Standing},
    parameter::Parameters,
    quota::Quota,
    world::Stage,
};

/// Of the twelve shows of a day the last six are on sale here; the first three of them at Ticketmaster too.
const PLACES: Range<u64> = 6..12;

/// The oddities of SeatGeek's events.
const QUIRKS: [Quirk; 18] = [
    Quirk::TimeTba,
    Quirk::NullStats,
    Quirk::Parking,
    Quirk::EmptyStats,
    Quirk::OddPlaceholder,
    Quirk::NoStats,
    Quirk::EmptyImages,
    Quirk::DateTba,
    Quirk::ImageList,
    Quirk::NoPerformers,
    Quirk::NullImages,
    Quirk::CountrySpelling,
    Quirk::NoStatus,
    Quirk::Cancelled,
    Quirk::NoTimezone,
    Quirk::NoAddress,
    Quirk::Ends,
    Quirk::StraySpaces,
];

/// No number is published; a test may set one.
pub(crate) fn quota() -> Quota {
    Quota::new(u32::MAX, TimeDelta::hours(1))
}

pub(crate) fn listings(config: &Config) -> Vec<Listing> {
    catalogue::deal(config, GENRES, PLACES, &QUIRKS)
        .map(|(show, quirk)| {
            let title = match (quirk, &show.performers[..]) {
                (Some(Quirk::Parking), _) => format!("PARKING: {}", show.title),
                (Some(Quirk::StraySpaces), _) => format!("{}  ", show.title),
                // SeatGeek names the guests first.
                (_, [home, away]) if home.home.is_some() => format!("{} at {}", away.name, home.name),
                _ => show.title.clone(),
            };
            // What is going to be cancelled stays in the lists until three weeks before its day.
            let vanished =
                quirk == Some(Quirk::Cancelled) && show.start.date() - config.today < TimeDelta::days(21);
            let standing = if vanished {
                Standing::Cancelled
            } else {
                Standing::Scheduled
            };
            // Seven digits, growing with the day.
            let id = (show.number - 46_000_000) % 9_000_000 + 1_000_000;
            Listing::new(id.to_string(), show, title, quirk).standing(standing)
        })
        .collect()
}

/// There is no cancelled status: such an event is gone.
fn exists(listing: &Listing) -> bool {
    listing.standing != Standing::Cancelled
}

pub(crate) fn router<S: Clone + Send + Sync + 'static>(stage: &Stage) -> Router<S> {
    Router::new()
        .route("/2/events", get(search))
        .route("/2/events/{id}", get(detail))
        .route("/2/taxonomies", get(taxonomies))
        .fallback(|| async { Refusal::NotFound })
        .layer(middleware::from_fn_with_state(stage.clone(), gateway))
        .with_state(stage.clone())
}

async fn gateway(State(stage): State<Stage>, request: Request, next: Next) -> Response {
    // A second question mark in the address is answered as if the client were unknown.
    if request.uri().query().is_some_and(|query| query.contains('?')) || !authorized(&request) {
        return Refusal::ClientRequired.into_response();
    }
    if stage.imitation().quota.spend(1).over() {
        return Refusal::Throttled.into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::SERVER, HeaderValue::from_static("openresty"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=1800"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// `client_id`, optionally with `client_secret`, as parameters or by HTTP Basic.
fn authorized(request: &Request) -> bool {
    let parameters = Parameters::parse(request.uri().query());
    let basic = request.headers().get(header::AUTHORIZATION).and_then(|value| {
        let encoded = value.to_str().ok()?.strip_prefix("Basic ")?;
        String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()
    });
    let (id, secret) = match basic
        .as_deref()
        .map(|pair| pair.split_once(':').unwrap_or((pair, "")))
    {
        Some((id, secret)) => (Some(id), Some(secret).filter(|secret| !secret.is_empty())),
        None => (parameters.get("client_id"), parameters.get("client_secret")),
    };
    id == Some(KEYS.seatgeek_client_id) && secret.is_none_or(|secret| secret == KEYS.seatgeek_client_secret)
}

#[derive(Serialize)]
struct SearchResponse<'a> {
    events: Vec<&'a RawValue>,
    meta: Value,
}

async fn search(State(stage): State<Stage>, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    let parameters = Parameters::parse(query.as_deref());
    let query = EventQuery::parse(&parameters)?;
    let listings: Vec<Arc<Listing>> = stage.imitation().listings.all();
    let found = query.select(&listings);
    let (page, total) = query.page_of(&found);
    let meta = json!({
        "total": total,
        "took": 4,
        "page": query.page,
        "per_page": query.per_page,
        "geolocation": query.geolocation(),
    });
    let events = page
        .iter()
        .map(|listing| listing.rendered(render::event))
        .collect();
    Ok(Json(SearchResponse { events, meta }).into_response())
}

async fn detail(State(stage): State<Stage>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let listing = stage
        .imitation()
        .listings
        .get(&id)
        .filter(|listing| exists(listing));
    let listing = listing.ok_or(Refusal::NotFound)?;
    Ok(Json(listing.rendered(render::event)).into_response())
}

async fn taxonomies(RawQuery(query): RawQuery) -> Result<Json<Value>, Refusal> {
    let parameters = Parameters::parse(query.as_deref());
    let (page, per_page) = query::paging(&parameters)?;
    Ok(Json(taxonomy::list(page, per_page)))
}
