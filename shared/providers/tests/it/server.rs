//! Clients of the providers, pointed at one imitation.

use std::time::Duration;

use ::http::HeaderValue;
use chrono::{DateTime, Utc};
use domain::Source;
use domain::search::SearchFilter;
use providers::{Config, Findings, ProviderError, Providers, eventbrite, meetup, seatgeek, ticketmaster};
use secrecy::SecretString;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const TICKETMASTER_EVENTS: &str = include_str!("../fixtures/ticketmaster/events.json");
pub(crate) const SEATGEEK_EVENTS: &str = include_str!("../fixtures/seatgeek/events.json");

pub(crate) const EVENTBRITE_EVENTS: &str = include_str!("../fixtures/eventbrite/events.json");

pub(crate) const MEETUP_EVENTS: &str = include_str!("../fixtures/meetup/events.json");
pub(crate) const SIGNING_KEY: &str = include_str!("../fixtures/meetup/signing_key.pem");

/// What every secret of these tests contains.
pub(crate) const MARK: &str = "MARKEDSECRET";

pub(crate) fn config(server: &str) -> Config {
    let secret = |name: &str| SecretString::from(format!("{MARK}-{name}"));
    Config {
        ticketmaster: Some(ticketmaster::Config {
            base_url: format!("{server}/discovery/v2/").parse().unwrap(),
            api_key: secret("api-key"),
        }),
        seatgeek: Some(seatgeek::Config {
            base_url: format!("{server}/2").parse().unwrap(),
            client_id: secret("client-id"),
            client_secret: Some(secret("client-secret")),
        }),
        eventbrite: Some(eventbrite::Config {
            base_url: format!("{server}/v3/").parse().unwrap(),
            token: secret("token"),
        }),
        meetup: Some(meetup::Config {
            base_url: format!("{server}/gql-ext").parse().unwrap(),
            token_url: format!("{server}/oauth2/access").parse().unwrap(),
            client_key: secret("client-key"),
            member_id: secret("member"),
            signing_key_id: secret("kid"),
            private_key: SIGNING_KEY.parse().unwrap(),
        }),
        user_agent: HeaderValue::from_static("providers-test"),
        timeout: Duration::from_secs(5),
    }
}

pub(crate) fn providers(server: &MockServer) -> Providers {
    Providers::new(config(&server.uri()))
}

/// A server that answers each GET of `route` with `answer`.
pub(crate) async fn answering(route: &str, answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path(route))
        .respond_with(answer)
        .mount(&server)
        .await;
    server
}

pub(crate) fn json(status: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body, "application/json;charset=utf-8")
}

pub(crate) fn html(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw("<!DOCTYPE html><title>Denied</title>", "text/html")
}

/// The query parameters of the only request so far.
pub(crate) async fn asked(server: &MockServer) -> Vec<(String, String)> {
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    requests[0].url.query_pairs().into_owned().collect()
}

pub(crate) fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

/// What the first page of a search finds.
pub(crate) async fn first_page(
    providers: &Providers,
    source: Source,
    filter: &SearchFilter,
    now: DateTime<Utc>,
) -> Result<Findings, ProviderError> {
    let mut search = providers.search(source, filter, now);
    search.read_on().await?;
    Ok(search.finish())
}
