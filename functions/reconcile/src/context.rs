//! What a comparison needs, built once a process.

use edge::config::{self, ConfigError, Environment, Together as _};
use edge::queue::JobQueue;
use storage::Store;

/// The pieces that an invocation compares at most: each takes a second or two at worst.
const PIECES: usize = 20;

/// The clients of this function.
#[derive(Debug)]
pub struct Context {
    /// The store.
    pub store: Store,
    /// The queue by which a comparison goes on.
    pub queue: JobQueue,
    /// How many pieces an invocation compares.
    pub pieces: usize,
    /// How many events a piece has.
    pub piece: u32,
}

impl Context {
    /// The most events of a piece.
    pub const PIECE: u32 = 500;

    /// Reads the environment and builds the clients.
    pub fn build(environment: &Environment) -> Result<Self, ConfigError> {
        let (connection, tables, queues) = (
            config::connection(environment),
            config::tables(environment),
            config::reconcile_queues(environment),
        )
            .together()?;
        Ok(Self {
            store: Store::new(&connection, tables).metered(),
            queue: JobQueue::new(&connection, queues),
            pieces: PIECES,
            piece: Self::PIECE,
        })
    }
}
