//! The AWS services that the functions call, emulated behind one HTTP endpoint.
//!
//! A request names its service in `X-Amz-Target`, as the AWS JSON protocols do: DynamoDB goes to the embedded
//! dynoxide, SQS and Secrets Manager are answered here.

pub mod sqs;

use std::{path::PathBuf, sync::Arc};

use dynoxide::Database;
use tokio::net::TcpListener;

pub use self::sqs::Queues;
use crate::template::Stack;

/// Where the emulated services keep their data.
#[derive(Clone, Debug)]
pub enum Storage {
    /// Nowhere: it ends with the process.
    Memory,
    /// In files of this directory.
    Directory(PathBuf),
}

/// Why the emulated services cannot start.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {}

/// The emulated services, running; dropping it stops them.
pub struct Aws {
    database: Database,
    queues: Arc<Queues>,
}

impl Aws {
    /// Starts the services on `listener`, with the tables, queues and secrets of `stack`.
    pub async fn start(listener: TcpListener, storage: Storage, stack: &Stack) -> Result<Self, AwsError> {
        unimplemented!("{listener:?} {storage:?} {stack:?}")
    }

    /// The embedded DynamoDB, in process; its calls block.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The queues, in process.
    pub fn queues(&self) -> &Arc<Queues> {
        &self.queues
    }
}
