//! The platform's webhook: one POST, to a public address unless configured otherwise.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ::http::{HeaderMap, HeaderValue, StatusCode};
use chrono::{DateTime, Utc};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::http::{Http, HttpError, client_builder, retry_after};

/// Who receives notifications. `Debug` shows the host only: the rest of the address may be a secret.
pub struct Receiver {
    url: Url,
    may_be_private: bool,
    timeout: Duration,
    client: OnceLock<Result<reqwest::Client, HttpError>>,
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("host", &self.url.host_str())
            .finish_non_exhaustive()
    }
}

/// Why a text is no receiver's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReceiver {
    /// Not an absolute URL with a host.
    #[error("must be an absolute URL")]
    Form,
    /// Neither https nor http where private addresses are allowed.
    #[error("must be an https URL (http is for private addresses only, where they are allowed)")]
    Scheme,
    /// A user or a password.
    #[error("must have no user")]
    User,
    /// An address of this machine or its network.
    #[error("must be a public address, unless private ones are allowed")]
    Private,
}

/// What a receiver answered. Its body is of no interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The status; a redirect is one, and is not followed.
    pub status: StatusCode,
    /// When it said to come back.
    pub retry_after: Option<Duration>,
}

impl Receiver {
    /// The time for everything: a receiver that needs longer has a queue of its own to put things into.
    pub const TIMEOUT: Duration = Duration::from_secs(15);

    /// The receiver at `address`. Addresses of this machine and its networks are refused unless they
    /// `may_be_private`: those in the URL here, those that a name resolves to when it is called.
    pub fn new(address: &str, may_be_private: bool) -> Result<Self, InvalidReceiver> {
        let url = Url::parse(address.trim()).map_err(|_| InvalidReceiver::Form)?;
        match url.scheme() {
            "https" => {}
            "http" if may_be_private => {}
            _ => return Err(InvalidReceiver::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidReceiver::User);
        }
        let literal = match url.host().ok_or(InvalidReceiver::Form)? {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
        };
        if !may_be_private && literal.is_some_and(|address| !is_public(address)) {
            return Err(InvalidReceiver::Private);
        }
        Ok(Self {
            url,
            may_be_private,
            timeout: Self::TIMEOUT,
            client: OnceLock::new(),
        })
    }

    /// The same with another time for everything than [`Self::TIMEOUT`].
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self {
            timeout,
            client: OnceLock::new(),
            ..self
        }
    }

    /// The address, to tell receivers apart.
    pub fn address(&self) -> &str {
        self.url.as_str()
    }

    /// Posts a JSON body once; whatever its status, an answer is no error.
    pub async fn post(
        &self,
        headers: HeaderMap,
        body: String,
        now: DateTime<Utc>,
    ) -> Result<Receipt, HttpError> {
        let client = self.client.get_or_init(|| self.build());
        let client = client.as_ref().map_err(Clone::clone)?;
        let response = client
            .post(self.url.clone())
            .headers(headers)
            .header(::http::header::CONTENT_TYPE, "application/json")
            .body(body)
            .send()
            .await?;
        Ok(Receipt {
            status: response.status(),
            retry_after: retry_after(response.headers(), now),
        })
    }

    fn build(&self) -> Result<reqwest::Client, HttpError> {
        let mut builder = client_builder(&HeaderValue::from_static(Http::USER_AGENT))?.timeout(self.timeout);
        if !self.may_be_private {
            builder = builder.dns_resolver(Arc::new(PublicOnly));
        }
        builder
            .build()
            .map_err(|error| HttpError::Client(Arc::new(error.without_url())))
    }
}

/// Resolves names to public addresses only, when the connection is made: a name that is public when it is checked and
/// private when it is used has no chance.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err("the name has no public address".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the internet (the IANA registries of special-purpose addresses list the others).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b));
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let embedded =
        |high: u16, low: u16| is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match address.segments() {
        // Addresses of IPv4 within IPv6: mapped, translated (64:ff9b::/96), 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => embedded(high, low),
        // Protocol assignments (Teredo among them) and documentation.
        [0x2001, 0..0x200 | 0xdb8, ..] | [0x3fff, 0..0x1000, ..] => false,
        // Only 2000::/3 is given out for use between networks.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}
