//! Page tokens: opaque, tamper-evident, bound to their query.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::Duration;
use domain::browse::BrowseQuery;
use ring::hmac;

use super::browse::Position;

/// The bytes of an HMAC-SHA256.
const TAG_LENGTH: usize = 32;

/// How long dates that a caller left out may move on from page to page.
const MAX_AGE: Duration = Duration::days(1);

/// Makes and opens page tokens.
#[derive(Debug, Clone)]
pub struct PageTokens {
    key: hmac::Key,
}

/// A text that is no page token of this query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a page token of this query")]
pub struct InvalidPageToken;

impl PageTokens {
    /// Tokens under a secret key of any length.
    pub fn new(key: &[u8]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
        }
    }

    /// The token of `position` in the result of `query`.
    pub fn seal(&self, position: &Position, query: &BrowseQuery) -> String {
        let Position { lower, from, to } = position;
        let payload = format!("{} {} {lower}", from.to_rfc3339(), to.to_rfc3339());
        let tag = hmac::sign(&self.key, &signed(&payload, query));
        let mut token = tag.as_ref().to_vec();
        token.extend_from_slice(payload.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(token)
    }

    /// The position in a token made for `query`: the same filters, and the same dates unless the clock moved them.
    pub fn open(&self, token: &str, query: &BrowseQuery) -> Result<Position, InvalidPageToken> {
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(token)
            .map_err(|_| InvalidPageToken)?;
        let (tag, payload) = bytes.split_at_checked(TAG_LENGTH).ok_or(InvalidPageToken)?;
        let payload = std::str::from_utf8(payload).map_err(|_| InvalidPageToken)?;
        hmac::verify(&self.key, &signed(payload, query), tag).map_err(|_| InvalidPageToken)?;
        let position = parse(payload).ok_or(InvalidPageToken)?;
        let moved = query.from - position.from;
        let same_end = query.to == position.to || query.to - position.to == moved;
        if same_end && (Duration::zero()..=MAX_AGE).contains(&moved) {
            Ok(position)
        } else {
            Err(InvalidPageToken)
        }
    }
}

/// The position in what [`PageTokens::seal`] wrote.
fn parse(payload: &str) -> Option<Position> {
    let mut parts = payload.splitn(3, ' ');
    Some(Position {
        from: parts.next()?.parse().ok()?,
        to: parts.next()?.parse().ok()?,
        lower: parts.next()?.to_owned(),
    })
}

/// What the tag vouches for: the filters, which the caller repeats, and the payload, which the token carries.
/// The debug form quotes the city, so that no two sets of filters have the same text.
fn signed(payload: &str, query: &BrowseQuery) -> Vec<u8> {
    let filters = (
        query.source,
        query.city.as_deref(),
        query.category,
        query.status,
        query.imported,
    );
    format!("{filters:?} {payload}").into_bytes()
}
