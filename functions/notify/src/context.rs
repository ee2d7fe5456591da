//! What notifying needs, built once a process.

use edge::config::{self, ConfigError, Environment, Together as _};
use edge::queue::JobQueue;
use edge::secrets::Secrets;
use edge::webhook::Webhook;
use storage::Store;

/// The clients of this function.
#[derive(Debug)]
pub struct Context {
    /// The store.
    pub store: Store,
    /// The queue of notifications.
    pub queue: JobQueue,
    /// Who is notified, if anybody is.
    pub webhook: Option<Webhook>,
}

impl Context {
    /// Reads the environment and builds the clients.
    pub async fn build(environment: &Environment) -> Result<Self, ConfigError> {
        let (connection, tables, queues) = (
            config::connection(environment),
            config::tables(environment),
            config::webhook_queues(environment),
        )
            .together()?;
        let secrets = Secrets::new(&connection);
        Ok(Self {
            webhook: config::webhook(environment, &secrets).await?,
            store: Store::new(&connection, tables),
            queue: JobQueue::new(&connection, queues),
        })
    }
}
