//! Secrets, from Secrets Manager.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use aws_sdk_secretsmanager::{Client, config};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use storage::Connection;
use tokio::sync::Mutex;

use crate::error::Cause;

/// Reads secrets, each once in a quarter of an hour however many ask for it.
#[derive(Debug)]
pub struct Secrets {
    client: Client,
    kept: Mutex<HashMap<String, (Instant, SecretString)>>,
}

/// Why there is no secret. Names the variable that says which; shows nothing of the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager does not give it out.
    #[error("{name}: the secret cannot be read")]
    Unreadable {
        /// The variable.
        name: &'static str,
        /// Secrets Manager's answer.
        #[source]
        cause: Cause,
    },
    /// It is no JSON object, or a field is missing or no text.
    #[error("{name}: the secret must be a JSON object of texts with the fields {fields}")]
    Shape {
        /// The variable.
        name: &'static str,
        /// The fields.
        fields: &'static str,
    },
}

/// A secret's fields.
pub trait SecretShape: DeserializeOwned {
    /// The names of the fields, for the message that says they are missing.
    const FIELDS: &'static str;
}

/// A credential that may be absent: a template writes `""` for one that nobody gave, and `sam deploy --guided`, which
/// asks until something is typed, a space.
#[derive(Debug, Default)]
pub struct Credential(Option<SecretString>);

impl Credential {
    /// The credential, if there is one.
    pub fn given(self) -> Option<SecretString> {
        self.0
    }
}

impl<'de> Deserialize<'de> for Credential {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(Self((!text.trim().is_empty()).then(|| text.into())))
    }
}

/// The providers' credentials. A provider without any is not called.
#[derive(Debug, Deserialize)]
pub struct ProviderSecret {
    /// Ticketmaster's consumer key.
    pub ticketmaster_api_key: Credential,
    /// SeatGeek's client id.
    pub seatgeek_client_id: Credential,
    /// SeatGeek's client secret, which it does not insist on.
    pub seatgeek_client_secret: Credential,
    /// Eventbrite's private token.
    #[serde(default)]
    pub eventbrite_token: Credential,
    /// The key of Meetup's OAuth client.
    #[serde(default)]
    pub meetup_client_key: Credential,
    /// The member on whose behalf Meetup is asked.
    #[serde(default)]
    pub meetup_member_id: Credential,
    /// By what Meetup knows the signing key.
    #[serde(default)]
    pub meetup_signing_key_id: Credential,
    /// The signing key, in PEM.
    #[serde(default)]
    pub meetup_private_key: Credential,
}

impl SecretShape for ProviderSecret {
    const FIELDS: &'static str = "ticketmaster_api_key, seatgeek_client_id, seatgeek_client_secret";
}

/// What notifications are signed with.
#[derive(Debug, Deserialize)]
pub struct WebhookSecret {
    /// The secret that receivers should use.
    pub current: Credential,
    /// While secrets change, the one that they used before.
    pub previous: Credential,
}

impl SecretShape for WebhookSecret {
    const FIELDS: &'static str = "current, previous";
}

/// What proves callers and page tokens.
#[derive(Debug, Deserialize)]
pub struct AuthSecret {
    /// What the platform signs its tokens with; not used, and possibly empty, where tokens are verified by JWKS.
    pub jwt_secret: Credential,
    /// While that changes, the one that it signed them with before.
    #[serde(default)]
    pub jwt_secret_previous: Credential,
    /// What page tokens are sealed with.
    pub page_token_key: Credential,
}

impl SecretShape for AuthSecret {
    const FIELDS: &'static str = "jwt_secret, page_token_key";
}

impl Secrets {
    /// How long a secret is taken for current.
    const FRESH: Duration = Duration::from_mins(15);

    /// Secrets behind `connection`; nothing is read yet.
    pub fn new(connection: &Connection) -> Self {
        let mut config = config::Builder::from(connection.sdk_config());
        config.set_endpoint_resolver(Some(connection.endpoint("secretsmanager")));
        Self {
            client: Client::from_conf(config.build()),
            kept: Mutex::default(),
        }
    }

    /// The secret with this ARN, which the variable `name` holds.
    pub async fn get<T: SecretShape>(&self, name: &'static str, arn: &str) -> Result<T, SecretError> {
        let text = self.text(name, arn).await?;
        // Serde's message would quote the secret.
        serde_json::from_str(text.expose_secret()).map_err(|_| SecretError::Shape {
            name,
            fields: T::FIELDS,
        })
    }

    async fn text(&self, name: &'static str, arn: &str) -> Result<SecretString, SecretError> {
        let mut kept = self.kept.lock().await;
        if let Some((read_at, text)) = kept.get(arn)
            && read_at.elapsed() < Self::FRESH
        {
            return Ok(text.clone());
        }
        let unreadable = |cause: Cause| SecretError::Unreadable { name, cause };
        let answer = self
            .client
            .get_secret_value()
            .secret_id(arn)
            .send()
            .await
            .map_err(|error| unreadable(error.into_service_error().into()))?;
        let text: SecretString = answer
            .secret_string
            .ok_or_else(|| unreadable("the secret is not text".into()))?
            .into();
        kept.insert(arn.to_owned(), (Instant::now(), text.clone()));
        Ok(text)
    }
}
