//! Links that a browser may follow.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::Url;

/// An absolute `http` or `https` URL: no `javascript:`, no `data:`, nothing that runs when it is clicked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebLink(String);

/// Why a text is no [`WebLink`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWebLink {
    /// Not an absolute URL with a host.
    #[error("must be an absolute URL")]
    Form,
    /// Another scheme than http or https.
    #[error("must be an http or https URL")]
    Scheme,
    /// Longer than [`WebLink::MAX_LENGTH`].
    #[error("must be at most {max} bytes long", max = WebLink::MAX_LENGTH)]
    TooLong,
}

impl WebLink {
    /// The longest link kept: what browsers and proxies commonly accept.
    pub const MAX_LENGTH: usize = 2048;

    /// The URL as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WebLink {
    type Err = InvalidWebLink;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.len() > Self::MAX_LENGTH {
            return Err(InvalidWebLink::TooLong);
        }
        if is_ordinary(text) {
            return Ok(Self(text.to_owned()));
        }
        let url = Url::parse(text).map_err(|_| InvalidWebLink::Form)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(InvalidWebLink::Scheme);
        }
        // The URL standard mends what a browser would take for a relative link (`https:host`) and drops line breaks.
        let authority = text
            .get(url.scheme().len()..)
            .filter(|rest| rest.starts_with("://"));
        if authority.is_some() && !text.contains(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidWebLink::Form)
        }
    }
}

/// Whether `text` is a link as almost all are: its host a name in lower case, the rest printable ASCII. The URL standard
/// has nothing to refuse in such a one, and the parser, which is far slower, nothing to find.
fn is_ordinary(text: &str) -> bool {
    let schemes = ["https://", "http://"];
    let Some(rest) = schemes.into_iter().find_map(|scheme| text.strip_prefix(scheme)) else {
        return false;
    };
    let end = rest.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#'));
    let (host, path) = rest.split_at(end.unwrap_or(rest.len()));
    // A last label that begins with a digit may make it an address, and `xn--` begins what has to be decoded.
    host.rsplit('.')
        .next()
        .is_some_and(|last| last.starts_with(|c: char| c.is_ascii_lowercase()))
        && host.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with("xn--")
                && label
                    .bytes()
                    .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        })
        && path
            .bytes()
            .fold(true, |plain, byte| plain & byte.is_ascii_graphic())
}

impl TryFrom<String> for WebLink {
    type Error = InvalidWebLink;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<WebLink> for String {
    fn from(link: WebLink) -> Self {
        link.0
    }
}

impl fmt::Display for WebLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
