//! Why a provider gave no answer.

use std::time::Duration;

use crate::http::HttpError;

/// A provider's failure, by what can be done about it. Neither `Display` nor `Debug` shows a key, a URL with one, or
/// anything of a body.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProviderError {
    /// There is no key for this provider: it was not called.
    #[error("the provider is not configured")]
    NotConfigured,
    /// The provider has no search for this: what it told before, which the store keeps, has to answer.
    #[error("the provider has no such search")]
    NotSearchable,
    /// The provider does not accept our key: calling again changes nothing.
    #[error("the provider refuses our credentials")]
    Unauthorized,
    /// Too many calls.
    #[error("the provider limits our rate of calls")]
    RateLimited {
        /// When it said to come back.
        retry_after: Option<Duration>,
    },
    /// It cannot answer now.
    #[error("the provider is unavailable")]
    Unavailable {
        /// When it said to come back.
        retry_after: Option<Duration>,
        /// What went wrong.
        #[source]
        fault: Fault,
    },
    /// It finds our call wrong: a fault of ours, which calling again does not mend.
    #[error("the provider refuses the call with status {status}{}", .code.as_deref().map(|code| format!(" and code {code}")).unwrap_or_default())]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The provider's own code, such as `DIS1015`.
        code: Option<String>,
    },
}

/// What makes an answer useless.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// No whole answer came.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// A status that stands for no answer.
    #[error("it answered with status {0}")]
    Status(u16),
    /// A content type other than JSON, such as the HTML of a gateway.
    #[error("it answered with something else than JSON")]
    NotJson,
    /// Broken JSON.
    #[error("its JSON is broken at line {line}, column {column}")]
    Malformed {
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
    },
    /// JSON that is not of the kind asked for.
    #[error("its JSON is not the document asked for")]
    Shape,
    /// A page of more events than were ever asked for.
    #[error("its page lists {limit} events or more")]
    TooMany {
        /// From how many events on a page is not read.
        limit: usize,
    },
    /// It was not even asked: it gave no answer to several calls in a row, and is left alone for a while.
    #[error("it is left alone for a while, because it kept failing")]
    LeftAlone,
    /// A GraphQL answer with errors in place of data.
    #[error("it answered with errors instead of data")]
    NoData,
    /// Our part of a token's request could not be signed.
    #[error("the assertion for its token cannot be signed")]
    Unsigned,
    /// A later page claims that there is nothing at all, which is how SeatGeek cuts off deep paging.
    #[error("its total fell to nothing between two pages")]
    Truncated,
}

impl ProviderError {
    /// Whether the same call may succeed later.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::Unavailable { .. })
    }

    /// When the provider said to come back.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } | Self::Unavailable { retry_after, .. } => *retry_after,
            Self::NotConfigured | Self::NotSearchable | Self::Unauthorized | Self::Refused { .. } => None,
        }
    }
}

impl From<Fault> for ProviderError {
    fn from(fault: Fault) -> Self {
        Self::Unavailable {
            retry_after: None,
            fault,
        }
    }
}

impl From<HttpError> for ProviderError {
    fn from(error: HttpError) -> Self {
        Fault::from(error).into()
    }
}

/// Keeps the place only: serde's own message quotes what it found there.
impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::Malformed {
            line: error.line(),
            column: error.column(),
        }
    }
}
