//! What analytics need, built once a process.

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
        let (connection, tables) =
            (config::connection(environment), config::tables(environment)).together()?;
        let secrets = Secrets::new(&connection);
        let gate = Gate::new(Authenticator::new(config::auth(environment, &secrets).await?));
        let store = Store::new(&connection, tables);
        store.warm().await;
        Ok((Self { store }, gate))
    }
}
