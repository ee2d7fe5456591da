//! Identities: of an event at its provider, of an event in the store, of an event of the platform.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::source::{Source, UnknownSource};

/// An event's id at its provider.
///
/// Providers use letters, digits, `_` and `-` (case matters), so nothing that means anything in a URL can be part of
/// an id: no dot, slash, percent sign or question mark ever reaches a provider's path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExternalId(String);

/// Why a text is no provider's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidExternalId {
    /// Nothing was given.
    #[error("must not be empty")]
    Empty,
    /// Longer than [`ExternalId::MAX_LENGTH`].
    #[error("must be at most {max} characters long", max = ExternalId::MAX_LENGTH)]
    TooLong,
    /// A character outside `A-Z a-z 0-9 _ -`.
    #[error("may only contain letters, digits, '_' and '-'")]
    Character,
}

impl ExternalId {
    /// The longest id accepted. Recorded ids have 7 to 21 characters; three times that leaves room for new schemes.
    pub const MAX_LENGTH: usize = 64;

    /// The id as the provider writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ExternalId {
    type Err = InvalidExternalId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for ExternalId {
    type Error = InvalidExternalId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.is_empty() {
            Err(InvalidExternalId::Empty)
        } else if text.len() > Self::MAX_LENGTH {
            Err(InvalidExternalId::TooLong)
        } else if !text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        {
            Err(InvalidExternalId::Character)
        } else {
            Ok(Self(text))
        }
    }
}

impl From<u64> for ExternalId {
    fn from(number: u64) -> Self {
        Self(number.to_string())
    }
}

impl From<ExternalId> for String {
    fn from(id: ExternalId) -> Self {
        id.0
    }
}

impl fmt::Display for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The identity of an external event: an id is unique within its source, not across sources.
///
/// Written `{source}#{external_id}`; `#` is in neither part, so the text splits one way only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventKey {
    /// The provider.
    pub source: Source,
    /// The id there.
    pub id: ExternalId,
}

/// Why a text is no [`EventKey`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEventKey {
    /// No `#` between source and id.
    #[error("must have the form source#id")]
    Form,
    /// The part before `#` names no source.
    #[error("unknown source")]
    Source(#[from] UnknownSource),
    /// The part after `#` is no id.
    #[error("invalid id")]
    Id(#[from] InvalidExternalId),
}

impl EventKey {
    /// The key of `id` at `source`.
    pub fn new(source: Source, id: ExternalId) -> Self {
        Self { source, id }
    }
}

impl fmt::Display for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.source, self.id)
    }
}

impl FromStr for EventKey {
    type Err = InvalidEventKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (source, id) = text.split_once('#').ok_or(InvalidEventKey::Form)?;
        Ok(Self::new(source.parse()?, id.parse()?))
    }
}

impl TryFrom<String> for EventKey {
    type Error = InvalidEventKey;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<EventKey> for String {
    fn from(key: EventKey) -> Self {
        key.to_string()
    }
}

/// The id of an event of the platform, from an atomic sequence: the platform's URLs are `/events/789/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LocalEventId(u64);

/// A text that is no positive integer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a positive integer")]
pub struct InvalidLocalEventId;

impl LocalEventId {
    /// The id with this number; sequences start at 1.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The event's path on the platform, `/events/789/`.
    pub fn url(self) -> String {
        format!("/events/{}/", self.0)
    }
}

impl fmt::Display for LocalEventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for LocalEventId {
    type Err = InvalidLocalEventId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // `parse` also takes `+5` and `007`, which would be further names of one event.
        match text.parse() {
            Ok(number) if number > 0 && !text.starts_with(['+', '0']) => Ok(Self(number)),
            _ => Err(InvalidLocalEventId),
        }
    }
}
