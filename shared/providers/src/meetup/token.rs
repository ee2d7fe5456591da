//! Access tokens, by an assertion that we sign (RFC 7523).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use ::http::StatusCode;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use chrono::Utc;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Config, wire};
use crate::error::{Fault, ProviderError};
use crate::http::{Body, Call, Credentials, Http, Limits};
use crate::lenient::Object;
use crate::verdict::{judge, required};

/// The RSA key that assertions are signed with, which Meetup knows by its id.
#[derive(Clone)]
pub struct SigningKey(Arc<RsaKeyPair>);

/// A text that is no RSA key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an RSA key of 2048 bits or more in PEM, PKCS #8 or PKCS #1")]
pub struct InvalidSigningKey;

impl FromStr for SigningKey {
    type Err = InvalidSigningKey;

    fn from_str(pem: &str) -> Result<Self, Self::Err> {
        let pem = pem.trim();
        let (label, rest) = pem.split_once('\n').ok_or(InvalidSigningKey)?;
        let data = rest.lines().take_while(|line| !line.starts_with("-----"));
        let data: String = data.map(str::trim).collect();
        let der = BASE64_STANDARD.decode(data).map_err(|_| InvalidSigningKey)?;
        let key = match label.trim() {
            "-----BEGIN PRIVATE KEY-----" => RsaKeyPair::from_pkcs8(&der),
            "-----BEGIN RSA PRIVATE KEY-----" => RsaKeyPair::from_der(&der),
            _ => return Err(InvalidSigningKey),
        };
        Ok(Self(Arc::new(key.map_err(|_| InvalidSigningKey)?)))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(***)")
    }
}

/// How long an assertion holds: it is used at once.
const ASSERTION_LIFETIME: i64 = 120;

/// How long before its end a token is no longer used, so that none ends on its way.
const MARGIN: Duration = Duration::from_mins(1);

/// How long a token is taken to hold that does not say for how long.
const UNSAID: Duration = Duration::from_mins(5);

/// The longest time believed: Meetup's tokens hold for an hour.
const LONGEST: Duration = Duration::from_hours(24);

/// The token in use. While one call fetches a new one, the others wait for it.
#[derive(Debug, Default)]
pub(crate) struct TokenCache(Mutex<Option<Kept>>);

#[derive(Debug, Clone)]
struct Kept {
    token: SecretString,
    until: Instant,
}

impl TokenCache {
    /// A token that holds, other than `refused`.
    pub(super) async fn get(
        &self,
        config: &Config,
        http: &Http,
        limits: Limits,
        refused: Option<&SecretString>,
    ) -> Result<SecretString, ProviderError> {
        let mut kept = self.0.lock().await;
        let is_refused = |token: &SecretString| {
            refused.is_some_and(|refused| refused.expose_secret() == token.expose_secret())
        };
        if let Some(kept) = kept.as_ref()
            && Instant::now() < kept.until
            && !is_refused(&kept.token)
        {
            return Ok(kept.token.clone());
        }
        let granted = grant(config, http, limits).await?;
        let token = granted.token.clone();
        *kept = Some(granted);
        Ok(token)
    }
}

/// Trades an assertion for a token.
async fn grant(config: &Config, http: &Http, limits: Limits) -> Result<Kept, ProviderError> {
    let asked_at = Instant::now();
    let call = Call {
        name: "meetup",
        url: config.token_url.url(),
        credentials: Credentials::None,
        limits,
    };
    let grant_type = SecretString::from("urn:ietf:params:oauth:grant-type:jwt-bearer");
    let form = [("grant_type", &grant_type), ("assertion", &assertion(config)?)];
    let answer = http.post(&call, Body::Form(&form)).await?;
    // OAuth says 400 to a client that it does not take (RFC 6749, 5.2).
    if answer.status == StatusCode::BAD_REQUEST && answer.is("json") {
        return Err(ProviderError::Unauthorized);
    }
    let body = required(judge(answer, |_| false)?)?;
    let grant: Object<wire::Grant<'_>> = serde_json::from_slice(&body).map_err(Fault::from)?;
    let token = grant.access_token.get().ok_or(Fault::Shape)?;
    let holds = grant.expires_in.count().map_or(UNSAID, Duration::from_secs);
    Ok(Kept {
        token: token.to_owned().into(),
        until: asked_at + holds.min(LONGEST).saturating_sub(MARGIN),
    })
}

/// A JWT, signed with RS256.
fn assertion(config: &Config) -> Result<SecretString, ProviderError> {
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": config.signing_key_id.expose_secret()});
    let now = Utc::now().timestamp();
    let claims = json!({
        "iss": config.client_key.expose_secret(),
        "sub": config.member_id.expose_secret(),
        "aud": "api.meetup.com",
        "iat": now,
        "exp": now + ASSERTION_LIFETIME,
    });
    let encode = |part: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(part);
    let (header, claims) = (header.to_string(), claims.to_string());
    let signed = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
    let key = &config.private_key.0;
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .map_err(|_| Fault::Unsigned)?;
    Ok(format!("{signed}.{}", encode(&signature)).into())
}
