//! How every AWS client of this system is built.

mod http;
mod trust;

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, IdentityCache, Region, StalledStreamProtectionConfig, retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_types::SdkConfig;

pub use self::trust::{InvalidTrust, Trust};

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
}

impl Connection {
    /// Prepares the connection; nothing is sent before the first request.
    pub fn new(config: ConnectionConfig) -> Self {
        let is_plain = config
            .endpoint_url
            .as_deref()
            .is_some_and(|url| url.starts_with("http://"));
        let roots = (!is_plain).then(|| config.trust.into_roots());
        let mut sdk_config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(config.region))
            .credentials_provider(SharedCredentialsProvider::new(config.credentials))
            .identity_cache(IdentityCache::no_cache())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .timeout_config(
                TimeoutConfig::builder()
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
            .http_client(http::client(roots));
        sdk_config.set_endpoint_url(config.endpoint_url);
        Self {
            sdk_config: sdk_config.build(),
        }
    }

    /// What the client of an AWS service is built from.
    pub fn sdk_config(&self) -> &SdkConfig {
        &self.sdk_config
    }
}
