//! What an answer's status means: one mapping for all providers, with what differs as an argument.

use ::http::StatusCode;
use bytes::Bytes;
use chrono::Utc;
use serde::Deserialize;

use crate::error::{Fault, ProviderError};
use crate::http::{Answer, retry_after};
use crate::lenient::{List, Object, Text};

/// The JSON of a good answer, `None` where the provider says that there is no such thing. Besides status 429,
/// `is_throttling` tells what means "slow down".
pub(crate) fn judge(
    answer: Answer,
    is_throttling: fn(&Answer) -> bool,
) -> Result<Option<Bytes>, ProviderError> {
    let status = answer.status;
    let retry_after = retry_after(&answer.headers, Utc::now());
    if status == StatusCode::TOO_MANY_REQUESTS || is_throttling(&answer) {
        return Err(ProviderError::RateLimited { retry_after });
    }
    let unavailable = |fault| Err(ProviderError::Unavailable { retry_after, fault });
    match status.as_u16() {
        200..=299 if answer.is("json") => Ok(Some(answer.body)),
        200..=299 => unavailable(Fault::NotJson),
        401 | 403 => Err(ProviderError::Unauthorized),
        // A gateway's page says nothing about the event.
        404 | 410 if answer.is("html") => unavailable(Fault::NotJson),
        404 | 410 => Ok(None),
        400 | 405..=407 | 409 | 411..=499 => Err(ProviderError::Refused {
            status: status.as_u16(),
            code: code(&answer.body),
        }),
        status => unavailable(Fault::Status(status)),
    }
}

/// The provider's own code for what was wrong: `errors[0].code`, or Eventbrite's `error`. What is no code but
/// a sentence is left out: it might quote what we sent.
pub(crate) fn code(body: &[u8]) -> Option<String> {
    let failure: Object<Failure<'_>> = serde_json::from_slice(body).ok()?;
    let entry = failure.errors.items().first().and_then(|entry| entry.code.get());
    let code = entry.or(failure.error.get())?;
    let is_code = code.len() <= 32 && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    is_code.then(|| code.to_owned())
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Failure<'a> {
    errors: List<Object<FailureEntry<'a>>>,
    error: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct FailureEntry<'a> {
    code: Text<'a>,
}

/// What a route that must exist means by "there is none".
pub(crate) fn required(body: Option<Bytes>) -> Result<Bytes, ProviderError> {
    body.ok_or(ProviderError::Refused {
        status: StatusCode::NOT_FOUND.as_u16(),
        code: None,
    })
}
