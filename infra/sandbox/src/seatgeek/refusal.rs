//! SeatGeek's errors.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Json, Response},
};
use serde_json::json;

use crate::fault::html;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Code 40307: no client, or a wrong one.
    ClientRequired,
    PageSize,
    /// A value that cannot be read. That it is 400 is certain, the wording is not.
    Value {
        parameter: String,
    },
    /// Unknown, or cancelled and therefore gone.
    NotFound,
    /// The network filter's 406: there is no 429 here.
    Throttled,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::ClientRequired => {
                let message = "Client is required - visit \"https://seatgeek.com/account/develop\"";
                let body = json!({
                    "errors": [{"code": 40307, "message": message}],
                    "message": message,
                    "status": 403,
                    "meta": {"status": 403},
                });
                return (StatusCode::FORBIDDEN, Json(body)).into_response();
            }
            Self::Throttled => {
                return (StatusCode::NOT_ACCEPTABLE, html(StatusCode::NOT_ACCEPTABLE)).into_response();
            }
            Self::PageSize => (
                StatusCode::BAD_REQUEST,
                "page size too large. maximum 5000".to_owned(),
            ),
            Self::Value { parameter } => (StatusCode::BAD_REQUEST, format!("invalid value for {parameter}")),
            Self::NotFound => (StatusCode::NOT_FOUND, "Not found".to_owned()),
        };
        let code = status.as_u16();
        (
            status,
            Json(json!({"status": code, "message": message, "meta": {"status": code}})),
        )
            .into_response()
    }
}

/// SeatGeek's answer of a status on request.
pub(crate) fn refusal(status: StatusCode) -> Response {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Refusal::ClientRequired.into_response(),
        StatusCode::NOT_FOUND => Refusal::NotFound.into_response(),
        StatusCode::BAD_REQUEST => Refusal::PageSize.into_response(),
        StatusCode::NOT_ACCEPTABLE => Refusal::Throttled.into_response(),
        _ => (status, html(status)).into_response(),
    }
}
