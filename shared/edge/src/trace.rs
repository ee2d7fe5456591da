//! One trace from the API over the queue to the worker: whoever is called hands its caller's on.

use tokio::task_local;

task_local! {
    static CURRENT: Option<Trace>;
}

/// Where a piece of work began, as X-Ray writes it: `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=…;Sampled=1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace(String);

impl Trace {
    /// The trace of this header.
    pub fn of(header: impl Into<String>) -> Self {
        Self(header.into())
    }

    /// What all pieces of the work have in common.
    pub fn id(&self) -> &str {
        let mut parts = self.0.split(';');
        parts
            .find_map(|part| part.trim().strip_prefix("Root="))
            .unwrap_or(&self.0)
    }

    /// The header that hands the trace on.
    pub fn header(&self) -> &str {
        &self.0
    }

    /// The trace of the work that is under way.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok().flatten()
    }

    /// Does `work` as a piece of `trace`.
    pub async fn within<F: Future>(trace: Option<Self>, work: F) -> F::Output {
        // Boxed: it holds all of an invocation, too much to be moved about.
        CURRENT.scope(trace, Box::pin(work)).await
    }
}
