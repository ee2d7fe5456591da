//! What analytics need, built once a process.

use edge::config::{self, ConfigError, Environment, Together as _};
use edge::secrets::Secrets;
use edge::{Authenticator, Budgets, Gate};
use storage::Store;

/// The client and settings of this function.
#[derive(Debug)]
pub struct Context {
    /// The store.
    pub store: Store,
    /// How many calls each provider gets.
    pub budgets: Budgets,
}

impl Context {
    /// Reads the environment and builds the client.
    pub async fn build(environment: &Environment) -> Result<(Self, Gate), ConfigError> {
        let (connection, tables, budgets) = (
            config::connection(environment),
            config::tables(environment),
            Budgets::read(environment),
        )
            .together()?;
        let secrets = Secrets::new(&connection);
        let store = Store::new(&connection, tables);
        // The first read opens the connection. If it fails, a request will find that.
        let (auth, _) = tokio::join!(config::auth(environment, &secrets), store.sources());
        let gate = Gate::new(Authenticator::new(auth?));
        Ok((Self { store, budgets }, gate))
    }
}
