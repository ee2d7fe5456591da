//! URLs that can be shown.

use std::fmt;

use url::Url;

/// Query parameters that carry a secret at one of the providers.
const SECRET: [&str; 6] = [
    "apikey",
    "client_id",
    "client_secret",
    "token",
    "access_token",
    "key",
];

/// Shows a URL without user, password, fragment, and the values of query parameters that are secret.
#[derive(Clone, Copy)]
pub struct ShownUrl<'a>(pub &'a Url);

impl fmt::Display for ShownUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.0;
        write!(f, "{}{}", url.origin().ascii_serialization(), url.path())?;
        let mut separator = '?';
        for pair in url.query().into_iter().flat_map(|query| query.split('&')) {
            let name = pair.split('=').next().unwrap_or_default();
            if SECRET.iter().any(|secret| secret.eq_ignore_ascii_case(name)) {
                write!(f, "{separator}{name}=***")?;
            } else {
                write!(f, "{separator}{pair}")?;
            }
            separator = '&';
        }
        Ok(())
    }
}

impl fmt::Debug for ShownUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
