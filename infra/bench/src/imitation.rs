//! The imitated providers, asked directly.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::try_join_all;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use sandbox::Sandbox;
use serde_json::{Value, json};

use crate::error::BenchError;

/// The imitated providers, asked directly.
pub(crate) struct Imitation {
    client: Client<HttpConnector, Full<Bytes>>,
    address: String,
    control: String,
}

impl Imitation {
    /// Of this sandbox.
    pub(crate) fn new(sandbox: &Sandbox) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            address: format!("http://{}", sandbox.address()),
            control: sandbox.control_url(),
        }
    }

    /// Has a provider answer late.
    pub(crate) async fn slow_down(&self, provider: &str, milliseconds: u64) -> Result<(), BenchError> {
        let fault = json!({"latency_ms": milliseconds}).to_string();
        self.send("PUT", &format!("{}/{provider}", self.control), fault)
            .await
            .map(drop)
    }

    /// Forgets the calls received.
    pub(crate) async fn forget(&self) -> Result<(), BenchError> {
        let url = format!("{}/requests", self.control);
        self.send("DELETE", &url, String::new()).await.map(drop)
    }

    /// How many calls were received.
    pub(crate) async fn calls(&self) -> Result<u64, BenchError> {
        let url = format!("{}/requests", self.control);
        let journal = self.send("GET", &url, String::new()).await?;
        let journal: Value = serde_json::from_slice(&journal).unwrap_or_default();
        Ok(journal["count"].as_u64().unwrap_or_default())
    }

    /// Has an event of a provider change its title.
    pub(crate) async fn rename(&self, provider: &str, id: &str, title: &str) -> Result<(), BenchError> {
        let url = format!("{}/{provider}/events/{id}", self.control);
        let change = json!({"rename": title}).to_string();
        self.send("PATCH", &url, change).await.map(drop)
    }

    /// Repeats the calls received, all at once; how long the slowest took.
    pub(crate) async fn slowest(&self) -> Result<Duration, BenchError> {
        let journal = self
            .send("GET", &format!("{}/requests", self.control), String::new())
            .await?;
        let journal: Value = serde_json::from_slice(&journal).unwrap_or_default();
        let urls: Vec<_> = journal["requests"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|call| self.url(call))
            .collect();
        let calls = urls.iter().map(async |url| {
            let started = Instant::now();
            self.send("GET", url, String::new()).await?;
            Ok::<_, BenchError>(started.elapsed())
        });
        Ok(try_join_all(calls).await?.into_iter().max().unwrap_or_default())
    }

    /// The address of a call in the journal, with the key that the journal hides.
    fn url(&self, call: &Value) -> String {
        let path = call["path"].as_str().unwrap_or_default();
        let key = match call["provider"].as_str() {
            Some("ticketmaster") => sandbox::KEYS.ticketmaster_api_key,
            _ => sandbox::KEYS.seatgeek_client_id,
        };
        let query = call["query"].as_str().unwrap_or_default();
        let query = query.replace(
            "client_secret=***",
            &format!("client_secret={}", sandbox::KEYS.seatgeek_client_secret),
        );
        format!("{}{path}?{}", self.address, query.replace("***", key))
    }

    /// A page of as many Ticketmaster events as it gives at once.
    pub(crate) async fn page(&self) -> Result<Bytes, BenchError> {
        let key = sandbox::KEYS.ticketmaster_api_key;
        let url = format!(
            "{}/ticketmaster/discovery/v2/events.json?apikey={key}&size=200",
            self.address
        );
        self.send("GET", &url, String::new()).await
    }

    async fn send(&self, method: &str, url: &str, body: String) -> Result<Bytes, BenchError> {
        let request = http::Request::builder()
            .method(method)
            .uri(url)
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))
            .map_err(BenchError::measured("a request to the imitated providers"))?;
        let answer = self.client.request(request).await;
        let answer = answer.map_err(BenchError::measured("asking the imitated providers"))?;
        let body = answer.into_body().collect().await;
        Ok(body
            .map_err(BenchError::measured("reading the imitated providers"))?
            .to_bytes())
    }
}
