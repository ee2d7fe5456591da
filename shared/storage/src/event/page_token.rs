//! Page tokens: opaque, tamper-evident, bound to their query.

use domain::browse::BrowseQuery;

use super::browse::Position;

/// Makes and opens page tokens.
#[derive(Debug, Clone)]
pub struct PageTokens {}

/// A text that is no page token of this query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a page token of this query")]
pub struct InvalidPageToken;

impl PageTokens {
    /// Tokens under a secret key of any length.
    pub fn new(key: &[u8]) -> Self {
        let _ = key;
        unimplemented!()
    }

    /// The token of `position` in the result of `query`.
    pub fn seal(&self, position: &Position, query: &BrowseQuery) -> String {
        let _ = (position, query);
        unimplemented!()
    }

    /// The position in a token made for `query`.
    pub fn open(&self, token: &str, query: &BrowseQuery) -> Result<Position, InvalidPageToken> {
        let _ = (token, query);
        unimplemented!()
    }
}
