//! Who calls: bearer tokens, verified.

mod crypto;
mod key_set;

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use http::HeaderValue;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use providers::BaseUrl;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};

use key_set::{FetchError, KeySet};

/// What a caller may be, besides a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Imports events.
    Organizer,
    /// Sees analytics and controls syncs; may do all that an organizer may.
    Admin,
}

/// A user's id as the token's issuer writes it; a number becomes text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserId(String);

/// A text that is no user's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {max} characters, none of them a control character", max = UserId::MAX_LENGTH)]
pub struct InvalidUserId;

impl UserId {
    /// The longest id, in bytes: OpenID Connect Core allows a `sub` 255.
    pub const MAX_LENGTH: usize = 255;

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name for the log, the same for the same user, that does not show the id.
    pub(crate) fn pseudonym(&self) -> String {
        let hash = ring::digest::digest(&ring::digest::SHA256, self.0.as_bytes());
        URL_SAFE_NO_PAD.encode(&hash.as_ref()[..6])
    }
}

impl FromStr for UserId {
    type Err = InvalidUserId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if (1..=Self::MAX_LENGTH).contains(&text.len()) && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidUserId)
        }
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An authenticated user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub id: UserId,
    roles: Vec<Role>,
}

impl Caller {
    /// Whether the caller may act as `role`: an admin may as every role.
    pub fn is(&self, role: Role) -> bool {
        self.roles.iter().any(|&held| held == role || held == Role::Admin)
    }
}

/// How tokens are verified.
#[derive(Debug, Clone)]
pub struct AuthConfig {
    /// By which keys.
    pub mode: AuthMode,
    /// The `iss` that a token must have, if any.
    pub issuer: Option<String>,
    /// The `aud` that a token must have among its own, if any.
    pub audience: Option<String>,
    /// The claim that has the roles.
    pub roles_claim: String,
}

/// Which kind of token is taken. The other kind is refused.
#[derive(Debug, Clone)]
pub enum AuthMode {
    /// HS256 with a secret shared with the issuer.
    Hs256 {
        /// The secret, at least 32 bytes long (RFC 7518, 3.2).
        secret: SecretString,
        /// While the secret changes, the other one that tokens may be signed with.
        previous: Option<SecretString>,
    },
    /// RS256 and ES256 with the keys of an issuer's JSON Web Key Set.
    Jwks {
        /// Where the set is.
        url: BaseUrl,
    },
}

/// Why a token proves nothing. None of the texts has anything of the token in it.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// No token at all.
    #[error("no bearer token")]
    Missing,
    /// Longer than [`Authenticator::MAX_TOKEN`].
    #[error("the token is too long")]
    TooLong,
    /// No JWT, or one with an algorithm that nobody knows (`none` among them).
    #[error("the token is malformed")]
    Malformed,
    /// Signed with another algorithm than the configured ones.
    #[error("the token's algorithm is not accepted")]
    Algorithm,
    /// No key for it.
    #[error("the token's key is not known")]
    UnknownKey,
    /// A signature of somebody else.
    #[error("the token's signature is wrong")]
    Signature,
    /// A claim that is missing, of the wrong type, or of the wrong value.
    #[error("the token's claim {0} is missing or wrong")]
    Claim(&'static str),
    /// Over.
    #[error("the token has expired")]
    Expired,
    /// Not yet begun.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// The issuer's keys cannot be read: not the caller's fault.
    #[error("the issuer's keys are unavailable")]
    KeysUnavailable(#[from] FetchError),
}

impl AuthError {
    /// Whether it says nothing about the token.
    pub(crate) const fn is_ours(&self) -> bool {
        matches!(self, Self::KeysUnavailable(_))
    }

    /// The `WWW-Authenticate` header (RFC 6750, 3): who sent no token learns no more than that one is needed.
    pub(crate) fn challenge(&self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Missing => r#"Bearer realm="external-events""#,
            _ => r#"Bearer realm="external-events", error="invalid_token""#,
        })
    }
}

/// Verifies tokens.
#[derive(Debug)]
pub struct Authenticator {
    keys: Keys,
    issuer: Option<String>,
    audience: Option<String>,
    roles_claim: String,
}

#[derive(Debug)]
enum Keys {
    Shared(Vec<DecodingKey>),
    Set(Box<KeySet>),
}

impl Authenticator {
    /// The longest token read, in bytes: API Gateway takes 10,240 bytes of headers in all.
    pub const MAX_TOKEN: usize = 8 * 1024;

    /// By how many seconds the issuer's clock may differ from ours.
    const LEEWAY: f64 = 30.0;

    /// An authenticator; nothing is fetched before the first token that needs it.
    pub fn new(config: AuthConfig) -> Self {
        crypto::install();
        Self {
            keys: match config.mode {
                AuthMode::Hs256 { secret, previous } => {
                    let key =
                        |secret: SecretString| DecodingKey::from_secret(secret.expose_secret().as_bytes());
                    Keys::Shared([secret].into_iter().chain(previous).map(key).collect())
                }
                AuthMode::Jwks { url } => Keys::Set(Box::new(KeySet::new(url))),
            },
            issuer: config.issuer,
            audience: config.audience,
            roles_claim: config.roles_claim,
        }
    }

    /// The caller whom the `Authorization` header proves at `now`.
    pub async fn authenticate(
        &self,
        authorization: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Caller, AuthError> {
        let token = authorization
            .and_then(|value| value.trim().split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or(AuthError::Missing)?;
        if token.len() > Self::MAX_TOKEN {
            return Err(AuthError::TooLong);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| AuthError::Malformed)?;
        let claims = match (&self.keys, header.alg) {
            (Keys::Shared(keys), Algorithm::HS256) => keys
                .iter()
                .map(|key| verify(token, key, header.alg))
                .find(|verified| !matches!(verified, Err(AuthError::Signature)))
                .unwrap_or(Err(AuthError::Signature))?,
            (Keys::Set(set), Algorithm::RS256 | Algorithm::ES256) => {
                let key = set.find(header.kid.as_deref(), header.alg, now).await?;
                verify(token, &key, header.alg)?
            }
            _ => return Err(AuthError::Algorithm),
        };
        self.check(claims, now)
    }

    fn check(&self, claims: Claims, now: DateTime<Utc>) -> Result<Caller, AuthError> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds of today have 31 bits, and JSON's numbers are floating"
        )]
        let now = now.timestamp() as f64;
        if now >= claims.exp.ok_or(AuthError::Claim("exp"))? + Self::LEEWAY {
            return Err(AuthError::Expired);
        }
        if claims.nbf.is_some_and(|from| now < from - Self::LEEWAY) {
            return Err(AuthError::NotYetValid);
        }
        if self.issuer.is_some() && claims.iss != self.issuer {
            return Err(AuthError::Claim("iss"));
        }
        if let Some(audience) = &self.audience
            && !claims.aud.is_some_and(|given| given.names(audience))
        {
            return Err(AuthError::Claim("aud"));
        }
        if claims.token_type.is_some_and(|kind| kind != "access") {
            return Err(AuthError::Claim("token_type"));
        }
        let id = match (claims.user_id, claims.sub) {
            (Some(id), _) => id.into_id().ok_or(AuthError::Claim("user_id"))?,
            (None, Some(id)) => id.into_id().ok_or(AuthError::Claim("sub"))?,
            (None, None) => return Err(AuthError::Claim("sub")),
        };
        let mut roles = claims.others.get(&self.roles_claim).map_or_else(Vec::new, roles);
        if claims.is_staff == Some(true) {
            roles.push(Role::Admin);
        }
        Ok(Caller { id, roles })
    }
}

/// The claims of a token whose signature is right. What they say is checked here and not by the library, which reads
/// the system's clock and lets claims of a wrong type pass for absent ones.
fn verify(token: &str, key: &DecodingKey, algorithm: Algorithm) -> Result<Claims, AuthError> {
    use jsonwebtoken::errors::ErrorKind;

    let mut signature_only = Validation::new(algorithm);
    signature_only.validate_exp = false;
    signature_only.validate_aud = false;
    signature_only.required_spec_claims.clear();
    jsonwebtoken::decode(token, key, &signature_only)
        .map(|token| token.claims)
        .map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => AuthError::Signature,
            ErrorKind::Json(_) => AuthError::Claim("set"),
            _ => AuthError::Malformed,
        })
}

/// The claims that decide something (RFC 7519, 4.1, and those of the platform's tokens). One of a wrong type spoils
/// the token.
#[derive(Deserialize)]
struct Claims {
    exp: Option<f64>,
    nbf: Option<f64>,
    iss: Option<String>,
    aud: Option<Audience>,
    sub: Option<Subject>,
    user_id: Option<Subject>,
    token_type: Option<String>,
    is_staff: Option<bool>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn names(&self, wanted: &str) -> bool {
        match self {
            Self::One(name) => name == wanted,
            Self::Several(names) => names.iter().any(|name| name == wanted),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Subject {
    Number(u64),
    Text(String),
}

impl Subject {
    fn into_id(self) -> Option<UserId> {
        match self {
            Self::Number(number) => number.to_string().parse().ok(),
            Self::Text(text) => text.parse().ok(),
        }
    }
}

/// The roles in a claim: a list, a string, or a string with spaces between them. Names of other systems' roles mean
/// nothing here.
fn roles(claim: &Value) -> Vec<Role> {
    let names: Vec<&str> = match claim {
        Value::String(names) => names.split_whitespace().collect(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    names
        .into_iter()
        .filter_map(|name| match name {
            "organizer" => Some(Role::Organizer),
            "admin" => Some(Role::Admin),
            _ => None,
        })
        .collect()
}
