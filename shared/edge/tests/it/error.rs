use std::time::Duration;

use domain::{FieldErrors, LocalEventId};
use edge::ApiError;
use edge::auth::AuthError;
use edge::error::chain;
use http::StatusCode;
use lambda_http::Body;
use providers::{Fault, ProviderError};
use serde_json::{Value, json};
use test_case::test_case;

use crate::gate::answer;

#[test_case(ApiError::BadRequest(FieldErrors::of("q", "must be given")),
    400, &json!({"error": "Invalid request.", "details": {"q": ["must be given"]}}); "bad request")]
#[test_case(ApiError::ValidationFailed(FieldErrors::of("start_time", "Start time must be in the future")),
    400, &json!({"error": "Cannot import event. Event data validation failed.",
                 "details": {"start_time": ["Start time must be in the future"]}}); "validation")]
#[test_case(ApiError::AlreadyImported(LocalEventId::new(789)),
    400, &json!({"error": "Event already imported", "local_event_id": 789, "local_event_url": "/events/789/"}); "already imported")]
#[test_case(ApiError::Unauthenticated(AuthError::Missing), 401, &json!({"error": "Authentication required."}); "no token")]
#[test_case(ApiError::Forbidden, 403, &json!({"error": "You do not have permission to perform this action."}); "a role short")]
#[test_case(ApiError::NotFound("Event not found"), 404, &json!({"error": "Event not found"}); "not found")]
#[test_case(ApiError::MethodNotAllowed { allow: "GET".to_owned() }, 405, &json!({"error": "Method not allowed."}); "method")]
#[test_case(ApiError::PreconditionFailed, 412, &json!({"error": "The event has changed since it was read."}); "stale")]
#[test_case(ApiError::IdempotencyKeyReused, 422, &json!({"error": "The Idempotency-Key was used for another request."}); "key reused")]
#[test_case(ApiError::PreconditionRequired,
    428, &json!({"error": "If-Match is required: send the ETag of the event as it was read."}); "no precondition")]
#[test_case(ApiError::OutOfTime, 503, &json!({"error": "Not done in time. Please try again.", "retry_after": 1}); "out of time")]
#[test_case(ApiError::TooLarge, 413, &json!({"error": "Request body too large."}); "too large")]
#[test_case(ApiError::UnsupportedMediaType,
    415, &json!({"error": "Request body must be JSON (Content-Type: application/json)."}); "no json")]
#[test_case(ApiError::RateLimited { retry_after: Some(Duration::from_hours(1)) },
    429, &json!({"error": "External API rate limit exceeded. Please try again later.", "retry_after": 3600}); "rate limited")]
#[test_case(ApiError::RateLimited { retry_after: None },
    429, &json!({"error": "External API rate limit exceeded. Please try again later.", "retry_after": 60}); "rate limited for nobody knows how long")]
#[test_case(ApiError::Unavailable { retry_after: Some(Duration::from_millis(1)) },
    503, &json!({"error": "External API temporarily unavailable. Please try again later.", "retry_after": 1}); "unavailable for less than a second")]
#[test_case(ApiError::dependency_failed("the secret cause", None),
    503, &json!({"error": "External API temporarily unavailable. Please try again later.", "retry_after": 30}); "a dependency failed")]
#[test_case(ApiError::internal("the secret cause"), 500, &json!({"error": "Internal server error."}); "our fault")]
fn speaks_of_each_failure_in_one_envelope(error: ApiError, status: u16, expected: &Value) {
    let (parts, body) = answer(&error.answer("the-request")).into_parts();
    let Body::Text(body) = body else {
        panic!("{body:?}")
    };
    let mut expected = expected.clone();
    expected["status_code"] = json!(status);
    expected["request_id"] = json!("the-request");
    assert_eq!(parts.status, status);
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), expected);
    let retry_after = parts
        .headers
        .get("retry-after")
        .map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(retry_after, expected.get("retry_after").map(Value::to_string));
}

#[test]
fn tells_how_to_authenticate() {
    let challenge = |error| {
        let answer = answer(&ApiError::Unauthenticated(error).answer("-"));
        answer.headers()["www-authenticate"].to_str().unwrap().to_owned()
    };
    assert_eq!(challenge(AuthError::Missing), r#"Bearer realm="external-events""#);
    assert!(challenge(AuthError::Expired).ends_with(r#"error="invalid_token""#));
}

#[test]
fn names_the_allowed_methods() {
    let error = ApiError::MethodNotAllowed {
        allow: "GET, PATCH".to_owned(),
    };
    assert_eq!(answer(&error.answer("-")).headers()["allow"], "GET, PATCH");
}

#[test_case(ProviderError::RateLimited { retry_after: Some(Duration::from_secs(5)) }, 429, Some(5))]
#[test_case(ProviderError::Unavailable { retry_after: Some(Duration::from_secs(9)), fault: Fault::NotJson }, 503, Some(9))]
#[test_case(ProviderError::NotConfigured, 503, Some(30))]
#[test_case(ProviderError::Unauthorized, 503, Some(30))]
#[test_case(ProviderError::Refused { status: 400, code: None }, 500, None)]
fn says_what_a_providers_failure_means_to_the_caller(
    error: ProviderError,
    status: u16,
    retry_after: Option<u64>,
) {
    let error = ApiError::from(error);
    assert_eq!(error.status(), StatusCode::from_u16(status).unwrap());
    assert_eq!(error.retry_after(), retry_after);
}

#[test]
fn shows_a_chain_of_errors_in_one_line() {
    let error = ProviderError::from(Fault::NotJson);
    assert_eq!(
        chain(&error),
        "the provider is unavailable: it answered with something else than JSON"
    );
}
