//! Errors as the caller sees them: the one place that turns failures into HTTP.

use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;

use domain::{FieldErrors, LocalEventId};
use http::{HeaderValue, StatusCode, header};
use providers::ProviderError;
use serde::Serialize;
use storage::StorageError;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::auth::AuthError;

/// A cause: for the log, never for the caller.
pub type Cause = Box<dyn Error + Send + Sync>;

/// Why a call has no good answer. `Display` is the sentence for the caller; the sources are for the log.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// 400: parameters, path or body break a rule.
    #[error("Invalid request.")]
    BadRequest(FieldErrors),
    /// 400: the event is not fit to be imported.
    #[error("Cannot import event. Event data validation failed.")]
    ValidationFailed(FieldErrors),
    /// 400: somebody imported it before.
    #[error("Event already imported")]
    AlreadyImported(LocalEventId),
    /// 401: no token, or one that proves nothing.
    #[error("Authentication required.")]
    Unauthenticated(#[source] AuthError),
    /// 403: the caller lacks the role.
    #[error("You do not have permission to perform this action.")]
    Forbidden,
    /// 404, with the sentence that says what was not found.
    #[error("{0}")]
    NotFound(&'static str),
    /// 405, with the methods that the path has.
    #[error("Method not allowed.")]
    MethodNotAllowed {
        /// The value of the `Allow` header.
        allow: String,
    },
    /// 412: what the caller read is not what is there now.
    #[error("The event has changed since it was read.")]
    PreconditionFailed,
    /// 413: a body over [`crate::Call::MAX_BODY`].
    #[error("Request body too large.")]
    TooLarge,
    /// 415: a body that is not declared as JSON.
    #[error("Request body must be JSON (Content-Type: application/json).")]
    UnsupportedMediaType,
    /// 422: the caller gave this name to another request.
    #[error("The Idempotency-Key was used for another request.")]
    IdempotencyKeyReused,
    /// 428: a change that does not say which state it is of.
    #[error("If-Match is required: send the ETag of the event as it was read.")]
    PreconditionRequired,
    /// 429: every provider asked limits our calls.
    #[error("External API rate limit exceeded. Please try again later.")]
    RateLimited {
        /// When to come back; a default where nobody knows.
        retry_after: Option<Duration>,
    },
    /// 503: every provider asked is unavailable.
    #[error("External API temporarily unavailable. Please try again later.")]
    Unavailable {
        /// When to come back; a default where nobody knows.
        retry_after: Option<Duration>,
    },
    /// 503: the function's time is over; nothing or everything was done, and asking again is safe.
    #[error("Not done in time. Please try again.")]
    OutOfTime,
    /// 503 in the same words, with what went wrong, for the log.
    #[error("External API temporarily unavailable. Please try again later.")]
    DependencyFailed {
        /// When to come back; a default where nobody knows.
        retry_after: Option<Duration>,
        /// What went wrong.
        #[source]
        cause: Cause,
    },
    /// 500: our fault. The caller learns nothing of the cause.
    #[error("Internal server error.")]
    Internal(#[source] Cause),
}

/// The envelope of every error.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorResponse {
    /// A sentence for the caller.
    pub error: String,
    /// The HTTP status, repeated.
    pub status_code: u16,
    /// Seconds after which trying again makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// The id under which the log has the cause.
    pub request_id: String,
    /// What is wrong, by field.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Vec<String>>>)]
    pub details: Option<FieldErrors>,
    /// The local event that an earlier import made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>)]
    pub local_event_id: Option<LocalEventId>,
    /// Its path on the platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_event_url: Option<String>,
}

impl ApiError {
    /// What a rate-limited caller is told when no provider said more: the shortest of the providers' own windows.
    const RATE_LIMIT_PAUSE: Duration = Duration::from_mins(1);

    /// What a caller is told when it is not known how long a failure lasts.
    const FAILURE_PAUSE: Duration = Duration::from_secs(30);

    /// How long DynamoDB needs, at most, to have capacity again.
    const STORE_PAUSE: Duration = Duration::from_secs(1);

    /// A failure that nothing about the call explains.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }

    /// A dependency that gives no answer now.
    pub fn dependency_failed(cause: impl Into<Cause>, retry_after: Option<Duration>) -> Self {
        Self::DependencyFailed {
            retry_after,
            cause: cause.into(),
        }
    }

    /// The HTTP status.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) | Self::ValidationFailed(_) | Self::AlreadyImported(_) => {
                StatusCode::BAD_REQUEST
            }
            Self::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable { .. } | Self::DependencyFailed { .. } | Self::OutOfTime => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// After how many seconds trying again makes sense: at least one, where it does at all.
    pub fn retry_after(&self) -> Option<u64> {
        let pause = match self {
            Self::OutOfTime => Self::STORE_PAUSE,
            Self::RateLimited { retry_after } => retry_after.unwrap_or(Self::RATE_LIMIT_PAUSE),
            Self::Unavailable { retry_after } | Self::DependencyFailed { retry_after, .. } => {
                retry_after.unwrap_or(Self::FAILURE_PAUSE)
            }
            _ => return None,
        };
        Some(
            pause
                .as_millis()
                .div_ceil(1000)
                .max(1)
                .try_into()
                .unwrap_or(u64::MAX),
        )
    }

    /// What is wrong with the request, by field.
    pub const fn details(&self) -> Option<&FieldErrors> {
        match self {
            Self::BadRequest(errors) | Self::ValidationFailed(errors) => Some(errors),
            _ => None,
        }
    }

    /// The local event that an earlier import made.
    pub const fn local_event_id(&self) -> Option<LocalEventId> {
        match self {
            Self::AlreadyImported(id) => Some(*id),
            _ => None,
        }
    }

    /// The answer that the caller gets.
    pub fn answer(&self, request_id: &str) -> Answer {
        let imported = self.local_event_id();
        let body = ErrorResponse {
            error: self.to_string(),
            status_code: self.status().as_u16(),
            retry_after: self.retry_after(),
            request_id: request_id.to_owned(),
            details: self.details().cloned(),
            local_event_id: imported,
            local_event_url: imported.map(LocalEventId::url),
        };
        // Of strings and numbers there is always JSON; an empty body would be the honest rest.
        let mut answer = Answer::json(self.status(), &body).unwrap_or_else(|_| Answer::empty(self.status()));
        if let Some(seconds) = body.retry_after {
            answer = answer.with(header::RETRY_AFTER, seconds.into());
        }
        match self {
            Self::MethodNotAllowed { allow } => match HeaderValue::from_str(allow) {
                Ok(allow) => answer.with(header::ALLOW, allow),
                Err(_) => answer,
            },
            Self::Unauthenticated(error) => answer.with(header::WWW_AUTHENTICATE, error.challenge()),
            _ => answer,
        }
    }

    /// Writes the cause to the log, with everything behind it: failures of ours as errors, those of others as
    /// warnings. What a caller did wrong stays out of the log.
    pub fn log(&self) {
        match self {
            Self::Internal(cause) => {
                tracing::error!(error = chain(cause.as_ref()), "the call failed");
            }
            Self::DependencyFailed { cause, .. } => {
                tracing::warn!(error = chain(cause.as_ref()), "a dependency is unavailable");
            }
            Self::Unauthenticated(error) => {
                tracing::info!(error = chain(error), "the call is not authenticated");
            }
            _ => {}
        }
    }
}

/// An error with all its sources, in one line.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // Writing to a string cannot fail.
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}

impl From<FieldErrors> for ApiError {
    fn from(errors: FieldErrors) -> Self {
        Self::BadRequest(errors)
    }
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        if error.is_ours() {
            Self::dependency_failed(error, None)
        } else {
            Self::Unauthenticated(error)
        }
    }
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        if error.is_throttled() || error.is_unavailable() {
            Self::dependency_failed(error, Some(Self::STORE_PAUSE))
        } else {
            Self::internal(error)
        }
    }
}

/// A provider that refuses our key, or that nobody configured, is unavailable to the caller; one that refuses our call
/// has found a fault of ours.
impl From<ProviderError> for ApiError {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::RateLimited { retry_after } => Self::RateLimited { retry_after },
            ProviderError::Refused { .. } | ProviderError::NotSearchable => Self::internal(error),
            ProviderError::NotConfigured
            | ProviderError::Unauthorized
            | ProviderError::Unavailable { .. } => {
                let retry_after = error.retry_after();
                Self::dependency_failed(error, retry_after)
            }
        }
    }
}
