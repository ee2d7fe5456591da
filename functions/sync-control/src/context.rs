//! What the control of the sync needs, built once a process.

use domain::sync::ChosenSlices;
use edge::config::{self, ConfigError, Environment, Together as _};
use edge::queue::SyncQueues;
use edge::secrets::Secrets;
use edge::{Authenticator, Gate};
use storage::Store;

/// The clients of this function.
#[derive(Debug)]
pub struct Context {
    /// The store, where runs are noted.
    pub store: Store,
    /// The queues of jobs.
    pub jobs: SyncQueues,
    /// The owners whose events are read of providers without a public catalogue.
    pub chosen: ChosenSlices,
}

impl Context {
    /// Reads the environment and builds the clients.
    pub async fn build(environment: &Environment) -> Result<(Self, Gate), ConfigError> {
        let (connection, tables, queues, chosen) = (
            config::connection(environment),
            config::tables(environment),
            config::sync_queues(environment),
            config::chosen_slices(environment),
        )
            .together()?;
        let secrets = Secrets::new(&connection);
        let gate = Gate::new(Authenticator::new(config::auth(environment, &secrets).await?));
        Ok((
            Self {
                store: Store::new(&connection, tables),
                jobs: SyncQueues::new(&connection, queues),
                chosen,
            },
            gate,
        ))
    }
}
