//! The environment of a function, read once at its start: what is missing or malformed is named, all of it at once.

mod slice;

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::ops::RangeInclusive;
use std::str::FromStr;

use aws_credential_types::Credentials;
use providers::webhook::Receiver;
use providers::{BaseUrl, eventbrite, meetup, seatgeek, ticketmaster};
use secrecy::{ExposeSecret as _, SecretString};
use storage::{Connection, ConnectionConfig, PageTokens, Tables, Trust};

use crate::auth::{AuthConfig, AuthMode};
use crate::by_source::BySource;
use crate::error::chain;
use crate::queue::{QueueUrl, QueueUrls};
use crate::secrets::{AuthSecret, Credential, ProviderSecret, SecretError, Secrets, WebhookSecret};
use crate::webhook::{SigningKey, Webhook};

pub use self::slice::chosen_slices;

/// The variables of a process. `Debug` shows their names only: some of the values are credentials.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Everything that keeps a function from starting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(Vec<String>);

impl ConfigError {
    fn of(name: &str, fault: impl Display) -> Self {
        Self(vec![format!("{name}: {fault}")])
    }

    /// What is wrong, a sentence for each variable that begins with its name.
    pub fn faults(&self) -> &[String] {
        &self.0
    }
}

impl Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration is wrong: {}", self.0.join("; "))
    }
}

impl std::error::Error for ConfigError {}

impl From<SecretError> for ConfigError {
    fn from(error: SecretError) -> Self {
        Self(vec![chain(&error)])
    }
}

impl Environment {
    /// The variables of this process.
    pub fn of_process() -> Self {
        let text = |value: std::ffi::OsString| value.into_string().ok();
        Self(
            std::env::vars_os()
                .filter_map(|(name, value)| Some((text(name)?, text(value)?)))
                .collect(),
        )
    }

    /// These variables, for tests.
    pub fn of<K: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The value of a variable, `None` if it is not set or blank: a template cannot leave one out.
    pub fn optional<T>(&self, name: &str) -> Result<Option<T>, ConfigError>
    where
        T: FromStr,
        T::Err: Display,
    {
        let parse = |text: &str| {
            text.parse()
                .map_err(|rule| ConfigError::of(name, format_args!("{rule}, found {text:?}")))
        };
        self.text(name).map(parse).transpose()
    }

    /// The value of a variable that must be set.
    pub fn required<T>(&self, name: &str) -> Result<T, ConfigError>
    where
        T: FromStr,
        T::Err: Display,
    {
        self.optional(name)?
            .ok_or_else(|| ConfigError::of(name, "must be set"))
    }

    /// The value of a variable, `default` if it is not set.
    pub fn or<T>(&self, name: &str, default: T) -> Result<T, ConfigError>
    where
        T: FromStr,
        T::Err: Display,
    {
        Ok(self.optional(name)?.unwrap_or(default))
    }

    /// A whole number of `unit` within `range`, `default` if it is not set.
    pub fn number<T>(
        &self,
        name: &str,
        unit: &str,
        range: RangeInclusive<T>,
        default: T,
    ) -> Result<T, ConfigError>
    where
        T: FromStr + PartialOrd + Display,
    {
        let Some(text) = self.text(name) else {
            return Ok(default);
        };
        text.parse()
            .ok()
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                let (min, max) = range.into_inner();
                let expected = format!("expected a whole number of {unit} between {min} and {max}");
                ConfigError::of(name, format_args!("{expected}, found {text:?}"))
            })
    }
}

/// Several settings that are all read before any fault is reported: `(a, b, c).together()?`.
pub trait Together {
    /// The settings' values.
    type Values;

    /// All values, or all faults.
    fn together(self) -> Result<Self::Values, ConfigError>;
}

macro_rules! together {
    ($($setting:ident),+) => {
        #[expect(non_snake_case, reason = "each value goes by the name of its type")]
        impl<$($setting),+> Together for ($(Result<$setting, ConfigError>,)+) {
            type Values = ($($setting,)+);

            fn together(self) -> Result<Self::Values, ConfigError> {
                let ($($setting,)+) = self;
                let mut faults = Vec::new();
                $(let $setting = $setting.map_err(|error| faults.extend(error.0)).ok();)+
                match ($($setting,)+) {
                    ($(Some($setting),)+) => Ok(($($setting,)+)),
                    _ => {
                        // Two settings that are read of one secret have its fault in common.
                        faults.dedup();
                        Err(ConfigError(faults))
                    }
                }
            }
        }
    };
}

together!(A, B);
together!(A, B, C);
together!(A, B, C, D);
together!(A, B, C, D, E);
together!(A, B, C, D, E, F);

/// The connection to AWS, as the Lambda runtime's variables say.
pub fn connection(environment: &Environment) -> Result<Connection, ConfigError> {
    let (region, key, secret, token, endpoint_url, trust) = (
        environment.required::<String>("AWS_REGION"),
        environment.required::<String>("AWS_ACCESS_KEY_ID"),
        environment.required::<String>("AWS_SECRET_ACCESS_KEY"),
        environment.optional::<String>("AWS_SESSION_TOKEN"),
        environment.optional::<String>("AWS_ENDPOINT_URL"),
        trust(environment),
    )
        .together()?;
    Ok(Connection::new(ConnectionConfig {
        region,
        endpoint_url,
        credentials: Credentials::new(key, secret, token, None, "environment"),
        trust,
    }))
}

/// Amazon's roots, unless `AWS_CA_BUNDLE` names a file with others, as it does for AWS's own tools.
fn trust(environment: &Environment) -> Result<Trust, ConfigError> {
    const NAME: &str = "AWS_CA_BUNDLE";
    let Some(path) = environment.text(NAME) else {
        return Ok(Trust::amazon());
    };
    let pem = std::fs::read(path)
        .map_err(|error| ConfigError::of(NAME, format_args!("cannot read {path:?}: {error}")))?;
    Trust::from_pem(&pem).map_err(|error| {
        ConfigError::of(
            NAME,
            format_args!("{path:?} is no bundle of roots: {}", chain(&error)),
        )
    })
}

/// The names of the tables.
pub fn tables(environment: &Environment) -> Result<Tables, ConfigError> {
    let (events, local_events, state) = (
        environment.required("EVENTS_TABLE"),
        environment.required("LOCAL_EVENTS_TABLE"),
        environment.required("STATE_TABLE"),
    )
        .together()?;
    Ok(Tables {
        events,
        local_events,
        state,
    })
}

/// Where each source's queue of jobs is, and where their dead letters are.
pub fn sync_queues(environment: &Environment) -> Result<QueueUrls<BySource<QueueUrl>>, ConfigError> {
    let (jobs, dead_letters) = (
        environment.required("SYNC_QUEUE_URLS"),
        environment.required("SYNC_DLQ_URL"),
    )
        .together()?;
    Ok(QueueUrls { jobs, dead_letters })
}

/// Where the queue by which a comparison of the counters goes on is, and where failures to count are noticed.
pub fn reconcile_queues(environment: &Environment) -> Result<QueueUrls, ConfigError> {
    let (jobs, dead_letters) = (
        environment.required("RECONCILE_QUEUE_URL"),
        environment.required("STREAM_FAILURE_QUEUE_URL"),
    )
        .together()?;
    Ok(QueueUrls { jobs, dead_letters })
}

/// Where the queue of notifications is.
pub fn webhook_queues(environment: &Environment) -> Result<QueueUrls, ConfigError> {
    let (jobs, dead_letters) = (
        environment.required("WEBHOOK_QUEUE_URL"),
        environment.required("WEBHOOK_DLQ_URL"),
    )
        .together()?;
    Ok(QueueUrls { jobs, dead_letters })
}

/// Who is notified of imports; `None` if nobody is.
pub async fn webhook(environment: &Environment, secrets: &Secrets) -> Result<Option<Webhook>, ConfigError> {
    let (address, may_be_private) = (
        environment.optional::<String>("WEBHOOK_URL"),
        environment.or("WEBHOOK_ALLOW_PRIVATE", false),
    )
        .together()?;
    let Some(address) = address else {
        return Ok(None);
    };
    // The address itself may hold a secret.
    let receiver =
        Receiver::new(&address, may_be_private).map_err(|rule| ConfigError::of("WEBHOOK_URL", rule))?;
    let name = "WEBHOOK_SECRET_ARN";
    let arn: String = environment.required(name)?;
    let WebhookSecret { current, previous } = secrets.get(name, &arn).await?;
    let current = current
        .given()
        .ok_or_else(|| ConfigError::of(name, "the secret's current must not be empty"))?;
    let keys = [Some(current), previous.given()];
    let keys = keys.iter().flatten().map(SigningKey::read);
    let keys = keys
        .collect::<Result<_, _>>()
        .map_err(|rule| ConfigError::of(name, format_args!("each of the secrets {rule}")))?;
    Ok(Some(Webhook::new(receiver, keys)))
}

/// The providers for which there are credentials.
pub async fn providers(
    environment: &Environment,
    secrets: &Secrets,
) -> Result<providers::Config, ConfigError> {
    let address = |name, default: &str| {
        let address = environment.or(name, default.to_owned())?;
        address
            .parse::<BaseUrl>()
            .map_err(|rule| ConfigError::of(name, format_args!("{rule}, found {address:?}")))
    };
    let (arn, ticketmaster_url, seatgeek_url, eventbrite_url, meetup_url, meetup_token_url) = (
        environment.required::<String>("PROVIDER_SECRET_ARN"),
        address(
            "TICKETMASTER_BASE_URL",
            "https://app.ticketmaster.com/discovery/v2/",
        ),
        address("SEATGEEK_BASE_URL", "https://api.seatgeek.com/2/"),
        address("EVENTBRITE_BASE_URL", "https://www.eventbriteapi.com/v3/"),
        address("MEETUP_BASE_URL", "https://api.meetup.com/gql-ext"),
        address("MEETUP_TOKEN_URL", "https://secure.meetup.com/oauth2/access"),
    )
        .together()?;
    let secret: ProviderSecret = secrets.get("PROVIDER_SECRET_ARN", &arn).await?;
    Ok(providers::Config {
        ticketmaster: secret
            .ticketmaster_api_key
            .given()
            .map(|api_key| ticketmaster::Config {
                base_url: ticketmaster_url,
                api_key,
            }),
        seatgeek: secret
            .seatgeek_client_id
            .given()
            .map(|client_id| seatgeek::Config {
                base_url: seatgeek_url,
                client_id,
                client_secret: secret.seatgeek_client_secret.given(),
            }),
        eventbrite: secret.eventbrite_token.given().map(|token| eventbrite::Config {
            base_url: eventbrite_url,
            token,
        }),
        meetup: meetup(
            meetup_url,
            meetup_token_url,
            [
                secret.meetup_client_key,
                secret.meetup_member_id,
                secret.meetup_signing_key_id,
                secret.meetup_private_key,
            ],
        )?,
        ..providers::Config::default()
    })
}

/// Meetup's credentials are of use together only.
fn meetup(
    base_url: BaseUrl,
    token_url: BaseUrl,
    credentials: [Credential; 4],
) -> Result<Option<meetup::Config>, ConfigError> {
    let fault = |fault: &dyn Display| ConfigError::of("PROVIDER_SECRET_ARN", fault);
    match credentials.map(Credential::given) {
        [None, None, None, None] => Ok(None),
        [
            Some(client_key),
            Some(member_id),
            Some(signing_key_id),
            Some(private_key),
        ] => {
            let private_key = private_key
                .expose_secret()
                .parse()
                .map_err(|rule| fault(&format_args!("the secret's meetup_private_key {rule}")))?;
            Ok(Some(meetup::Config {
                base_url,
                token_url,
                client_key,
                member_id,
                signing_key_id,
                private_key,
            }))
        }
        _ => Err(fault(
            &"the secret's meetup_client_key, meetup_member_id, meetup_signing_key_id and meetup_private_key must all be given",
        )),
    }
}

/// How tokens are verified.
pub async fn auth(environment: &Environment, secrets: &Secrets) -> Result<AuthConfig, ConfigError> {
    let (mode, issuer, audience, roles_claim) = (
        environment.or("AUTH_MODE", "hs256".to_owned()),
        environment.optional("JWT_ISSUER"),
        environment.optional("JWT_AUDIENCE"),
        environment.or("ROLES_CLAIM", "roles".to_owned()),
    )
        .together()?;
    let mode = match mode.as_str() {
        "hs256" => {
            let secret = auth_secret(environment, secrets).await?;
            let (secret, previous) = (
                jwt_secret("jwt_secret", secret.jwt_secret.given()),
                secret
                    .jwt_secret_previous
                    .given()
                    .map(|previous| jwt_secret("jwt_secret_previous", Some(previous)))
                    .transpose(),
            )
                .together()?;
            AuthMode::Hs256 { secret, previous }
        }
        "jwks" => AuthMode::Jwks {
            url: environment.required("JWKS_URL")?,
        },
        other => {
            let fault = format_args!("expected hs256 or jwks, found {other:?}");
            return Err(ConfigError::of("AUTH_MODE", fault));
        }
    };
    Ok(AuthConfig {
        mode,
        issuer,
        audience,
        roles_claim,
    })
}

/// What seals page tokens.
pub async fn page_tokens(environment: &Environment, secrets: &Secrets) -> Result<PageTokens, ConfigError> {
    let key = auth_secret(environment, secrets).await?.page_token_key.given();
    let fault = "the secret's page_token_key must not be empty";
    let key = key.ok_or_else(|| ConfigError::of("AUTH_SECRET_ARN", fault))?;
    Ok(PageTokens::new(key.expose_secret().as_bytes()))
}

async fn auth_secret(environment: &Environment, secrets: &Secrets) -> Result<AuthSecret, ConfigError> {
    let arn: String = environment.required("AUTH_SECRET_ARN")?;
    Ok(secrets.get("AUTH_SECRET_ARN", &arn).await?)
}

/// A key for HS256 has at least as many bits as the hash (RFC 7518, 3.2): a shorter one can be guessed from a token.
fn jwt_secret(field: &str, secret: Option<SecretString>) -> Result<SecretString, ConfigError> {
    const MIN_BYTES: usize = 32;
    let fault = format_args!("the secret's {field} must have at least {MIN_BYTES} bytes");
    secret
        .filter(|secret| secret.expose_secret().len() >= MIN_BYTES)
        .ok_or_else(|| ConfigError::of("AUTH_SECRET_ARN", fault))
}
