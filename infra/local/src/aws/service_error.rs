//! Errors as the AWS JSON protocols write them.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// An error that a service answers with.
#[derive(Debug)]
pub(super) struct ServiceError {
    pub(super) status: StatusCode,
    /// The error's name in the service's model.
    pub(super) kind: &'static str,
    /// Its older name, which SQS still gives in `x-amzn-query-error`.
    pub(super) query_code: &'static str,
    pub(super) message: String,
}

impl ServiceError {
    /// An error of the caller's.
    pub(super) fn sender(kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind,
            query_code: kind,
            message: message.into(),
        }
    }

    pub(super) fn unknown_operation(target: &str) -> Self {
        Self::sender(
            "UnknownOperationException",
            format!("`{target}` is not emulated here"),
        )
    }

    /// Whether the caller is to blame.
    pub(super) fn is_sender_fault(&self) -> bool {
        self.status.is_client_error()
    }
}

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response {
        let fault = if self.is_sender_fault() {
            "Sender"
        } else {
            "Receiver"
        };
        let body = json!({"__type": self.kind, "message": self.message}).to_string();
        let mut response = (self.status, Body::from(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-amz-json-1.0"),
        );
        if let Ok(query_error) = HeaderValue::try_from(format!("{};{fault}", self.query_code)) {
            headers.insert("x-amzn-query-error", query_error);
        }
        response
    }
}
