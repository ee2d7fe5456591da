//! Nothing that can be seen shows a secret.

use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::Source;
use providers::http::ShownUrl;
use providers::{Config, Providers};
use testkit::{filter, now};
use tracing_subscriber::fmt::MakeWriter;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::server::{MARK, TICKETMASTER_EVENTS, config, html, json};

/// Everything that a subscriber is told.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<u8>>>);

impl Told {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for Told {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Told {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_secret_is_shown_whatever_happens() {
    let told = Told::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(told.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let mut shown = String::new();
    let echo = format!(r#"{{"fault": {{"faultstring": "Identifier : {MARK}-api-key"}}}}"#);
    let code = format!(r#"{{"errors": [{{"code": "Client {MARK}-client-id is bad"}}]}}"#);
    let templates = [
        json(200, TICKETMASTER_EVENTS),
        json(401, &echo),
        json(429, &echo),
        json(400, &code),
        json(200, &format!("\"{MARK}")),
        html(503),
        ResponseTemplate::new(302).insert_header("location", "/elsewhere"),
        ResponseTemplate::new(200).set_delay(Duration::from_mins(1)),
    ];
    let count = templates.len();
    let mut addresses = vec!["http://127.0.0.1:1".to_owned()];
    let mut servers = Vec::new();
    for template in templates {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(template).mount(&server).await;
        addresses.push(server.uri());
        servers.push(server);
    }
    for address in addresses {
        let config = Config {
            timeout: Duration::from_millis(300),
            ..config(&address)
        };
        let providers = Providers::new(config.clone());
        write!(shown, "{config:?} {providers:?}").unwrap();
        for source in [Source::Ticketmaster, Source::SeatGeek] {
            match providers.search(source, &filter("lanterns"), now()).await {
                Ok(page) => write!(shown, "{page:?}").unwrap(),
                Err(error) => {
                    write!(shown, "{error} {error:?}").unwrap();
                    let mut source = error.source();
                    while let Some(cause) = source {
                        write!(shown, " {cause} {cause:?}").unwrap();
                        source = cause.source();
                    }
                }
            }
        }
    }

    let received = servers[0].received_requests().await.unwrap();
    assert!(
        received[0].url.as_str().contains(MARK),
        "the marked key was never used"
    );
    let told = told.text();
    assert!(!shown.contains(MARK), "{shown}");
    assert!(!told.contains(MARK), "{told}");
    let lines = told
        .lines()
        .filter(|line| line.contains("provider called"))
        .collect::<Vec<_>>();
    // One for each request: the failed connections and the page of a gateway are tried twice.
    assert_eq!(lines.len(), 2 * (count + 1) + 4, "{told}");
    assert!(
        lines
            .iter()
            .any(|line| line.contains("keyword=lanterns") && line.contains("status=200"))
    );
}

#[test]
fn a_shown_url_masks_what_may_be_secret() {
    let shown = |url: &str| ShownUrl(&url.parse().unwrap()).to_string();
    assert_eq!(
        shown("https://me:pass@api.example/2/events?q=jazz&client_id=x&CLIENT_SECRET=y&token=z#frag"),
        "https://api.example/2/events?q=jazz&client_id=***&CLIENT_SECRET=***&token=***"
    );
    assert_eq!(shown("https://api.example/x"), "https://api.example/x");
}
