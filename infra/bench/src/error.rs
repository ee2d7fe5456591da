//! Why nothing could be measured.

use std::io;

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    /// A file, a process or a port.
    #[error("{what}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system says.
        source: io::Error,
    },
    /// An executable does not build.
    #[error("{0} does not build")]
    Build(String),
    /// The system that the functions run in does not start.
    #[error("the system does not start")]
    Start(#[from] local::StartError),
    /// A certificate cannot be made.
    #[error("no certificate can be made")]
    Certificate(#[from] rcgen::Error),
    /// TLS cannot be served.
    #[error("TLS cannot be served")]
    Tls(#[from] tokio_rustls::rustls::Error),
    /// A function did something else than to answer.
    #[error("{function}: {fault}")]
    Function {
        /// Its name.
        function: String,
        /// What it did.
        fault: String,
    },
    /// Something that is measured went wrong.
    #[error("{what} went wrong")]
    Measured {
        /// What was measured.
        what: &'static str,
        /// How it went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl BenchError {
    /// For `map_err`: an error of the system at trying `what`.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    /// For `map_err`: an error within what is measured.
    pub(crate) fn measured<E: std::error::Error + Send + Sync + 'static>(
        what: &'static str,
    ) -> impl FnOnce(E) -> Self {
        move |source| Self::Measured {
            what,
            source: Box::new(source),
        }
    }
}
