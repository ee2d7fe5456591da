//! Where queues are.

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::Deserialize;
use url::Url;

use crate::by_source::BySource;

/// The address of a queue, as SQS writes it: `https://sqs.eu-central-1.amazonaws.com/123456789012/name`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct QueueUrl(String);

/// A text that is no [`QueueUrl`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the URL of a queue")]
pub struct InvalidQueueUrl;

impl QueueUrl {
    /// The queue's name, the last part of its address and of its ARN.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

impl TryFrom<String> for QueueUrl {
    type Error = InvalidQueueUrl;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let url = Url::parse(&text).map_err(|_| InvalidQueueUrl)?;
        let parts: Vec<_> = url.path_segments().into_iter().flatten().collect();
        match (url.scheme(), parts.as_slice()) {
            ("http" | "https", [_account, name]) if !name.is_empty() => Ok(Self(text)),
            _ => Err(InvalidQueueUrl),
        }
    }
}

impl FromStr for QueueUrl {
    type Err = InvalidQueueUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_owned().try_into()
    }
}

impl Display for QueueUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a queue is, or several that share their dead letters, and those.
#[derive(Debug, Clone)]
pub struct QueueUrls<Jobs = QueueUrl> {
    /// The jobs.
    pub jobs: Jobs,
    /// The dead letters.
    pub dead_letters: QueueUrl,
}

/// Why a text does not say where each source's queue is.
#[derive(Debug, thiserror::Error)]
#[error("expected a JSON object with the URL of each source's queue ({0})")]
pub struct InvalidQueuesBySource(serde_json::Error);

impl FromStr for BySource<QueueUrl> {
    type Err = InvalidQueuesBySource;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(text).map_err(InvalidQueuesBySource)
    }
}
