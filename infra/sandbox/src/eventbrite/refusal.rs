//! Eventbrite's errors: a client decides on `error`, never on the text.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Json, Response},
};
use serde_json::json;

use crate::fault::html;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    NoAuth,
    InvalidAuth,
    /// The resource is somebody else's.
    NotAuthorized,
    NoSuchPath,
    /// What kind of thing is unknown.
    NotFound(&'static str),
    /// Which argument is wrong.
    Argument(&'static str),
    BadPage,
    BadContinuationToken,
    HitRateLimit,
    ExpansionFailed,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, error, description) = match &self {
            Self::NoAuth => (
                StatusCode::UNAUTHORIZED,
                "NO_AUTH",
                "An OAuth token is required for all requests".to_owned(),
            ),
            Self::InvalidAuth => (
                StatusCode::UNAUTHORIZED,
                "INVALID_AUTH",
                "The OAuth token you provided was invalid.".to_owned(),
            ),
            Self::NotAuthorized => (
                StatusCode::FORBIDDEN,
                "NOT_AUTHORIZED",
                "You do not have permission to access the resource you requested.".to_owned(),
            ),
            Self::NoSuchPath => (
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                "The path you requested does not exist.".to_owned(),
            ),
            Self::NotFound(what) => (
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                format!("The {what} you requested does not exist."),
            ),
            Self::Argument(name) => (
                StatusCode::BAD_REQUEST,
                "ARGUMENTS_ERROR",
                format!("There are errors with your arguments: {name} - INVALID"),
            ),
            Self::BadPage => (
                StatusCode::BAD_REQUEST,
                "BAD_PAGE",
                "A page number was provided that was invalid.".to_owned(),
            ),
            Self::BadContinuationToken => (
                StatusCode::BAD_REQUEST,
                "BAD_CONTINUATION_TOKEN",
                "The continuation token passed was invalid.".to_owned(),
            ),
            Self::HitRateLimit => (
                StatusCode::TOO_MANY_REQUESTS,
                "HIT_RATE_LIMIT",
                "You have hit your rate limit. Default rate limits are 2,000 calls per hour.".to_owned(),
            ),
            Self::ExpansionFailed => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "EXPANSION_FAILED",
                "Unhandled error occurred during expansion".to_owned(),
            ),
        };
        let mut body =
            json!({"status_code": status.as_u16(), "error": error, "error_description": description});
        if let Self::Argument(name) = self {
            body["error_detail"] = json!({"ARGUMENTS_ERROR": {name: ["INVALID"]}});
        }
        (status, Json(body)).into_response()
    }
}

/// Eventbrite's answer of a status on request. Its documented 500 is a broken expansion; gateways send pages.
pub(crate) fn refusal(status: StatusCode) -> Response {
    match status {
        StatusCode::UNAUTHORIZED => Refusal::InvalidAuth.into_response(),
        StatusCode::FORBIDDEN => Refusal::NotAuthorized.into_response(),
        StatusCode::NOT_FOUND => Refusal::NotFound("event").into_response(),
        StatusCode::TOO_MANY_REQUESTS => Refusal::HitRateLimit.into_response(),
        StatusCode::INTERNAL_SERVER_ERROR => Refusal::ExpansionFailed.into_response(),
        _ => (status, html(status)).into_response(),
    }
}
