//! Eventbrite API v3: no public search; events by id, organization, organizer, venue and series.

mod category;
mod query;
mod refusal;
mod render;

use std::{ops::Range, sync::Arc};

use axum::{
    Router,
    extract::{Path, RawQuery, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Json, Response},
    routing::get,
};
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

pub(crate) use self::refusal::refusal;
use self::{
    query::{EventsQuery, Expansions, Paging},
    refusal::Refusal,
};
use crate::{
    Config, KEYS,
    catalogue::{self, genre::GATHERINGS, quirk::Quirk},
    listing::{Listing, Standing},
    parameter::Parameters,
    quota::{Quota, Spent},
    world::Stage,
};

/// Of a day's gatherings the first two are here.
const PLACES: Range<u64> = 12..14;

/// The oddities of Eventbrite's events.
const QUIRKS: [Quirk; 17] = [
    Quirk::Online,
    Quirk::CancelledQuietly,
    Quirk::Free,
    Quirk::SeriesParent,
    Quirk::Occurrence,
    Quirk::Cancelled,
    Quirk::SoldOut,
    Quirk::NoVenue,
    Quirk::Donation,
    Quirk::BareVenue,
    Quirk::NoImages,
    Quirk::NoCategory,
    Quirk::Draft,
    Quirk::StaleStatus,
    Quirk::OneImage,
    Quirk::HiddenDates,
    Quirk::StraySpaces,
];

/// How many organizers there are; each stands in for an organization of its own.
const ORGANIZERS: usize = 6;

/// The organizations to which the accepted token belongs; the events of the others' are forbidden to it.
pub const EVENTBRITE_ORGANIZATION_IDS: [&str; 2] = ["768000000000", "768000000001"];

/// Organizers whose public events any token may read.
pub const EVENTBRITE_ORGANIZER_IDS: [&str; ORGANIZERS] = [
    "48000000000",
    "48000000001",
    "48000000002",
    "48000000003",
    "48000000004",
    "48000000005",
];

/// 2,000 calls an hour for a token.
pub(crate) fn quota() -> Quota {
    Quota::new(2_000, TimeDelta::hours(1))
}

pub(crate) fn listings(config: &Config) -> Vec<Listing> {
    catalogue::deal(config, GATHERINGS, PLACES, &QUIRKS)
        .map(|(show, quirk)| {
            // Thirteen digits: more than 32 bits hold.
            let id = (1_200_000_000_000 + show.number).to_string();
            let title = match quirk {
                Some(Quirk::StraySpaces) => format!(" {} ", show.title),
                _ => show.title.clone(),
            };
            let standing = match quirk {
                Some(Quirk::Cancelled) => Standing::Cancelled,
                _ => Standing::Scheduled,
            };
            Listing::new(id, show, title, quirk).standing(standing)
        })
        .collect()
}

pub(crate) fn router<S: Clone + Send + Sync + 'static>(stage: &Stage) -> Router<S> {
    Router::new()
        .route("/v3/events/", get(several))
        .route("/v3/events/{id}/", get(event))
        .route("/v3/events/{id}/description/", get(description))
        .route("/v3/events/{id}/ticket_classes/", get(ticket_classes))
        .route("/v3/organizations/{id}/events/", get(organization_events))
        .route("/v3/organizers/{id}/", get(organizer))
        .route("/v3/organizers/{id}/events/", get(organizer_events))
        .route("/v3/venues/{id}/", get(venue))
        .route("/v3/venues/{id}/events/", get(venue_events))
        .route("/v3/series/{id}/", get(series))
        .route("/v3/series/{id}/events/", get(series_events))
        .route("/v3/categories/", get(categories))
        .route("/v3/categories/{id}/", get(one_category))
        .route("/v3/subcategories/", get(subcategories))
        .route("/v3/users/me/organizations/", get(organizations))
        .fallback(|| async { Refusal::NoSuchPath })
        .layer(middleware::from_fn_with_state(stage.clone(), gateway))
        .with_state(stage.clone())
}

async fn gateway(State(stage): State<Stage>, request: Request, next: Next) -> Response {
    let uri = request.uri();
    if !uri.path().ends_with('/') {
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        return moved(&format!("/{}{}/{query}", stage.provider, uri.path()));
    }
    match token(&request).as_deref() {
        None => return Refusal::NoAuth.into_response(),
        Some(token) if token != KEYS.eventbrite_token => return Refusal::InvalidAuth.into_response(),
        Some(_) => {}
    }
    let spent = stage.imitation().quota.spend(1);
    let mut response = if spent.over() {
        Refusal::HitRateLimit.into_response()
    } else {
        next.run(request).await
    };
    response.headers_mut().insert("X-Rate-Limit", rate(&spent));
    response
}

/// Every path ends with a slash; without it the caller is sent there.
fn moved(location: &str) -> Response {
    let location = HeaderValue::from_str(location).unwrap_or_else(|_| HeaderValue::from_static("/"));
    (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, location)]).into_response()
}

fn token(request: &Request) -> Option<String> {
    let bearer = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let bearer = bearer
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(str::to_owned);
    bearer.or_else(|| {
        Parameters::parse(request.uri().query())
            .get("token")
            .map(str::to_owned)
    })
}

/// One header with two buckets: what is used of the limit, and the seconds until it begins anew.
fn rate(spent: &Spent) -> HeaderValue {
    let seconds = (spent.resets_at - Utc::now()).num_seconds().max(0);
    let bucket = format!("{}/{} reset={seconds}s", spent.used.min(spent.limit), spent.limit);
    let value = format!("token:SANDBOX {bucket}, key:SANDBOXKEY {bucket}");
    HeaderValue::from_str(&value).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn find(stage: &Stage, id: &str) -> Result<Arc<Listing>, Refusal> {
    stage
        .imitation()
        .listings
        .get(id)
        .ok_or(Refusal::NotFound("event"))
}

async fn event(
    State(stage): State<Stage>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refusal> {
    let expansions = Expansions::parse(&Parameters::parse(query.as_deref()))?;
    let listing = find(&stage, &id)?;
    Ok(Json(render::event(
        &listing,
        stage.world.config.today,
        &expansions,
    )))
}

async fn several(State(stage): State<Stage>, RawQuery(query): RawQuery) -> Result<Json<Value>, Refusal> {
    let parameters = Parameters::parse(query.as_deref());
    let ids = parameters
        .list("event_ids")
        .ok_or(Refusal::Argument("event_ids"))?;
    let found: Vec<_> = ids
        .iter()
        .filter_map(|id| stage.imitation().listings.get(id))
        .collect();
    page(
        &stage,
        &parameters,
        &found.iter().map(AsRef::as_ref).collect::<Vec<_>>(),
    )
}

/// A page of events in the shape that every list of them has.
fn page(stage: &Stage, parameters: &Parameters, found: &[&Listing]) -> Result<Json<Value>, Refusal> {
    let expansions = Expansions::parse(parameters)?;
    let paging = Paging::parse(parameters)?;
    let (range, pagination) = paging.cut(found.len())?;
    let today = stage.world.config.today;
    let events: Vec<_> = found[range]
        .iter()
        .map(|listing| render::event(listing, today, &expansions))
        .collect();
    Ok(Json(json!({"pagination": pagination, "events": events})))
}

/// The events of an owner of any kind.
fn owned(
    stage: &Stage,
    query: Option<&str>,
    kind: &'static str,
    owns: impl Fn(&Listing) -> bool,
) -> Result<Json<Value>, Refusal> {
    let parameters = Parameters::parse(query);
    let query = EventsQuery::parse(&parameters, stage.world.config.today)?;
    let listings = stage.imitation().listings.all();
    let owned: Vec<_> = listings
        .iter()
        .map(AsRef::as_ref)
        .filter(|listing| owns(listing))
        .collect();
    if owned.is_empty() {
        return Err(Refusal::NotFound(kind));
    }
    page(stage, &parameters, &query.select(owned))
}

async fn organization_events(
    State(stage): State<Stage>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refusal> {
    if !EVENTBRITE_ORGANIZATION_IDS.contains(&id.as_str()) {
        return Err(Refusal::NotAuthorized);
    }
    let parents = Parameters::parse(query.as_deref()).get("show_series_parent") == Some("true");
    owned(&stage, query.as_deref(), "organization", |listing| {
        render::organization_id(listing) == id && (parents || listing.quirk != Some(Quirk::SeriesParent))
    })
}

async fn organizer_events(
    State(stage): State<Stage>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refusal> {
    owned(&stage, query.as_deref(), "organizer", |listing| {
        render::organizer_id(listing) == id
    })
}

async fn venue_events(
    State(stage): State<Stage>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refusal> {
    owned(&stage, query.as_deref(), "venue", |listing| {
        render::venue_id(listing).as_deref() == Some(&id)
    })
}

async fn series_events(
    State(stage): State<Stage>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refusal> {
    owned(&stage, query.as_deref(), "series", |listing| {
        listing.quirk == Some(Quirk::Occurrence) && render::series_id(listing).as_deref() == Some(&id)
    })
}

async fn series(
    State(stage): State<Stage>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refusal> {
    let expansions = Expansions::parse(&Parameters::parse(query.as_deref()))?;
    let listings = stage.imitation().listings.all();
    let first = listings
        .iter()
        .find(|listing| render::series_id(listing).as_deref() == Some(&id));
    let first = first.ok_or(Refusal::NotFound("series"))?;
    let mut parent = render::event(first, stage.world.config.today, &expansions);
    parent["id"] = json!(id);
    parent["resource_uri"] = json!(format!("https://www.eventbriteapi.com/v3/series/{id}/"));
    parent["is_series_parent"] = json!(true);
    Ok(Json(parent))
}

async fn description(State(stage): State<Stage>, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    Ok(Json(
        json!({"description": render::description(&*find(&stage, &id)?)}),
    ))
}

async fn ticket_classes(State(stage): State<Stage>, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let listing = find(&stage, &id)?;
    let (_, pagination) = Paging::default().cut(1)?;
    Ok(Json(
        json!({"pagination": pagination, "ticket_classes": [render::ticket_class(&listing)]}),
    ))
}

async fn venue(State(stage): State<Stage>, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let listings = stage.imitation().listings.all();
    let there = listings
        .iter()
        .find(|listing| render::venue_id(listing).as_deref() == Some(&id));
    there
        .map(|listing| Json(render::venue(listing)))
        .ok_or(Refusal::NotFound("venue"))
}

async fn organizer(State(stage): State<Stage>, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let listings = stage.imitation().listings.all();
    let theirs = listings
        .iter()
        .find(|listing| render::organizer_id(listing) == id);
    theirs
        .map(|listing| Json(render::organizer(listing)))
        .ok_or(Refusal::NotFound("organizer"))
}

async fn organizations() -> Result<Json<Value>, Refusal> {
    let own = EVENTBRITE_ORGANIZATION_IDS
        .map(|id| json!({"_type": "organization", "id": id, "name": "Sandbox House"}));
    let (_, pagination) = Paging::default().cut(own.len())?;
    Ok(Json(json!({"pagination": pagination, "organizations": own})))
}

async fn categories(RawQuery(query): RawQuery) -> Result<Json<Value>, Refusal> {
    let all = category::categories();
    let (range, pagination) = Paging::parse(&Parameters::parse(query.as_deref()))?.cut(all.len())?;
    Ok(Json(
        json!({"locale": "en_US", "pagination": pagination, "categories": all[range]}),
    ))
}

async fn one_category(Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    category::category(&id)
        .map(Json)
        .ok_or(Refusal::NotFound("category"))
}

async fn subcategories(RawQuery(query): RawQuery) -> Result<Json<Value>, Refusal> {
    let all = category::subcategories();
    let (range, pagination) = Paging::parse(&Parameters::parse(query.as_deref()))?.cut(all.len())?;
    Ok(Json(
        json!({"locale": "en_US", "pagination": pagination, "subcategories": all[range]}),
    ))
}
