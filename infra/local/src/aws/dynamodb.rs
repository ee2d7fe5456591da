//! DynamoDB: the embedded dynoxide with the template's tables, and the way to it.

mod table;

use std::{io, net::Ipv4Addr, path::Path, thread};

use axum::{
    body::Body,
    extract::Request,
    http::{
        StatusCode, Uri,
        uri::{Authority, PathAndQuery, Scheme},
    },
    response::{IntoResponse, Response},
};
use dynoxide::Database;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::{net::TcpListener, sync::oneshot};

use super::{AwsError, service_error::ServiceError};
use crate::template::Table;

/// The engine, running; dropping it stops it.
///
/// It serves a loopback port of its own, since its dispatch cannot be mounted in another router, on a thread of
/// its own, since it works where it is polled.
pub(super) struct Engine {
    database: Database,
    authority: Authority,
    _stop: oneshot::Sender<()>,
}

impl Engine {
    /// Opens the database at `path` (in memory without one), brings it to `tables` and serves it.
    pub(super) async fn start(path: Option<&Path>, tables: &[Table]) -> Result<Self, AwsError> {
        let database = match path {
            Some(path) => Database::new(&path.to_string_lossy()),
            None => Database::memory(),
        };
        let database = database.map_err(AwsError::Database)?;
        for table in tables {
            table::deploy(&database, table)?;
        }

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(AwsError::Engine)?;
        let address = listener.local_addr().map_err(AwsError::Engine)?;
        let authority =
            Authority::try_from(address.to_string()).map_err(|error| AwsError::Engine(other(error)))?;
        let (stop, stopped) = oneshot::channel();
        let listener = listener.into_std().map_err(AwsError::Engine)?;
        let serving = serve(listener, database.clone(), stopped);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build();
        let runtime = runtime.map_err(AwsError::Engine)?;
        let thread = thread::Builder::new()
            .name("dynamodb".to_owned())
            .spawn(move || runtime.block_on(serving));
        thread.map_err(AwsError::Engine)?;
        Ok(Self {
            database,
            authority,
            _stop: stop,
        })
    }

    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    pub(super) fn forwarder(&self) -> Forwarder {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Forwarder {
            client: Client::builder(TokioExecutor::new()).build(connector),
            authority: self.authority.clone(),
        }
    }
}

async fn serve(listener: std::net::TcpListener, database: Database, stopped: oneshot::Receiver<()>) {
    match TcpListener::from_std(listener) {
        Ok(listener) => tokio::select! {
            () = dynoxide::server::serve_on(listener, database) => {}
            _ = stopped => {}
        },
        Err(error) => tracing::error!(%error, "the embedded DynamoDB cannot serve"),
    }
}

fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::other(error)
}

/// Passes requests on to the engine.
pub(super) struct Forwarder {
    client: Client<HttpConnector, Body>,
    authority: Authority,
}

impl Forwarder {
    pub(super) async fn forward(&self, mut request: Request) -> Response {
        let mut address = Uri::default().into_parts();
        address.scheme = Some(Scheme::HTTP);
        address.authority = Some(self.authority.clone());
        address.path_and_query = Some(PathAndQuery::from_static("/"));
        *request.uri_mut() = Uri::from_parts(address).unwrap_or_default();
        match self.client.request(request).await {
            Ok(response) => response.map(Body::new),
            Err(error) => {
                tracing::error!(%error, "the embedded DynamoDB does not answer");
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                let error =
                    ServiceError::sender("InternalServerError", "the embedded DynamoDB does not answer");
                ServiceError { status, ..error }.into_response()
            }
        }
    }
}
