//! Meetup's GraphQL at gql-ext: a token by signed assertion, errors under status 200, pages that overlap.

mod graphql;
mod query;
mod render;
mod schema;
mod token;

use std::ops::Range;

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Json, Response},
    routing::post,
};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub(crate) use self::token::Tokens;
use self::{graphql::GraphqlError, query::resolve};
use crate::{
    Config,
    catalogue::{self, chance::Chance, genre::GATHERINGS, place::CITIES, quirk::Quirk},
    fault::html,
    listing::{Listing, Standing},
    quota::Quota,
    world::Stage,
};

/// Of a day's gatherings the last three are here.
const PLACES: Range<u64> = 14..17;

/// The oddities of Meetup's events.
const QUIRKS: [Quirk; 17] = [
    Quirk::Online,
    Quirk::Occurrence,
    Quirk::Hybrid,
    Quirk::ChangedId,
    Quirk::Cancelled,
    Quirk::NoSeconds,
    Quirk::Priced,
    Quirk::NoVenue,
    Quirk::BracketedZone,
    Quirk::NoEnd,
    Quirk::BareVenue,
    Quirk::Donation,
    Quirk::NoImages,
    Quirk::Draft,
    Quirk::UnknownStatus,
    Quirk::NoTimezone,
    Quirk::StraySpaces,
];

/// 500 points in 60 seconds.
pub(crate) fn quota() -> Quota {
    Quota::new(500, TimeDelta::seconds(60))
}

/// The urlnames of all groups: one a city.
pub(crate) fn groups() -> Vec<String> {
    CITIES.iter().map(render::urlname).collect()
}

pub(crate) fn listings(config: &Config) -> Vec<Listing> {
    catalogue::deal(config, GATHERINGS, PLACES, &QUIRKS)
        .map(|(show, quirk)| {
            // Occurrences of a series, touched or not, have letters; everything else has digits.
            let id = match quirk {
                Some(Quirk::Occurrence | Quirk::ChangedId) => letters(config.seed, show.number),
                _ => render::digits(show.number),
            };
            let title = match quirk {
                Some(Quirk::StraySpaces) => format!(" {} ", show.title),
                _ => show.title.clone(),
            };
            let standing = if quirk == Some(Quirk::Cancelled) {
                Standing::Cancelled
            } else {
                Standing::Scheduled
            };
            Listing::new(id, show, title, quirk).standing(standing)
        })
        .collect()
}

fn letters(seed: u64, number: u64) -> String {
    let mut chance = Chance::new(&[seed, number, 2]);
    (0..13)
        .map(|_| char::from(*chance.pick(b"abcdefghijklmnopqrstuvwxyz")))
        .collect()
}

pub(crate) fn router<S: Clone + Send + Sync + 'static>(stage: &Stage) -> Router<S> {
    Router::new()
        .route("/gql-ext", post(answer))
        .route("/gql", post(turned_off))
        .route("/oauth2/access", post(token::grant))
        .fallback(|_: Request| async { (StatusCode::NOT_FOUND, html(StatusCode::NOT_FOUND)) })
        .with_state(stage.clone())
}

/// The address of 2021 to 2025.
async fn turned_off() -> Response {
    let message = "This API endpoint is deprecated and will be turned off soon. You need to either update your app or \
                   migrate to the new API.";
    (
        StatusCode::SERVICE_UNAVAILABLE,
        Json(json!({"errors": [{"message": message}]})),
    )
        .into_response()
}

#[derive(Debug, Deserialize)]
struct GraphqlRequest {
    query: String,
    #[serde(default)]
    variables: Option<Map<String, Value>>,
}

/// Everything that goes wrong inside GraphQL is told under status 200.
async fn answer(State(stage): State<Stage>, headers: HeaderMap, body: Bytes) -> Response {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|value| {
        value
            .strip_prefix("Bearer ")
            .or_else(|| value.strip_prefix("bearer "))
    });
    if !token.is_some_and(|token| stage.world.tokens.hold(token)) {
        return auth_fail();
    }
    let Ok(request) = serde_json::from_slice::<GraphqlRequest>(&body) else {
        return (StatusCode::BAD_REQUEST, html(StatusCode::BAD_REQUEST)).into_response();
    };
    let variables = request.variables.unwrap_or_default();
    let document = graphql::parse(&request.query, &variables).and_then(|document| {
        schema::validate(&document, &variables)?;
        Ok(document)
    });
    let document = match document {
        Ok(document) => document,
        Err(error) => return Json(json!({"errors": [error.to_json()]})).into_response(),
    };
    // A point for each root field, so that aliases are no way around the limit.
    let points = u32::try_from(document.selections.len()).unwrap_or(u32::MAX);
    let spent = stage.imitation().quota.spend(points);
    if spent.over() {
        return rate_limited(spent.limit, spent.resets_at);
    }
    Json(json!({"data": resolve(&stage, &document)})).into_response()
}

fn auth_fail() -> Response {
    let body = json!({"errors": [{"code": "auth_fail", "message": "Invalid oauth credentials"}]});
    (StatusCode::UNAUTHORIZED, Json(body)).into_response()
}

fn rate_limited(consumed: u32, resets_at: DateTime<Utc>) -> Response {
    let error = json!({
        "message": "Too many requests, please try again shortly.",
        "extensions": {
            "code": "RATE_LIMITED",
            "consumedPoints": consumed,
            "resetAt": resets_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        },
    });
    Json(json!({"errors": [error]})).into_response()
}

/// Meetup's answer of a status on request; its 429 is an error under 200 that says itself when to come back.
pub(crate) fn refusal(status: StatusCode, retry_after: Option<u32>) -> Response {
    match status {
        StatusCode::UNAUTHORIZED => auth_fail(),
        StatusCode::TOO_MANY_REQUESTS => {
            let wait = TimeDelta::seconds(retry_after.unwrap_or(60).into());
            rate_limited(500, Utc::now() + wait)
        }
        StatusCode::INTERNAL_SERVER_ERROR => {
            let error = GraphqlError::internal("Exception while fetching data").to_json();
            Json(json!({"data": null, "errors": [error]})).into_response()
        }
        _ => (status, html(status)).into_response(),
    }
}
