//! What the tally needs, built once a process.

use edge::config::{self, ConfigError, Environment, Together as _};
use storage::Store;

/// The client of this function.
#[derive(Debug)]
pub struct Context {
    /// The store.
    pub store: Store,
}

impl Context {
    /// Reads the environment and builds the client.
    pub fn build(environment: &Environment) -> Result<Self, ConfigError> {
        let (connection, tables) =
            (config::connection(environment), config::tables(environment)).together()?;
        Ok(Self {
            store: Store::new(&connection, tables),
        })
    }
}
