//! What work on local events needs, built once a process.

use edge::config::{self, ConfigError, Environment, Together as _};
use edge::secrets::Secrets;
use edge::{Authenticator, Gate};
use storage::Store;

/// The client of this function.
#[derive(Debug)]
pub struct Context {
    /// The store.
    pub store: Store,
}

impl Context {
    /// Reads the environment and builds the client.
    pub async fn build(environment: &Environment) -> Result<(Self, Gate), ConfigError> {
        let (connection, tables, retention) = (
            config::connection(environment),
            config::tables(environment),
            environment.number("RETENTION_DAYS", "days", 1..=3_650, 90),
        )
            .together()?;
        let secrets = Secrets::new(&connection);
        let store = Store::new(&connection, tables).with_retention(retention);
        let (auth, ()) = tokio::join!(config::auth(environment, &secrets), store.warm());
        let gate = Gate::new(Authenticator::new(auth?));
        Ok((Self { store }, gate))
    }
}
