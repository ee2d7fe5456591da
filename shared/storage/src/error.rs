//! What can go wrong with the store, as questions that callers ask.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A failed access to the store. The cause is in [`std::error::Error::source`], for the log.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct StorageError {
    kind: Kind,
    source: Option<Cause>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Kind {
    #[error("the store has no capacity for {0} right now")]
    Throttled(&'static str),
    #[error("the store did not answer {0}")]
    Unavailable(&'static str),
    #[error("too many writers at once for {0}")]
    Contended(&'static str),
    #[error("the store refused {0}")]
    Refused(&'static str),
    #[error("a stored {0} cannot be read")]
    Unreadable(&'static str),
    #[error("{0} cannot be stored")]
    Unwritable(&'static str),
}

/// Codes with which DynamoDB asks to come back later.
const THROTTLING: [&str; 4] = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
];

impl StorageError {
    /// Whether the store is there but has too much to do: the same request succeeds later.
    pub fn is_throttled(&self) -> bool {
        matches!(self.kind, Kind::Throttled(_) | Kind::Contended(_))
    }

    /// Whether the store could not be reached, or failed by its own fault: the same request may succeed later.
    pub fn is_unavailable(&self) -> bool {
        matches!(self.kind, Kind::Unavailable(_))
    }

    pub(crate) fn of<E>(operation: &'static str, error: SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
        let kind = match &error {
            SdkError::ConstructionFailure(_) => Kind::Refused(operation),
            SdkError::ServiceError(answer) => {
                if code.is_some_and(|code| THROTTLING.contains(&code)) {
                    Kind::Throttled(operation)
                } else if answer.raw().status().is_server_error() {
                    Kind::Unavailable(operation)
                } else {
                    Kind::Refused(operation)
                }
            }
            _ => Kind::Unavailable(operation),
        };
        Self {
            kind,
            source: Some(Box::new(error)),
        }
    }

    pub(crate) fn throttled(operation: &'static str) -> Self {
        Self {
            kind: Kind::Throttled(operation),
            source: None,
        }
    }

    pub(crate) fn contended(operation: &'static str) -> Self {
        Self {
            kind: Kind::Contended(operation),
            source: None,
        }
    }

    pub(crate) fn unreadable(item: &'static str, source: impl Into<Cause>) -> Self {
        Self {
            kind: Kind::Unreadable(item),
            source: Some(source.into()),
        }
    }

    pub(crate) fn unwritable(item: &'static str, source: impl Into<Cause>) -> Self {
        Self {
            kind: Kind::Unwritable(item),
            source: Some(source.into()),
        }
    }
}
