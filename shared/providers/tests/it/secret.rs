//! Nothing that can be seen shows a secret.

use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::Source;
use domain::search::{Near, SearchFilter};
use providers::http::ShownUrl;
use providers::{Config, Providers};
use testkit::{filter, now};
use tracing_subscriber::fmt::MakeWriter;
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::server::{MARK, TICKETMASTER_EVENTS, config, first_page, html, json};

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
        for source in Source::ALL {
            let asked = if source == Source::Eventbrite {
                let event = providers.event(&"eventbrite#5".parse().unwrap()).await;
                event.map(|event| format!("{event:?}"))
            } else {
                let page = first_page(&providers, source, &near("lanterns"), now()).await;
                page.map(|page| format!("{page:?}"))
            };
            match asked {
                Ok(answer) => shown.push_str(&answer),
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

    no_token_is_shown(&mut shown).await;

    let received = servers[0].received_requests().await.unwrap();
    assert!(
        received.iter().any(|request| request.url.as_str().contains(MARK)),
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
    // The token of Meetup is asked for twice, the second time with an answer that leads to one more call.
    assert_eq!(lines.len(), 4 * (count + 1) + 8 + 2, "{told}");
    assert!(
        lines
            .iter()
            .any(|line| line.contains("keyword=lanterns") && line.contains("status=200"))
    );
}

fn near(text: &str) -> SearchFilter {
    SearchFilter {
        near: Some(Near {
            centre: "39.8,-89.65".parse().unwrap(),
            radius_km: 50,
        }),
        ..filter(text)
    }
}

/// A token that Meetup gave, and that it then quotes.
async fn no_token_is_shown(shown: &mut String) {
    let server = MockServer::start().await;
    let grant = format!(r#"{{"access_token": "{MARK}-access", "expires_in": 3600}}"#);
    let echo = format!(
        r#"{{"errors": [{{"message": "{MARK}-access", "extensions": {{"code": "{MARK}-access"}}}}]}}"#
    );
    for (route, body) in [("/oauth2/access", grant), ("/gql-ext", echo)] {
        Mock::given(path(route))
            .respond_with(json(200, &body))
            .mount(&server)
            .await;
    }
    let providers = Providers::new(config(&server.uri()));
    let error = first_page(&providers, Source::Meetup, &near("lanterns"), now())
        .await
        .unwrap_err();
    write!(shown, "{error} {error:?} {providers:?}").unwrap();
    let requests = server.received_requests().await.unwrap();
    assert!(
        requests[1].headers["authorization"]
            .to_str()
            .unwrap()
            .contains(MARK),
        "the marked token was never used"
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
