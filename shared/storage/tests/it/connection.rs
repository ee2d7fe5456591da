//! What happens on the way to DynamoDB: connections that break, answers that end early, certificates of others.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use storage::{Connection, ConnectionConfig, StorageError, Store, Trust};
use test_case::test_case;
use testkit::dynamodb::{connection, tables};
use testkit::key;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _,
    BufReader,
};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// What a server does with a request.
#[derive(Debug, Clone, Copy)]
enum Reaction {
    /// It answers that there is no such item.
    Answer,
    /// The same, and then it hangs up without having said so.
    AnswerAndHangUp,
    /// It hangs up.
    HangUp,
    /// It hangs up in the middle of its answer.
    HalfAnAnswer,
    /// It answers that it failed.
    Fail,
}

/// A server that reacts to each request in turn, to all further ones as to the last.
struct Server {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Server {
    async fn start(reactions: &'static [Reaction], tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (connections, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let accepted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                accepted.fetch_add(1, Ordering::SeqCst);
                let requests = Arc::clone(&requests);
                let tls = tls.clone();
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, reactions, &requests).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, reactions, &requests).await;
                            }
                        }
                    }
                });
            }
        });
        Self { port, connections }
    }

    fn store(&self) -> Store {
        Store::new(&connection(&format!("http://127.0.0.1:{}", self.port)), tables())
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, reactions: &[Reaction], requests: &AtomicUsize) {
    let mut stream = BufReader::new(stream);
    while read_request(&mut stream).await {
        let number = requests.fetch_add(1, Ordering::SeqCst);
        let reaction = reactions[number.min(reactions.len() - 1)];
        let answer: &[u8] = match reaction {
            Reaction::Answer | Reaction::AnswerAndHangUp => {
                b"HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 2\r\n\r\n{}"
            }
            Reaction::HangUp => b"",
            Reaction::HalfAnAnswer => b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{",
            Reaction::Fail => b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 2\r\n\r\n{}",
        };
        stream.write_all(answer).await.unwrap();
        stream.flush().await.unwrap();
        if !matches!(reaction, Reaction::Answer | Reaction::Fail) {
            break;
        }
    }
}

/// Reads a request to its end; `false` if there is none.
async fn read_request(stream: &mut (impl AsyncBufRead + Unpin)) -> bool {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return false;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.is_ok()
}

async fn read(store: &Store) -> Result<bool, StorageError> {
    let event = store.event(&key("seatgeek#1")).await?;
    Ok(event.is_none())
}

#[test_case(&[Reaction::HangUp, Reaction::Answer]; "a server that hangs up")]
#[test_case(&[Reaction::HalfAnAnswer, Reaction::Answer]; "half an answer")]
#[test_case(&[Reaction::Fail, Reaction::Answer]; "a failure of the server")]
#[tokio::test]
async fn is_tried_again_on_another_connection(reactions: &'static [Reaction]) {
    let server = Server::start(reactions, None).await;
    assert!(read(&server.store()).await.unwrap());
    assert_eq!(server.connections(), 2);
}

#[test_case(&[Reaction::HangUp]; "a server that hangs up")]
#[test_case(&[Reaction::HalfAnAnswer]; "half an answer")]
#[test_case(&[Reaction::Fail]; "a failure of the server")]
#[tokio::test]
async fn is_given_up_after_some_tries(reactions: &'static [Reaction]) {
    let server = Server::start(reactions, None).await;
    assert!(read(&server.store()).await.unwrap_err().is_unavailable());
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn one_connection_serves_one_request_after_the_other() {
    let server = Server::start(&[Reaction::Answer], None).await;
    let store = server.store();
    for _ in 0..3 {
        assert!(read(&store).await.unwrap());
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_meanwhile_is_replaced() {
    let server = Server::start(&[Reaction::AnswerAndHangUp], None).await;
    let store = server.store();
    for _ in 0..3 {
        assert!(read(&store).await.unwrap());
    }
    assert_eq!(server.connections(), 3);
}

/// An authority, and a server whose certificate it signed for `localhost`.
fn authority() -> (String, TlsAcceptor) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &authority).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        )
        .unwrap();
    (authority.pem(), TlsAcceptor::from(Arc::new(config)))
}

#[tokio::test]
async fn only_who_has_a_certificate_of_a_trusted_authority_is_talked_to() {
    let (authority, tls) = authority();
    let (stranger, _) = self::authority();
    let server = Server::start(&[Reaction::Answer], Some(tls)).await;
    let trust = |pem: &str| Trust::from_pem(pem.as_bytes()).unwrap();
    for (host, trust, is_trusted) in [
        ("localhost", trust(&authority), true),
        ("localhost", trust(&stranger), false),
        ("localhost", Trust::amazon(), false),
        ("127.0.0.1", trust(&authority), false),
    ] {
        let connection = Connection::new(ConnectionConfig {
            region: "eu-central-1".to_owned(),
            endpoint_url: Some(format!("https://{host}:{}", server.port)),
            credentials: aws_credential_types::Credentials::from_keys("test", "test", None),
            trust,
        });
        let answer = read(&Store::new(&connection, tables())).await;
        assert_eq!(answer.is_ok(), is_trusted, "{host}: {answer:?}");
        assert!(answer.is_ok_and(|is_read| is_read) || !is_trusted);
    }
}
