//! Notifications of the platform, signed as the Standard Webhooks specification says.

mod announcement;

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, header::InvalidHeaderValue};
use providers::http::HttpError;
use providers::webhook::{Receipt, Receiver};
use ring::{digest, hmac};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

pub use announcement::{AnnouncedChange, AnnouncedEvent, Announcement};

/// A notification on its way: the same id and the same bytes however often it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// The id by which a receiver knows a repetition.
    pub id: String,
    /// The JSON body.
    pub body: String,
}

/// A key to sign with. Debug shows nothing of it.
#[derive(Clone)]
pub struct SigningKey(hmac::Key);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey")
    }
}

/// A text that is no secret of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be whsec_ followed by 24 to 64 bytes in base64")]
pub struct InvalidSigningKey;

impl SigningKey {
    /// What a secret begins with.
    const PREFIX: &'static str = "whsec_";

    /// The key in a secret.
    pub fn read(secret: &SecretString) -> Result<Self, InvalidSigningKey> {
        secret.expose_secret().parse()
    }

    fn sign(&self, content: &[u8]) -> String {
        let signature = hmac::sign(&self.0, content);
        format!("v1,{}", STANDARD.encode(signature))
    }
}

impl FromStr for SigningKey {
    type Err = InvalidSigningKey;

    fn from_str(secret: &str) -> Result<Self, Self::Err> {
        let encoded = secret.strip_prefix(Self::PREFIX).ok_or(InvalidSigningKey)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| InvalidSigningKey)?;
        if !(24..=64).contains(&bytes.len()) {
            return Err(InvalidSigningKey);
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }
}

impl Notification {
    /// A notification whose id follows from its cause: told again, it has the same.
    pub fn new(cause: &str, body: String) -> Self {
        let hash = digest::digest(&digest::SHA256, cause.as_bytes());
        Self {
            id: format!("msg_{}", URL_SAFE_NO_PAD.encode(hash)),
            body,
        }
    }

    /// The headers of an attempt at `now`: a signature by each key, so that receivers can change theirs one by one.
    pub fn headers(&self, keys: &[SigningKey], now: DateTime<Utc>) -> Result<HeaderMap, InvalidHeaderValue> {
        let timestamp = now.timestamp().to_string();
        let content = format!("{}.{timestamp}.{}", self.id, self.body);
        let signatures: Vec<String> = keys.iter().map(|key| key.sign(content.as_bytes())).collect();
        let headers = [
            ("webhook-id", self.id.as_str()),
            ("webhook-timestamp", &timestamp),
            ("webhook-signature", &signatures.join(" ")),
        ];
        headers
            .into_iter()
            .map(|(name, value)| {
                let name = http::HeaderName::from_static(name);
                Ok((name, HeaderValue::from_str(value)?))
            })
            .collect()
    }
}

/// Who is notified, and how it is proven by whom.
#[derive(Debug)]
pub struct Webhook {
    receiver: Receiver,
    keys: Vec<SigningKey>,
}

/// Why a notification did not reach the receiver.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// An id that cannot be a header, which [`Notification::new`] never makes.
    #[error("the notification has no headers")]
    Header(#[from] InvalidHeaderValue),
    /// No answer came.
    #[error("the receiver does not answer")]
    Http(#[from] HttpError),
}

impl Webhook {
    /// The webhook at `receiver`, signed by every one of `keys`.
    pub fn new(receiver: Receiver, keys: Vec<SigningKey>) -> Self {
        Self { receiver, keys }
    }

    /// The receiver's address.
    pub fn address(&self) -> &str {
        self.receiver.address()
    }

    /// Makes one attempt; whatever the answer's status, it is no error.
    pub async fn send(&self, notification: &Notification, now: DateTime<Utc>) -> Result<Receipt, SendError> {
        let headers = notification.headers(&self.keys, now)?;
        Ok(self
            .receiver
            .post(headers, notification.body.clone(), now)
            .await?)
    }
}
