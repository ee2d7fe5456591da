//! Where a provider is reached.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// The address under which a provider's routes lie: `https`, or `http` on this machine. No user, query or fragment;
/// a final slash makes no difference.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl(Url);

/// Why a text is no [`BaseUrl`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBaseUrl {
    /// Not an absolute URL with a host.
    #[error("must be an absolute URL")]
    Form,
    /// Neither https nor http on this machine.
    #[error("must be an https URL (http is for this machine only)")]
    Scheme,
    /// A user, a password, a query or a fragment.
    #[error("must have no user, query or fragment")]
    Extra,
}

impl BaseUrl {
    /// Names of this machine, the second for what runs in a container on it.
    const THIS_MACHINE: [&str; 2] = ["localhost", "host.docker.internal"];

    /// The address itself, without a final slash.
    pub fn url(&self) -> Url {
        self.0.clone()
    }

    /// The address of a route below, each segment encoded: none of them can leave its place in the path.
    pub fn join<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = self.url();
        // Only URLs that cannot be a base lack segments, and the constructor refuses those.
        if let Ok(mut path) = url.path_segments_mut() {
            path.extend(segments);
        }
        url
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut url = Url::parse(text.trim()).map_err(|_| InvalidBaseUrl::Form)?;
        let nearby = match url.host().ok_or(InvalidBaseUrl::Form)? {
            Host::Domain(name) => Self::THIS_MACHINE.contains(&name),
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        match url.scheme() {
            "https" => {}
            "http" if nearby => {}
            _ => return Err(InvalidBaseUrl::Scheme),
        }
        let extra = !url.username().is_empty() || url.password().is_some();
        if extra || url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidBaseUrl::Extra);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
