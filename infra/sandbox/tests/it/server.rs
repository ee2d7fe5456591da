//! A sandbox of its own for every test.

use std::sync::Once;

use chrono::NaiveDate;
use reqwest::{Client, Method, Response, StatusCode, header::HeaderMap};
use sandbox::{Config, Provider, Sandbox};
use serde_json::Value;
use tokio::net::TcpListener;

pub(crate) const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();

pub(crate) struct Server {
    pub sandbox: Sandbox,
    pub client: Client,
}

pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub(crate) fn events(&self, pointer: &str) -> Vec<Value> {
        self.json()
            .pointer(pointer)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_on(TODAY).await
    }

    pub(crate) async fn start_on(today: NaiveDate) -> Self {
        static TLS: Once = Once::new();
        TLS.call_once(|| {
            rustls::crypto::ring::default_provider()
                .install_default()
                .unwrap();
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sandbox = sandbox::start(
            listener,
            Config {
                today,
                ..Config::default()
            },
        )
        .await
        .unwrap();
        Self {
            sandbox,
            client: Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
        }
    }

    pub(crate) async fn answer(response: Response) -> Answer {
        let (status, headers) = (response.status(), response.headers().clone());
        Answer {
            status,
            headers,
            text: response.text().await.unwrap(),
        }
    }

    pub(crate) async fn get(&self, url: &str) -> Answer {
        Self::answer(self.client.get(url).send().await.unwrap()).await
    }

    pub(crate) fn ticketmaster_url(&self, rest: &str) -> String {
        let separator = if rest.contains('?') { '&' } else { '?' };
        let key = Sandbox::keys().ticketmaster_api_key;
        format!(
            "{}{rest}{separator}apikey={key}",
            self.sandbox.base_url(Provider::Ticketmaster)
        )
    }

    pub(crate) async fn ticketmaster(&self, rest: &str) -> Answer {
        self.get(&self.ticketmaster_url(rest)).await
    }

    pub(crate) fn seatgeek_url(&self, rest: &str) -> String {
        let separator = if rest.contains('?') { '&' } else { '?' };
        let client = Sandbox::keys().seatgeek_client_id;
        format!(
            "{}{rest}{separator}client_id={client}",
            self.sandbox.base_url(Provider::SeatGeek)
        )
    }

    pub(crate) async fn seatgeek(&self, rest: &str) -> Answer {
        self.get(&self.seatgeek_url(rest)).await
    }

    pub(crate) async fn control(&self, method: Method, rest: &str, body: &Value) -> Answer {
        let url = format!("{}/{rest}", self.sandbox.control_url());
        let request = self.client.request(method, url).body(body.to_string());
        Self::answer(request.send().await.unwrap()).await
    }

    pub(crate) async fn fault(&self, provider: Provider, fault: Value) {
        let answer = self.control(Method::PUT, provider.name(), &fault).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }

    pub(crate) async fn change(&self, provider: Provider, id: &str, change: Value) {
        let answer = self
            .control(Method::PATCH, &format!("{provider}/events/{id}"), &change)
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }

    /// Upcoming events of one oddity; `none` for clean ones.
    pub(crate) async fn odd(&self, provider: Provider, quirk: &str) -> Vec<Value> {
        let rest = format!("{provider}/events?upcoming=true&quirk={quirk}");
        let answer = self.control(Method::GET, &rest, &Value::Null).await;
        let events = answer.events("/events");
        assert!(!events.is_empty(), "{provider} has no {quirk}");
        events
    }

    pub(crate) async fn odd_id(&self, provider: Provider, quirk: &str) -> String {
        self.odd(provider, quirk).await[0]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub(crate) async fn received(&self, provider: Provider) -> Vec<Value> {
        let rest = format!("requests?provider={provider}");
        self.control(Method::GET, &rest, &Value::Null)
            .await
            .events("/requests")
    }
}
