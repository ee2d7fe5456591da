//! An issuer's public keys: a JSON Web Key Set (RFC 7517) that is fetched when it is needed, and then kept.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderValue;
use jsonwebtoken::{Algorithm, DecodingKey};
use providers::http::{Http, Limits};
use providers::{BaseUrl, ProviderError};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use super::AuthError;

/// How long a set is taken for current.
const FRESH: TimeDelta = TimeDelta::hours(1);

/// How often a set is fetched at most, however many tokens with unknown keys come in.
const PAUSE: TimeDelta = TimeDelta::minutes(1);

/// A caller waits for the fetch, and a set has a few keys of 2 KB at most.
const LIMITS: Limits = Limits {
    timeout: Duration::from_secs(2),
    max_body: 256 * 1024,
    retries: 1,
};

/// The issuer does not show its keys.
#[derive(Debug, thiserror::Error)]
#[error("the key set cannot be read")]
pub struct FetchError(#[source] ProviderError);

/// The keys behind one address.
#[derive(Debug)]
pub(super) struct KeySet {
    url: BaseUrl,
    http: Http,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    keys: Vec<Key>,
    fetched_at: Option<DateTime<Utc>>,
    tried_at: Option<DateTime<Utc>>,
}

#[derive(Debug)]
struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    material: DecodingKey,
}

impl KeySet {
    pub(super) fn new(url: BaseUrl) -> Self {
        Self {
            url,
            http: Http::new(HeaderValue::from_static(Http::USER_AGENT)),
            kept: Mutex::default(),
        }
    }

    /// The key with this id for this algorithm. A token without a key id is served if just one key comes into question.
    ///
    /// Keys that were fetched once stay in use while the issuer cannot be reached: its failure must not become ours.
    pub(super) async fn find(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
        now: DateTime<Utc>,
    ) -> Result<DecodingKey, AuthError> {
        let mut kept = self.kept.lock().await;
        let current = kept.fetched_at.is_some_and(|at| now - at < FRESH);
        if current && let Some(key) = kept.find(id, algorithm) {
            return Ok(key);
        }
        if kept.tried_at.is_none_or(|at| now - at >= PAUSE) {
            kept.tried_at = Some(now);
            match self.fetch().await {
                Ok(keys) => {
                    kept.keys = keys;
                    kept.fetched_at = Some(now);
                }
                Err(error) if kept.keys.is_empty() => {
                    // With nothing to fall back on, the next caller tries again.
                    kept.tried_at = None;
                    return Err(error.into());
                }
                Err(error) => {
                    tracing::warn!(
                        error = crate::error::chain(&error),
                        "keeping the issuer's old keys"
                    );
                }
            }
        }
        kept.find(id, algorithm).ok_or(AuthError::UnknownKey)
    }

    async fn fetch(&self) -> Result<Vec<Key>, FetchError> {
        let set: JsonWebKeySet = self
            .http
            .get_json("jwks", &self.url, LIMITS)
            .await
            .map_err(FetchError)?;
        // A key of a kind that we do not know spoils none of its neighbours.
        Ok(set
            .keys
            .into_iter()
            .filter_map(|key| serde_json::from_value::<JsonWebKey>(key).ok())
            .filter_map(JsonWebKey::into_key)
            .collect())
    }
}

impl Kept {
    fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
        let mut fitting = self
            .keys
            .iter()
            .filter(|key| key.algorithm == algorithm && (id.is_none() || key.id.as_deref() == id));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Some(key.material.clone()),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct JsonWebKeySet {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct JsonWebKey {
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    #[serde(flatten)]
    material: Material,
}

/// The kinds of keys that are taken (RFC 7518, 6); symmetric ones have no place in a public document.
#[derive(Deserialize)]
#[serde(tag = "kty")]
enum Material {
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
    #[serde(rename = "EC")]
    Ec { crv: String, x: String, y: String },
}

impl JsonWebKey {
    /// The key, if it is for signatures of an algorithm that we verify.
    fn into_key(self) -> Option<Key> {
        if self.purpose.is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let (name, algorithm, key) = match &self.material {
            Material::Rsa { n, e } => ("RS256", Algorithm::RS256, DecodingKey::from_rsa_components(n, e)),
            Material::Ec { crv, x, y } if crv == "P-256" => {
                ("ES256", Algorithm::ES256, DecodingKey::from_ec_components(x, y))
            }
            Material::Ec { .. } => return None,
        };
        if self.alg.is_some_and(|declared| declared != name) {
            return None;
        }
        Some(Key {
            id: self.kid,
            algorithm,
            material: key.ok()?,
        })
    }
}
