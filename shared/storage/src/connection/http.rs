//! The HTTP client behind all clients of the SDK: hyper's, for HTTP/1.1, which is all that the AWS services here speak.
//!
//! The SDK's own client brings HTTP/2, proxies and the system's trust store with it, an eighth of a function
//! (docs/adr/0014-a-connector-of-our-own.md).

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{
    HttpConnector as Connect, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::ErrorKind;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::{CaptureConnection, HttpConnector, capture_connection};
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

/// Establishing a connection takes a few milliseconds within a region.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// A client that talks by TLS, with who has a certificate under one of `roots`, and only so; without roots it talks with a
/// stand-in that has none.
#[expect(clippy::expect_used, reason = "ring has what both versions need")]
pub(super) fn client(roots: Option<RootCertStore>) -> SharedHttpClient {
    let is_plain = roots.is_none();
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring supports TLS 1.2 and 1.3")
        .with_root_certificates(roots.unwrap_or_else(RootCertStore::empty))
        .with_no_client_auth();
    let tls = HttpsConnectorBuilder::new().with_tls_config(tls);
    let tls = if is_plain {
        tls.https_or_http()
    } else {
        tls.https_only()
    };
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let client = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .build(tls.enable_http1().wrap_connector(tcp));
    let connector = SharedHttpConnector::new(Connector(client));
    // The SDK's clients differ in no setting that a connector takes.
    http_client_fn(move |_, _| connector.clone())
}

struct Connector(Client<HttpsConnector<HttpConnector>, SdkBody>);

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}

impl Connect for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        // By this the SDK takes a connection that failed it out of use.
        let connection = capture_connection(&mut request);
        if let Some(capture) = request.extensions().get::<CaptureSmithyConnection>() {
            capture.set_connection_retriever(move || Some(metadata(connection.clone())));
        }
        let response = self.0.request(request);
        HttpConnectorFuture::new(async move {
            let response = response.await.map_err(connector_error)?;
            HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

fn metadata(connection: CaptureConnection) -> ConnectionMetadata {
    ConnectionMetadata::builder()
        .proxied(false)
        .poison_fn(move || {
            if let Some(connected) = connection.connection_metadata().as_ref() {
                connected.poison();
            }
        })
        .build()
}

/// What the SDK is to make of a failure: it tries again what failed on the way.
fn connector_error(error: ClientError) -> ConnectorError {
    if error.is_connect() {
        return ConnectorError::io(error.into());
    }
    let Some(cause) = find::<hyper::Error>(&error) else {
        return ConnectorError::other(error.into(), None);
    };
    if cause.is_timeout() {
        ConnectorError::timeout(error.into())
    } else if cause.is_user() {
        ConnectorError::user(error.into())
    } else if cause.is_incomplete_message() {
        // The connection ended before the answer did.
        ConnectorError::other(error.into(), Some(ErrorKind::TransientError))
    } else if cause.is_closed() || cause.is_canceled() || find::<std::io::Error>(cause).is_some() {
        ConnectorError::io(error.into())
    } else {
        ConnectorError::other(error.into(), None)
    }
}

/// The first error of a kind among an error and its causes.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    std::iter::successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref())
}
