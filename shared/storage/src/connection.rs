//! How every AWS client of this system is built.

mod endpoint;
mod trust;

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::endpoint::SharedEndpointResolver;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, IdentityCache, Region, StalledStreamProtectionConfig, retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_types::SdkConfig;

pub use self::trust::{InvalidTrust, Trust};

/// Establishing a connection takes a few milliseconds within a region.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// One try. DynamoDB answers within tens of milliseconds; what takes longer will not come.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// All tries of one operation, pauses included.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(5);
/// The first pause between two tries; the SDK's default of a second is longer than a caller waits.
const INITIAL_BACKOFF: Duration = Duration::from_millis(50);
/// The longest pause between two tries.
const MAX_BACKOFF: Duration = Duration::from_secs(1);

/// Where AWS is, and as whom to call it.
#[derive(Debug, Clone)]
pub struct ConnectionConfig {
    /// The region, `eu-central-1`.
    pub region: String,
    /// One address for all services, for a stand-in on this machine; `None` for AWS itself.
    pub endpoint_url: Option<String>,
    /// The caller. The Lambda runtime renews a function's credentials by starting it afresh, so they never change.
    pub credentials: Credentials,
    /// Whose certificates are accepted.
    pub trust: Trust,
}

/// The connection to AWS: one HTTP client, shared by the clients of all services.
#[derive(Debug, Clone)]
pub struct Connection {
    sdk_config: SdkConfig,
    region: String,
    endpoint_url: Option<String>,
}

impl Connection {
    /// Prepares the connection; nothing is sent before the first request.
    pub fn new(config: ConnectionConfig) -> Self {
        let plain = config
            .endpoint_url
            .as_deref()
            .is_some_and(|url| url.starts_with("http://"));
        let http_client = if plain {
            Builder::new().build_http()
        } else {
            Builder::new()
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .tls_context(config.trust.into_context())
                .build_https()
        };
        let sdk_config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(config.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(config.credentials))
            .identity_cache(IdentityCache::no_cache())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(CONNECT_TIMEOUT)
                    .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                    .operation_timeout(OPERATION_TIMEOUT)
                    .build(),
            )
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(3)
                    .with_initial_backoff(INITIAL_BACKOFF)
                    .with_max_backoff(MAX_BACKOFF),
            )
            .http_client(http_client);
        Self {
            sdk_config: sdk_config.build(),
            region: config.region,
            endpoint_url: config.endpoint_url,
        }
    }

    /// What the client of an AWS service is built from, together with its [endpoint](Self::endpoint).
    pub fn sdk_config(&self) -> &SdkConfig {
        &self.sdk_config
    }

    /// Where an AWS service is, by the name that its address begins with: `sqs`.
    pub fn endpoint(&self, service: &str) -> SharedEndpointResolver {
        endpoint::resolver(service, &self.region, self.endpoint_url.as_deref())
    }
}
