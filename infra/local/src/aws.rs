//! The AWS services that the functions call, emulated behind one HTTP endpoint.
//!
//! A request names its service in `X-Amz-Target`, as the AWS JSON protocols do: DynamoDB goes to the embedded
//! dynoxide, SQS and Secrets Manager are answered here. Signatures are not verified.

mod dynamodb;
mod random;
mod secrets;
mod service_error;
pub mod sqs;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::{self, Body},
    extract::{Request, State},
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
    serve::ListenerExt,
};
use dynoxide::{Database, DynoxideError};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinSet};

pub use self::sqs::Queues;
use self::{
    dynamodb::{Engine, Forwarder},
    secrets::Secrets,
    service_error::ServiceError,
};
use crate::template::Stack;

/// SQS takes a batch of 1 MiB at most; JSON escapes can make it up to six times as long.
const MAX_BODY_BYTES: usize = 8 << 20;

/// DynamoDB promises to delete expired items within days; here they go soon enough to be watched.
const TTL_SWEEP_PERIOD: Duration = Duration::from_secs(5);

/// Where the emulated services keep their data.
#[derive(Clone, Debug)]
pub enum Storage {
    /// Nowhere: it ends with the process.
    Memory,
    /// In files of this directory.
    Directory(PathBuf),
}

impl Storage {
    /// The path of a file to keep, if anything is kept.
    fn file(&self, name: &str) -> Option<PathBuf> {
        match self {
            Self::Memory => None,
            Self::Directory(directory) => Some(directory.join(name)),
        }
    }
}

/// Why the emulated services cannot start.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    /// A file of the storage directory cannot be read or written.
    #[error("cannot use {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of the storage directory has lost its form.
    #[error("{} is damaged; start with --fresh", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How.
        source: serde_json::Error,
    },
    /// No thread or port for the embedded DynamoDB.
    #[error("the embedded DynamoDB cannot start")]
    Engine(#[source] io::Error),
    /// The database file cannot be opened.
    #[error("the database cannot be opened")]
    Database(#[source] DynoxideError),
    /// A table cannot be made.
    #[error("table {table} cannot be made")]
    Table {
        /// Its logical id.
        table: String,
        /// Why.
        source: DynoxideError,
    },
    /// The template's CreateTable request has no meaning.
    #[error("table {table} has properties that DynamoDB does not take")]
    TableProperties {
        /// Its logical id.
        table: String,
        /// Which.
        source: serde_json::Error,
    },
    /// A table differs from the template in what cannot be changed in place.
    #[error("table {table} was made with another {part}; start with --fresh")]
    TableChanged {
        /// Its logical id.
        table: String,
        /// What differs.
        part: &'static str,
    },
    /// A secret's generated string cannot be made.
    #[error("the secret {0} cannot be generated: its template is no JSON object, or there is no randomness")]
    Secret(String),
}

/// The emulated services, running; dropping it stops them.
pub struct Aws {
    engine: Engine,
    queues: Arc<Queues>,
    _tasks: JoinSet<()>,
}

impl Aws {
    /// Starts the services on `listener`, with the tables, queues and secrets of `stack`.
    ///
    /// What `storage` holds of an earlier run is kept, except that messages in flight are visible again: their
    /// receivers are gone.
    pub async fn start(listener: TcpListener, storage: Storage, stack: &Stack) -> Result<Self, AwsError> {
        if let Storage::Directory(directory) = &storage {
            fs::create_dir_all(directory).map_err(|source| file_error(directory, source))?;
        }
        let engine = Engine::start(storage.file("dynamodb.sqlite").as_deref(), &stack.tables).await?;
        let queues = Arc::new(Queues::open(storage.file("queues.jsonl"), &stack.queues)?);
        let services = Arc::new(Services {
            dynamodb: engine.forwarder(),
            queues: Arc::clone(&queues),
            secrets: Secrets::open(storage.file("generated-secrets.json").as_deref(), &stack.secrets)?,
        });

        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, services));
        tasks.spawn(expire_items(engine.database().clone()));
        Ok(Self {
            engine,
            queues,
            _tasks: tasks,
        })
    }

    /// The embedded DynamoDB, in process; its calls block.
    pub fn database(&self) -> &Database {
        self.engine.database()
    }

    /// The queues, in process.
    pub fn queues(&self) -> &Arc<Queues> {
        &self.queues
    }
}

struct Services {
    dynamodb: Forwarder,
    queues: Arc<Queues>,
    secrets: Secrets,
}

async fn serve(listener: TcpListener, services: Arc<Services>) {
    // Answers are small; waiting to fill a packet would only delay them.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY refused");
        }
    });
    let app = Router::new().fallback(answer).with_state(services);
    if let Err(error) = axum::serve(listener, app).await {
        tracing::error!(%error, "the AWS endpoint has ended");
    }
}

async fn answer(State(services): State<Arc<Services>>, request: Request) -> Response {
    let target = request
        .headers()
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok());
    let target = target.unwrap_or_default().to_owned();
    match target.split_once('.') {
        Some(("DynamoDB_20120810" | "DynamoDBStreams_20120810", _)) => {
            services.dynamodb.forward(request).await
        }
        Some(("AmazonSQS", operation)) => {
            let answer = async { sqs::api::answer(&services.queues, operation, &read(request).await?).await };
            json_response("application/x-amz-json-1.0", answer.await)
        }
        Some(("secretsmanager", operation)) => {
            let answer = async { services.secrets.answer(operation, &read(request).await?) };
            json_response("application/x-amz-json-1.1", answer.await)
        }
        _ => ServiceError::unknown_operation(&target).into_response(),
    }
}

async fn read(request: Request) -> Result<body::Bytes, ServiceError> {
    let body = body::to_bytes(request.into_body(), MAX_BODY_BYTES).await;
    body.map_err(|error| ServiceError::sender("SerializationException", error.to_string()))
}

fn json_response(content_type: &'static str, answer: Result<Value, ServiceError>) -> Response {
    let mut response = match answer {
        Ok(answer) => Response::new(Body::from(answer.to_string())),
        Err(error) => error.into_response(),
    };
    response
        .headers_mut()
        .insert(CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    response
}

async fn expire_items(database: Database) {
    let mut ticks = tokio::time::interval(TTL_SWEEP_PERIOD);
    loop {
        ticks.tick().await;
        let database = database.clone();
        match tokio::task::spawn_blocking(move || database.sweep_ttl()).await {
            Ok(Ok(0)) => {}
            Ok(Ok(expired)) => tracing::debug!(expired, "items expired"),
            Ok(Err(error)) => tracing::warn!(%error, "items cannot be expired"),
            Err(_) => return,
        }
    }
}

fn file_error(path: &Path, source: io::Error) -> AwsError {
    AwsError::File {
        path: path.to_owned(),
        source,
    }
}
