//! What reading needs, built once a process.

use edge::config::{self, ConfigError, Environment, Together as _};
use edge::secrets::Secrets;
use edge::{Authenticator, Budgets, Gate, Guarded, RecentSources};
use providers::Providers;
use storage::{PageTokens, Store};

/// The clients of this function.
#[derive(Debug)]
pub struct Context {
    /// The store.
    pub store: Store,
    /// When its events were last read at their sources.
    pub sources: RecentSources,
    /// The providers, for events that are not stored.
    pub providers: Guarded,
    /// What seals page tokens.
    pub page_tokens: PageTokens,
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
        let sources = RecentSources::new(store.clone());
        let (auth, page_tokens, providers, ()) = tokio::join!(
            config::auth(environment, &secrets),
            config::page_tokens(environment, &secrets),
            config::providers(environment, &secrets),
            sources.warm(),
        );
        let (auth, page_tokens, providers) = (auth, page_tokens, providers).together()?;
        let gate = Gate::new(Authenticator::new(auth));
        let providers = Guarded::new(Providers::new(providers), store.clone(), budgets);
        Ok((
            Self {
                store,
                sources,
                providers,
                page_tokens,
            },
            gate,
        ))
    }
}
