//! What a search needs, built once a process.

use std::time::Duration;

use edge::config::{self, ConfigError, Environment, Together as _};
use edge::secrets::Secrets;
use edge::{Authenticator, Budgets, Gate, Guarded, LatestSyncs};
use providers::Providers;
use storage::Store;

use crate::answers::Answers;
use crate::flight::Flights;
use crate::outcome::Outcome;

/// The clients and settings of this function.
#[derive(Debug)]
pub struct Context {
    /// The store: cached answers, and what is known about the events found.
    pub store: Store,
    /// When its events were last read at their sources.
    pub syncs: LatestSyncs,
    /// The providers.
    pub providers: Guarded,
    /// What they answered lately.
    pub answers: Answers,
    /// The searches under way.
    pub flights: Flights<Outcome>,
    /// The settings.
    pub settings: Settings,
}

/// The settings of this function.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How long a search takes at most.
    pub deadline: Duration,
    /// How long a provider's answer counts as fresh.
    pub fresh: Duration,
}

impl Settings {
    fn read(environment: &Environment) -> Result<Self, ConfigError> {
        let (deadline, fresh) = (
            environment.number("SEARCH_DEADLINE_MS", "milliseconds", 100..=29_000, 2_500),
            environment.number("CACHE_DURATION_MINUTES", "minutes", 0..=1_440, 60),
        )
            .together()?;
        Ok(Self {
            deadline: Duration::from_millis(deadline),
            fresh: Duration::from_mins(fresh),
        })
    }
}

impl Context {
    /// Reads the environment and builds the clients.
    pub async fn build(environment: &Environment) -> Result<(Self, Gate), ConfigError> {
        let (connection, tables, settings, budgets) = (
            config::connection(environment),
            config::tables(environment),
            Settings::read(environment),
            Budgets::read(environment),
        )
            .together()?;
        let secrets = Secrets::new(&connection);
        let store = Store::new(&connection, tables);
        let syncs = LatestSyncs::new(store.clone());
        let (auth, providers, ()) = tokio::join!(
            config::auth(environment, &secrets),
            config::providers(environment, &secrets),
            syncs.warm(),
        );
        let (auth, providers) = (auth, providers).together()?;
        let gate = Gate::new(Authenticator::new(auth));
        let providers = Guarded::new(Providers::new(providers), store.clone(), budgets);
        Ok((
            Self {
                store,
                syncs,
                providers,
                answers: Answers::default(),
                flights: Flights::default(),
                settings,
            },
            gate,
        ))
    }
}
