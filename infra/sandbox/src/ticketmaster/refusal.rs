//! The two families of Ticketmaster's errors: the gateway's `fault` and the API's `errors`.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Json, Response},
};
use serde_json::{Value, json};

use crate::{KEYS, fault::html};

/// Why Ticketmaster does not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    KeyMissing,
    KeyUnknown,
    QuotaExceeded,
    SpikeArrest,
    /// DIS1015.
    DateFormat,
    /// DIS1036.
    Size,
    /// DIS1035.
    PagingDepth,
    /// DIS1024.
    ResultWindow,
    /// A value of the wrong kind. That it is 400 is known, its code is not: clients go by the status.
    Value {
        parameter: &'static str,
    },
    /// DIS1004.
    NotFound {
        id: String,
        locale: String,
    },
    NoSuchPath,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Self::KeyMissing => fault(
                StatusCode::UNAUTHORIZED,
                "Failed to resolve API Key variable request.queryparam.apikey",
                "steps.oauth.v2.FailedToResolveAPIKey",
            ),
            Self::KeyUnknown => fault(
                StatusCode::UNAUTHORIZED,
                "Invalid ApiKey",
                "oauth.v2.InvalidApiKey",
            ),
            // The real body repeats the caller's key, so that whoever logs it leaks it.
            Self::QuotaExceeded => fault(
                StatusCode::TOO_MANY_REQUESTS,
                &format!(
                    "Rate limit quota violation. Quota limit  exceeded. Identifier : {}",
                    KEYS.ticketmaster_api_key
                ),
                "policies.ratelimit.QuotaViolation",
            ),
            Self::SpikeArrest => fault(
                StatusCode::TOO_MANY_REQUESTS,
                "Spike arrest violation. Allowed rate : MessageRate{messagesPerPeriod=5, \
                 periodInMicroseconds=1000000, maxBurstMessageCount=1.0}",
                "policies.ratelimit.SpikeArrestViolation",
            ),
            Self::DateFormat => errors(
                StatusCode::BAD_REQUEST,
                "DIS1015",
                "Query param with date must be of valid format YYYY-MM-DDTHH:mm:ssZ {example: \
                 2020-08-01T14:00:00Z }",
                ("400 BAD_REQUEST", "self"),
            ),
            Self::Size => errors(
                StatusCode::BAD_REQUEST,
                "DIS1036",
                "Query param \"size\" must be less than 200",
                ("400", "about"),
            ),
            Self::PagingDepth => errors(
                StatusCode::BAD_REQUEST,
                "DIS1035",
                "API Limits Exceeded: Max paging depth exceeded. (page * size) must be less than 1,000",
                ("400", "about"),
            ),
            Self::ResultWindow => errors(
                StatusCode::BAD_REQUEST,
                "DIS1024",
                "Results limit exceeded",
                ("400", "about"),
            ),
            Self::Value { parameter } => errors(
                StatusCode::BAD_REQUEST,
                "DIS1000",
                &format!("Query param \"{parameter}\" has an invalid value"),
                ("400 BAD_REQUEST", "self"),
            ),
            Self::NotFound { id, locale } => errors(
                StatusCode::NOT_FOUND,
                "DIS1004",
                &format!("Resource not found with provided criteria (locale={locale}, id={id})"),
                ("404", "about"),
            ),
            Self::NoSuchPath => return (StatusCode::NOT_FOUND, html(StatusCode::NOT_FOUND)).into_response(),
        };
        (status, Json(body)).into_response()
    }
}

fn fault(status: StatusCode, faultstring: &str, errorcode: &str) -> (StatusCode, Value) {
    (
        status,
        json!({"fault": {"faultstring": faultstring, "detail": {"errorcode": errorcode}}}),
    )
}

/// The status inside the body is text, in two spellings, and the link has two names.
fn errors(
    status: StatusCode,
    code: &str,
    detail: &str,
    (printed, link): (&str, &str),
) -> (StatusCode, Value) {
    let links = json!({link: {"href": format!("/discovery/v2/errors.html#{code}")}});
    (
        status,
        json!({"errors": [{"code": code, "detail": detail, "status": printed, "_links": links}]}),
    )
}

/// Ticketmaster's answer of a status on request; its gateway's 5xx are web pages.
pub(crate) fn refusal(status: StatusCode) -> Response {
    match status {
        StatusCode::UNAUTHORIZED => Refusal::KeyUnknown.into_response(),
        StatusCode::TOO_MANY_REQUESTS => Refusal::QuotaExceeded.into_response(),
        StatusCode::NOT_FOUND => Refusal::NotFound {
            id: "unknown".to_owned(),
            locale: "en-us".to_owned(),
        }
        .into_response(),
        StatusCode::BAD_REQUEST => Refusal::DateFormat.into_response(),
        _ => (status, html(status)).into_response(),
    }
}
