//! What the scheduler needs, built once a process.

use domain::sync::ChosenSlices;
use edge::config::{self, ConfigError, Environment, Together as _};
use edge::queue::SyncQueues;
use storage::Store;

/// The clients and settings of this function.
#[derive(Debug)]
pub struct Context {
    /// The store, where runs are noted.
    pub store: Store,
    /// The queues of jobs.
    pub jobs: SyncQueues,
    /// The owners whose events are read of providers without a public catalogue.
    pub chosen: ChosenSlices,
    /// Whether the schedule starts anything.
    pub enabled: bool,
}

impl Context {
    /// Reads the environment and builds the clients.
    pub fn build(environment: &Environment) -> Result<Self, ConfigError> {
        let (connection, tables, queues, chosen, enabled) = (
            config::connection(environment),
            config::tables(environment),
            config::sync_queues(environment),
            config::chosen_slices(environment),
            environment.or("ENABLE_AUTO_SYNC", true),
        )
            .together()?;
        Ok(Self {
            store: Store::new(&connection, tables),
            jobs: SyncQueues::new(&connection, queues),
            chosen,
            enabled,
        })
    }
}
