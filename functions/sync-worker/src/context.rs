//! What the worker needs, built once a process.

use edge::config::{self, ConfigError, Environment, Together as _};
use edge::queue::SyncQueues;
use edge::secrets::Secrets;
use edge::{Budgets, Guarded};
use providers::Providers;
use storage::Store;

/// The clients and settings of this function.
#[derive(Debug)]
pub struct Context {
    /// The store.
    pub store: Store,
    /// The providers.
    pub providers: Guarded,
    /// The queues of jobs.
    pub jobs: SyncQueues,
    /// How many events of a slice are read.
    pub max_events: u64,
}

impl Context {
    /// Reads the environment and builds the clients.
    pub async fn build(environment: &Environment) -> Result<Self, ConfigError> {
        let (connection, tables, queues, max_events, retention, budgets) = (
            config::connection(environment),
            config::tables(environment),
            config::sync_queues(environment),
            environment.number("MAX_EVENTS_PER_SYNC", "events", 1..=1_000_000, 1_000),
            environment.number("RETENTION_DAYS", "days", 1..=3_650, 90),
            Budgets::read(environment),
        )
            .together()?;
        let secrets = Secrets::new(&connection);
        let providers = Providers::new(config::providers(environment, &secrets).await?);
        let store = Store::new(&connection, tables)
            .with_retention(retention)
            .metered();
        Ok(Self {
            providers: Guarded::new(providers, store.clone(), budgets),
            store,
            jobs: SyncQueues::new(&connection, queues),
            max_events,
        })
    }
}
