//! What an import needs, built once a process.

use edge::config::{self, ConfigError, Environment, Together as _};
use edge::secrets::Secrets;
use edge::{Authenticator, Budgets, Gate, Guarded};
use providers::Providers;
use storage::Store;

use crate::ids::LocalEventIds;

/// The clients of this function.
#[derive(Debug)]
pub struct Context {
    /// The store.
    pub store: Store,
    /// The providers, for events that are not stored.
    pub providers: Guarded,
    /// The ids of imports to come.
    pub ids: LocalEventIds,
}

impl Context {
    /// Reads the environment and builds the clients.
    pub async fn build(environment: &Environment) -> Result<(Self, Gate), ConfigError> {
        let (connection, tables, budgets) = (
            config::connection(environment),
            config::tables(environment),
            Budgets::read(environment),
        )
            .together()?;
        let secrets = Secrets::new(&connection);
        let store = Store::new(&connection, tables);
        let (auth, providers, ()) = tokio::join!(
            config::auth(environment, &secrets),
            config::providers(environment, &secrets),
            store.warm(),
        );
        let (auth, providers) = (auth, providers).together()?;
        let gate = Gate::new(Authenticator::new(auth));
        let providers = Guarded::new(Providers::new(providers), store.clone(), budgets);
        let ids = LocalEventIds::new(store.clone());
        Ok((
            Self {
                store,
                providers,
                ids,
            },
            gate,
        ))
    }
}
