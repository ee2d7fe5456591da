//! Bearer tokens of the platform, signed on this machine.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use ring::{
    hmac,
    rand::{SecureRandom, SystemRandom},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Value, json};

/// How long a token is good for.
const LIFETIME: TimeDelta = TimeDelta::days(30);

/// One token a role. They are meant to be printed: they open this machine’s stack and nothing else.
#[derive(Clone, Debug, Serialize)]
pub struct Tokens {
    /// May search and look.
    pub user: String,
    /// May also import.
    pub organizer: String,
    /// May do everything.
    pub admin: String,
}

/// What a token’s reader demands beside the signature.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    /// The `iss` to carry, if any.
    pub issuer: Option<String>,
    /// The `aud` to carry, if any.
    pub audience: Option<String>,
    /// The claim that holds the roles.
    pub roles_claim: String,
}

impl Tokens {
    /// Signs the three tokens with HS256.
    pub fn sign(secret: &SecretString, claims: &Claims, now: DateTime<Utc>) -> Self {
        let token = |id: u32, roles: &[&str], is_staff: bool| {
            let mut body = json!({
                "sub": format!("user-{id}"),
                "user_id": id,
                "token_type": "access",
                "iat": now.timestamp(),
                "exp": (now + LIFETIME).timestamp(),
            });
            body[&claims.roles_claim] = json!(roles);
            if is_staff {
                body["is_staff"] = json!(true);
            }
            for (name, value) in [("iss", &claims.issuer), ("aud", &claims.audience)] {
                if let Some(value) = value {
                    body[name] = json!(value);
                }
            }
            sign(secret, &body)
        };
        Self {
            user: token(1, &[], false),
            organizer: token(2, &["organizer"], false),
            admin: token(3, &["admin"], true),
        }
    }
}

/// A JSON Web Token (RFC 7519) in compact form, HS256.
fn sign(secret: &SecretString, claims: &Value) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let message = format!(
        "{}.{}",
        encode(&json!({"alg": "HS256", "typ": "JWT"})),
        encode(claims)
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
    let signature = hmac::sign(&key, message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
    /// The file of the key cannot be read or made.
    #[error("the signing key in {} cannot be kept", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

/// A new key of 256 bits.
pub fn new_secret() -> Result<SecretString, SecretError> {
    let mut bytes = [0; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_unspecified| SecretError::Random)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes).into())
}

/// The key kept in the file at `path`, made at the first call and readable only by its owner.
pub fn kept_secret(path: &Path) -> Result<SecretString, SecretError> {
    let error = |source| SecretError::File {
        path: path.to_owned(),
        source,
    };
    match fs::read_to_string(path) {
        Ok(secret) => return Ok(secret.trim().to_owned().into()),
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => {}
        Err(other) => return Err(error(other)),
    }
    let secret = new_secret()?;
    let written = path
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| {
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
        })
        .and_then(|mut file| file.write_all(secret.expose_secret().as_bytes()));
    written.map_err(error)?;
    Ok(secret)
}
