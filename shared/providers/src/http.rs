//! The one way out: bounded in time, size and attempts, and without a secret in anything it shows.

mod quota;
mod retry_after;
mod shown_url;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use ::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use backon::{BackoffBuilder as _, ExponentialBuilder};
use bytes::{Bytes, BytesMut};
use chrono::Utc;
use domain::health::Quota;
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use url::{Url, form_urlencoded};

use crate::base_url::BaseUrl;
use crate::error::{Fault, ProviderError};

pub use quota::quota;
pub(crate) use retry_after::LONGEST as LONGEST_WAIT;
pub use retry_after::retry_after;
pub use shown_url::ShownUrl;

/// How far one call may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The time for everything, retries included.
    pub timeout: Duration,
    /// The most bytes of a body, counted after decompression.
    pub max_body: usize,
    /// How often a call is repeated that failed to connect or met a 5xx status.
    pub retries: usize,
}

impl Limits {
    /// The time when nobody says otherwise.
    pub const TIMEOUT: Duration = Duration::from_secs(5);

    /// The largest body: a page of 200 Ticketmaster events has a bit more than 2 MB.
    pub const MAX_BODY: usize = 8 << 20;

    /// For calls that somebody waits for.
    pub const INTERACTIVE: Self = Self {
        timeout: Self::TIMEOUT,
        max_body: Self::MAX_BODY,
        retries: 1,
    };

    /// For calls that nobody waits for.
    pub const BACKGROUND: Self = Self {
        retries: 2,
        ..Self::INTERACTIVE
    };
}

/// How a call proves who makes it. The secrets join the request as it leaves: no URL that can be shown has them.
#[derive(Debug, Clone, Copy)]
pub enum Credentials<'a> {
    /// Not at all.
    None,
    /// By query parameters.
    Query(&'a [(&'static str, &'a SecretString)]),
    /// By a token in the `Authorization` header.
    Bearer(&'a SecretString),
}

/// What a call sends besides its address.
#[derive(Debug, Clone, Copy)]
pub enum Body<'a> {
    /// A JSON document.
    Json(&'a str),
    /// A form, of which each value may be a secret.
    Form(&'a [(&'static str, &'a SecretString)]),
}

/// An answer, whatever its status.
#[derive(Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body, decompressed.
    pub body: Bytes,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl Answer {
    /// Whether the content type is `kind`, or something that ends with it, such as `application/problem+json`.
    pub fn is(&self, kind: &str) -> bool {
        let content_type = self.headers.get(header::CONTENT_TYPE);
        content_type
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|essence| essence.trim().to_ascii_lowercase().ends_with(kind))
    }
}

/// Why no whole answer came. Never shows the URL: it may hold a key.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HttpError {
    /// The client itself could not be made.
    #[error("the HTTP client cannot be built")]
    Client(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// No connection, which includes a name that does not resolve and a certificate that does not hold.
    #[error("no connection")]
    Connect(#[source] Arc<reqwest::Error>),
    /// Nothing, or not everything, came in time.
    #[error("no whole answer in time")]
    Timeout,
    /// The connection ended within the answer, or the answer is no HTTP.
    #[error("the answer broke off")]
    Broken(#[source] Arc<reqwest::Error>),
    /// More came than is taken.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The most bytes taken.
        limit: usize,
    },
}

impl From<reqwest::Error> for HttpError {
    fn from(error: reqwest::Error) -> Self {
        let error = Arc::new(error.without_url());
        if error.is_connect() {
            Self::Connect(error)
        } else if error.is_timeout() {
            Self::Timeout
        } else {
            Self::Broken(error)
        }
    }
}

/// One call of `url`.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// Who is called, for the log.
    pub name: &'static str,
    /// The address, without credentials.
    pub url: Url,
    /// The proof of who calls.
    pub credentials: Credentials<'a>,
    /// How far it may go.
    pub limits: Limits,
}

/// What was noticed at calls of one name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Noticed {
    /// How many requests were sent, repetitions included.
    pub requests: u32,
    /// How many bytes their whole answers had, decompressed.
    pub bytes: u64,
    /// What the answers said last of the quota.
    pub quota: Option<Quota>,
}

/// The HTTP client. The connection pool and TLS are made at the first call.
#[derive(Debug)]
pub struct Http {
    user_agent: HeaderValue,
    client: OnceLock<Result<reqwest::Client, HttpError>>,
    noticed: Mutex<BTreeMap<&'static str, Noticed>>,
}

impl Http {
    /// The name under which we call when nobody gives another.
    pub const USER_AGENT: &'static str = concat!("external-events/", env!("CARGO_PKG_VERSION"));

    /// The longest wait for a connection.
    pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

    /// A client that calls itself `user_agent`.
    pub const fn new(user_agent: HeaderValue) -> Self {
        Self {
            user_agent,
            client: OnceLock::new(),
            noticed: Mutex::new(BTreeMap::new()),
        }
    }

    /// What was noticed at calls of this name since this was asked last.
    pub fn take_noticed(&self, name: &str) -> Noticed {
        let mut noticed = self.noticed.lock().unwrap_or_else(PoisonError::into_inner);
        noticed.remove(name).unwrap_or_default()
    }

    fn notice(&self, name: &'static str, change: impl FnOnce(&mut Noticed)) {
        let mut noticed = self.noticed.lock().unwrap_or_else(PoisonError::into_inner);
        change(noticed.entry(name).or_default());
    }

    /// Makes `call`, and again where it failed to connect, broke off or met a 5xx status, as often as its limits say.
    ///
    /// Whatever its status, an answer is no error here. A server that says when to come back is not asked again.
    pub async fn get(&self, call: &Call<'_>) -> Result<Answer, HttpError> {
        self.attempt(call, None).await
    }

    /// Like [`Http::get`] with POST, for routes where asking twice does no more than asking once.
    pub async fn post(&self, call: &Call<'_>, body: Body<'_>) -> Result<Answer, HttpError> {
        self.attempt(call, Some(body)).await
    }

    async fn attempt(&self, call: &Call<'_>, body: Option<Body<'_>>) -> Result<Answer, HttpError> {
        let client = self
            .client
            .get_or_init(|| build(&self.user_agent))
            .as_ref()
            .map_err(Clone::clone)?;
        let deadline = tokio::time::Instant::now() + call.limits.timeout;
        let mut pauses = ExponentialBuilder::new()
            .with_min_delay(Duration::from_millis(50))
            .with_jitter()
            .with_max_times(call.limits.retries)
            .build();
        loop {
            self.notice(call.name, |noticed| noticed.requests += 1);
            let outcome = tokio::time::timeout_at(deadline, send(client, call, body))
                .await
                .unwrap_or(Err(HttpError::Timeout));
            if let Ok(answer) = &outcome {
                self.notice(call.name, |noticed| {
                    noticed.bytes += answer.body.len() as u64;
                    noticed.quota = quota(&answer.headers, Utc::now()).or(noticed.quota);
                });
            }
            let again = match &outcome {
                Ok(answer) => {
                    answer.status.is_server_error() && !answer.headers.contains_key(header::RETRY_AFTER)
                }
                Err(error) => matches!(error, HttpError::Connect(_) | HttpError::Broken(_)),
            };
            match pauses.next() {
                Some(pause) if again && tokio::time::Instant::now() + pause < deadline => {
                    tokio::time::sleep(pause).await;
                }
                _ => return outcome,
            }
        }
    }

    /// Reads the JSON document at `address`, which needs no credentials.
    pub async fn get_json<T: DeserializeOwned>(
        &self,
        name: &'static str,
        address: &BaseUrl,
        limits: Limits,
    ) -> Result<T, ProviderError> {
        let call = Call {
            name,
            url: address.url(),
            credentials: Credentials::None,
            limits,
        };
        let answer = self.get(&call).await?;
        if answer.status != StatusCode::OK {
            return Err(Fault::Status(answer.status.as_u16()).into());
        }
        if !answer.is("json") {
            return Err(Fault::NotJson.into());
        }
        Ok(serde_json::from_slice(&answer.body).map_err(Fault::from)?)
    }
}

/// The client that every call to a provider shares.
fn build(user_agent: &HeaderValue) -> Result<reqwest::Client, HttpError> {
    client_builder(user_agent)?
        .build()
        .map_err(|error| HttpError::Client(Arc::new(error.without_url())))
}

/// What every client has: TLS by rustls on ring with Mozilla's roots, no proxy, no redirects (a redirect
/// could carry a key to another host), gzip.
pub(crate) fn client_builder(user_agent: &HeaderValue) -> Result<reqwest::ClientBuilder, HttpError> {
    let roots = rustls::RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| HttpError::Client(Arc::new(error)))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(user_agent.clone())
        .connect_timeout(Http::CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .gzip(true))
}

/// The one place from which a request leaves.
async fn send(
    client: &reqwest::Client,
    call: &Call<'_>,
    body: Option<Body<'_>>,
) -> Result<Answer, HttpError> {
    let method = body.map_or(Method::GET, |_| Method::POST);
    let mut trace = Trace::of(call, &method);
    let mut url = call.url.clone();
    if let Credentials::Query(pairs) = call.credentials {
        url.query_pairs_mut().extend_pairs(exposed(pairs));
    }
    let mut request = client
        .request(method.clone(), url)
        .header(header::ACCEPT, "application/json");
    if let Credentials::Bearer(token) = call.credentials {
        request = request.bearer_auth(token.expose_secret());
    }
    request = match body {
        None => request,
        Some(Body::Json(document)) => request
            .header(header::CONTENT_TYPE, "application/json")
            .body(document.to_owned()),
        Some(Body::Form(pairs)) => {
            let form = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(exposed(pairs))
                .finish();
            request
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form)
        }
    };
    let mut response = request.send().await?;
    trace.status = Some(response.status().as_u16());
    let limit = call.limits.max_body;
    let announced = response
        .content_length()
        .and_then(|length| length.try_into().ok());
    let mut body = BytesMut::with_capacity(announced.unwrap_or(0).min(limit));
    while let Some(chunk) = response.chunk().await? {
        trace.bytes += chunk.len();
        if trace.bytes > limit {
            return Err(HttpError::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body: body.freeze(),
    })
}

fn exposed<'a>(
    pairs: &'a [(&'static str, &'a SecretString)],
) -> impl Iterator<Item = (&'static str, &'a str)> {
    pairs.iter().map(|(name, secret)| (*name, secret.expose_secret()))
}

/// Leaves one line for each request, also for one that is given up half way.
struct Trace<'a> {
    call: &'a Call<'a>,
    method: &'a Method,
    started: Instant,
    status: Option<u16>,
    bytes: usize,
}

impl<'a> Trace<'a> {
    fn of(call: &'a Call<'a>, method: &'a Method) -> Self {
        Self {
            call,
            method,
            started: Instant::now(),
            status: None,
            bytes: 0,
        }
    }
}

impl Drop for Trace<'_> {
    fn drop(&mut self) {
        tracing::debug!(
            provider.name = self.call.name,
            http.method = %self.method,
            http.url = %ShownUrl(&self.call.url),
            http.status = self.status,
            duration_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            bytes = self.bytes,
            "provider called"
        );
    }
}
