//! Imitated providers, whose catalogue lies around [`now`] and which fail when asked to.

use axum::body::Body;
use edge::{Budgets, Guarded};
use http::{Method, Request};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use providers::{Config, Providers, seatgeek, ticketmaster};
use sandbox::{Provider, Sandbox};
use serde_json::Value;
use storage::Store;
use tokio::net::TcpListener;

use crate::time::now;

/// A sandbox and its control interface.
pub struct Imitations {
    sandbox: Sandbox,
    client: Client<HttpConnector, Body>,
}

impl Imitations {
    /// Starts imitations without faults, on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let config = sandbox::Config {
            today: now().date_naive(),
            ..sandbox::Config::default()
        };
        Self {
            sandbox: sandbox::start(listener, config)
                .await
                .expect("the sandbox starts"),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// How Ticketmaster and SeatGeek are reached here; Eventbrite and Meetup are not configured.
    pub fn config(&self) -> Config {
        let base_url = |provider| self.sandbox.base_url(provider).parse().expect("it is an address");
        let keys = Sandbox::keys();
        Config {
            ticketmaster: Some(ticketmaster::Config {
                base_url: base_url(Provider::Ticketmaster),
                api_key: keys.ticketmaster_api_key.into(),
            }),
            seatgeek: Some(seatgeek::Config {
                base_url: base_url(Provider::SeatGeek),
                client_id: keys.seatgeek_client_id.into(),
                client_secret: None,
            }),
            ..Config::default()
        }
    }

    /// Clients of them.
    pub fn providers(&self) -> Providers {
        Providers::new(self.config())
    }

    /// The same behind circuit breakers that `store` keeps, with budgets without end.
    pub fn guarded(&self, store: Store) -> Guarded {
        Guarded::new(self.providers(), store, Budgets::default())
    }

    /// Puts a fault in force at a provider: `{"status": 503}`, `{"hang": true}`, …; `{}` ends it.
    pub async fn fault(&self, provider: &str, fault: Value) {
        self.control(Method::PUT, provider, &fault).await;
    }

    /// Changes an event of a provider: `{"garbage": true}`, `{"cancel": true}`, ….
    pub async fn change(&self, provider: &str, id: &str, change: Value) {
        self.control(Method::PATCH, &format!("{provider}/events/{id}"), &change)
            .await;
    }

    /// The id of an upcoming event of a provider, one with this oddity; `none` for one without any.
    pub async fn event_id(&self, provider: &str, quirk: &str) -> String {
        let path = format!("{provider}/events?upcoming=true&limit=1&quirk={quirk}");
        let found = self.control(Method::GET, &path, &Value::Null).await;
        let id = found["events"][0]["id"].as_str();
        id.expect("there is such an event").to_owned()
    }

    /// The targets of the calls that a provider has received, in order.
    pub async fn calls(&self, provider: &str) -> Vec<String> {
        let path = format!("requests?provider={provider}");
        let received = self.control(Method::GET, &path, &Value::Null).await;
        let calls = received["requests"].as_array().into_iter().flatten();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        calls
            .map(|call| format!("{}?{}", text(&call["path"]), text(&call["query"])))
            .collect()
    }

    async fn control(&self, method: Method, path: &str, body: &Value) -> Value {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/{path}", self.sandbox.control_url()))
            .body(Body::from(body.to_string()))
            .expect("it is a request");
        let response = self.client.request(request).await.expect("the sandbox answers");
        let status = response.status();
        let body = response.into_body().collect().await;
        let body = body.expect("the answer is whole").to_bytes();
        assert!(status.is_success(), "{status} {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).expect("the answer is JSON")
    }
}
