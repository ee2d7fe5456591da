//! TLS before a service on this machine, under a certificate that was made for it.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::error::BenchError;

/// Where Linux distributions keep the roots that a system trusts.
const SYSTEM_ROOTS: [&str; 2] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
];

/// A TLS front. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Front {
    /// `https://localhost:…`
    pub(crate) url: String,
    files: TempDir,
    server: JoinHandle<()>,
}

impl Front {
    /// Starts a front of the service at `upstream`, `127.0.0.1:…`.
    pub(crate) async fn start(upstream: String) -> Result<Self, BenchError> {
        let mut authority = CertificateParams::new(Vec::new())?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let certificate =
            CertificateParams::new(vec!["localhost".to_owned()])?.signed_by(&key, &authority)?;

        let failed = || BenchError::io("the certificate cannot be kept");
        let files = tempfile::tempdir().map_err(failed())?;
        let ours = authority.pem();
        std::fs::write(files.path().join("ours.pem"), &ours).map_err(failed())?;
        let system = SYSTEM_ROOTS
            .iter()
            .find_map(|path| std::fs::read_to_string(path).ok());
        let all = system.unwrap_or_default() + &ours;
        std::fs::write(files.path().join("all.pem"), all).map_err(failed())?;

        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let failed = || BenchError::io("no port for TLS");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed())?;
        let port = listener.local_addr().map_err(failed())?.port();
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass(acceptor.clone(), stream, upstream.clone()));
            }
        });
        Ok(Self {
            url: format!("https://localhost:{port}"),
            files,
            server,
        })
    }

    /// A bundle with nothing but the authority of this front, as ours hold nothing but Amazon's.
    pub(crate) fn bundle(&self) -> PathBuf {
        self.files.path().join("ours.pem")
    }

    /// A bundle with all roots of the system besides, for what trusts the system.
    pub(crate) fn system_bundle(&self) -> PathBuf {
        self.files.path().join("all.pem")
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Passes a connection on. One that breaks is its client's matter.
async fn pass(acceptor: TlsAcceptor, stream: TcpStream, upstream: String) {
    let _delays = stream.set_nodelay(true);
    let (Ok(mut inside), Ok(mut outside)) =
        (TcpStream::connect(upstream).await, acceptor.accept(stream).await)
    else {
        return;
    };
    let _delays = inside.set_nodelay(true);
    let _broken = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
}
