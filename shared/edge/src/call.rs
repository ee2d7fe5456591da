//! What a handler is called with.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::FieldErrors;
use http::header::{self, HeaderMap, HeaderName};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::auth::{AuthError, Caller};
use crate::error::ApiError;
use crate::route::Route;

/// A request: routed, authenticated, and allowed.
#[derive(Debug)]
pub struct Call {
    /// What is asked.
    pub route: Route,
    /// When it came in: the one reading of the clock that everything about this call goes by.
    pub now: DateTime<Utc>,
    /// Its id, as the log and every error has it.
    pub request_id: String,
    /// How long the function has for it.
    pub time: Duration,
    pub(crate) caller: Option<Caller>,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// The largest body, in bytes.
    pub const MAX_BODY: usize = 256 * 1024;

    /// Who calls; 401 if the route is open to everybody and nobody said.
    pub fn caller(&self) -> Result<&Caller, ApiError> {
        self.caller
            .as_ref()
            .ok_or(ApiError::Unauthenticated(AuthError::Missing))
    }

    /// The query parameters, decoded, in their order; a name that comes twice is there twice.
    pub fn query(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        url::form_urlencoded::parse(self.query.as_bytes())
    }

    /// A header's value, if it is text.
    pub fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the caller has the representation with this `ETag` already (`If-None-Match`, by weak comparison).
    pub(crate) fn has(&self, tag: &str) -> bool {
        self.header(header::IF_NONE_MATCH)
            .is_some_and(|tags| names(tags, tag))
    }

    /// Whether the caller has read the representation with this `ETag` (`If-Match`); `None` if it does not say.
    ///
    /// The tag of a compressed body, which is weak, counts as the tag of the body: both stand for one state.
    pub(crate) fn matches(&self, tag: &str) -> Option<bool> {
        let tags = self.header(header::IF_MATCH)?;
        Some(names(tags, tag))
    }

    /// The body, `None` if there is none: 415 if it is not declared as JSON, 400 with every wrong field otherwise.
    pub fn json<T: DeserializeOwned>(&self) -> Result<Option<T>, ApiError> {
        if self.body.is_empty() {
            return Ok(None);
        }
        if !self.header(header::CONTENT_TYPE).is_some_and(is_json) {
            return Err(ApiError::UnsupportedMediaType);
        }
        serde_json::from_slice(&self.body)
            .map(Some)
            .map_err(|error| ApiError::BadRequest(wrong_fields::<T>(&self.body, &error)))
    }
}

/// Whether a list of entity tags names this one, by weak comparison.
fn names(tags: &str, tag: &str) -> bool {
    tags.split(',')
        .map(str::trim)
        .any(|given| given == "*" || given.strip_prefix("W/").unwrap_or(given) == tag)
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// What is wrong with a body that is no `T`. Serde stops at the first fault and does not name the field; reading each
/// member alone finds them all.
fn wrong_fields<T: DeserializeOwned>(body: &[u8], error: &serde_json::Error) -> FieldErrors {
    let mut errors = FieldErrors::new();
    if let Ok(members) = serde_json::from_slice::<Map<String, Value>>(body) {
        for (name, value) in members {
            let alone = Value::from_iter([(name.clone(), value)]);
            if let Err(error) = serde_json::from_value::<T>(alone) {
                let rule = error.to_string();
                // That the others are missing is not this member's fault.
                if !rule.starts_with("missing field") {
                    errors.add(name, rule);
                }
            }
        }
    }
    if errors.is_empty() {
        errors.add("body", error);
    }
    errors
}
