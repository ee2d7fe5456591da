//! `/_control`: faults, changes to single events, and the calls received so far.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Json, Response},
    routing::get,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{
    KEYS, Provider,
    fault::Fault,
    listing::{Change, Listing},
    parameter::Parameters,
    world::World,
};

pub(crate) fn router() -> Router<Arc<World>> {
    let root = get(overview).delete(reset_all);
    Router::new()
        .route("/_control", root.clone())
        .route("/_control/", root)
        .route("/_control/requests", get(requests).delete(forget_requests))
        .route("/_control/{provider}", get(fault).put(set_fault).delete(reset))
        .route("/_control/{provider}/events", get(events).delete(restore_events))
        .route(
            "/_control/{provider}/events/{id}",
            get(event).patch(change_event).delete(restore_event),
        )
}

type Shared = State<Arc<World>>;

/// What the control API could not do.
#[derive(Debug, thiserror::Error)]
enum ControlError {
    #[error(transparent)]
    UnknownProvider(#[from] crate::UnknownProviderError),
    #[error("{0} has no event {1}")]
    UnknownEvent(Provider, String),
    #[error("not what this expects: {0}")]
    Body(serde_json::Error),
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Body(_) => StatusCode::BAD_REQUEST,
            Self::UnknownProvider(_) | Self::UnknownEvent(..) => StatusCode::NOT_FOUND,
        };
        (status, Json(json!({"error": self.to_string()}))).into_response()
    }
}

/// A body is read as JSON whatever its `Content-Type` says: `curl -d` would name the wrong one.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ControlError> {
    serde_json::from_slice(body).map_err(ControlError::Body)
}

async fn overview(State(world): Shared) -> Json<Value> {
    let providers = Provider::ALL.map(|provider| {
        let imitation = world.imitation(provider);
        json!({
            "provider": provider,
            "base_url": provider.url(world.address),
            "events": imitation.listings.all().len(),
            "fault": imitation.faults.current(),
        })
    });
    Json(json!({
        "today": world.config.today,
        "seed": world.config.seed,
        "keys": KEYS,
        "providers": providers,
    }))
}

async fn fault(State(world): Shared, Path(provider): Path<String>) -> Result<Json<Fault>, ControlError> {
    let provider: Provider = provider.parse()?;
    Ok(Json(world.imitation(provider).faults.current()))
}

async fn set_fault(
    State(world): Shared,
    Path(provider): Path<String>,
    body: Bytes,
) -> Result<Json<Fault>, ControlError> {
    let provider: Provider = provider.parse()?;
    let fault: Fault = parse(&body)?;
    put_in_force(&world, provider, fault.clone());
    Ok(Json(fault))
}

fn put_in_force(world: &World, provider: Provider, fault: Fault) {
    let imitation = world.imitation(provider);
    imitation.quota.reset(fault.quota);
    imitation.spike_arrest.reset(fault.spike_arrest);
    imitation.faults.set(fault);
}

async fn reset(State(world): Shared, Path(provider): Path<String>) -> Result<StatusCode, ControlError> {
    reset_one(&world, provider.parse()?);
    Ok(StatusCode::NO_CONTENT)
}

async fn reset_all(State(world): Shared) -> StatusCode {
    for provider in Provider::ALL {
        reset_one(&world, provider);
    }
    world.journal.clear();
    StatusCode::NO_CONTENT
}

fn reset_one(world: &World, provider: Provider) {
    if provider == Provider::Meetup {
        world.tokens.revoke();
    }
    put_in_force(world, provider, Fault::default());
    world.imitation(provider).listings.restore_all();
}

async fn requests(State(world): Shared, RawQuery(query): RawQuery) -> Result<Json<Value>, ControlError> {
    let parameters = Parameters::parse(query.as_deref());
    let provider = parameters.get("provider").map(str::parse).transpose()?;
    let requests = world.journal.requests(provider);
    Ok(Json(json!({"count": requests.len(), "requests": requests})))
}

async fn forget_requests(State(world): Shared) -> StatusCode {
    world.journal.clear();
    StatusCode::NO_CONTENT
}

fn describe(listing: &Listing) -> Value {
    json!({
        "id": listing.id,
        "title": listing.title,
        "start_local": listing.start,
        "start_utc": listing.start_utc,
        "venue": listing.show.venue.name,
        "city": listing.show.venue.city.name,
        "genre": listing.show.genre.name,
        "quirk": listing.quirk,
        "standing": listing.standing,
        "garbage": listing.garbage,
    })
}

/// The provider's events, so that a test finds one of the kind that it is about.
async fn events(
    State(world): Shared,
    Path(provider): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ControlError> {
    let provider: Provider = provider.parse()?;
    let parameters = Parameters::parse(query.as_deref());
    let quirk = parameters.get("quirk");
    let limit = parameters
        .get("limit")
        .and_then(|limit| limit.parse().ok())
        .unwrap_or(50);
    let upcoming = parameters.get("upcoming") == Some("true");
    let all = world.imitation(provider).listings.all();
    let events: Vec<_> = all
        .iter()
        .filter(|listing| !upcoming || listing.start.date() > world.config.today)
        .map(|listing| describe(listing))
        .filter(|event| match quirk {
            None => true,
            Some("none") => event["quirk"].is_null(),
            Some(quirk) => event["quirk"] == quirk,
        })
        .take(limit)
        .collect();
    Ok(Json(json!({"events": events})))
}

async fn event(
    State(world): Shared,
    Path((provider, id)): Path<(String, String)>,
) -> Result<Json<Value>, ControlError> {
    let provider: Provider = provider.parse()?;
    let listing = world.imitation(provider).listings.get(&id);
    listing
        .map(|listing| Json(describe(&listing)))
        .ok_or(ControlError::UnknownEvent(provider, id))
}

async fn change_event(
    State(world): Shared,
    Path((provider, id)): Path<(String, String)>,
    body: Bytes,
) -> Result<Json<Value>, ControlError> {
    let provider: Provider = provider.parse()?;
    let change: Change = parse(&body)?;
    let listing = world.imitation(provider).listings.change(&id, &change);
    listing
        .map(|listing| Json(describe(&listing)))
        .ok_or(ControlError::UnknownEvent(provider, id))
}

async fn restore_event(
    State(world): Shared,
    Path((provider, id)): Path<(String, String)>,
) -> Result<Json<Value>, ControlError> {
    let provider: Provider = provider.parse()?;
    let listing = world.imitation(provider).listings.restore(&id);
    listing
        .map(|listing| Json(describe(&listing)))
        .ok_or(ControlError::UnknownEvent(provider, id))
}

async fn restore_events(
    State(world): Shared,
    Path(provider): Path<String>,
) -> Result<StatusCode, ControlError> {
    world.imitation(provider.parse()?).listings.restore_all();
    Ok(StatusCode::NO_CONTENT)
}
