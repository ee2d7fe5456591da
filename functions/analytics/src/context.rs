//! What analytics need, built once a process.

use edge::config::{self, ConfigError, Environment, Together as _};
use edge::secrets::Secrets;
use edge::{Authenticator, Budgets, Gate, RecentSources};
use storage::Store;

/// The client and settings of this function.
#[derive(Debug)]
pub struct Context {
    /// The store.
    pub store: Store,
    /// How the sources fare, and when they were last synced.
    pub sources: RecentSources,
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
        let sources = RecentSources::new(store.clone());
        let (auth, ()) = tokio::join!(config::auth(environment, &secrets), sources.warm());
        let gate = Gate::new(Authenticator::new(auth?));
        let context = Self {
            store,
            sources,
            budgets,
        };
        Ok((context, gate))
    }
}
