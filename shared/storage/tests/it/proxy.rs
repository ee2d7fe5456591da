//! A proxy before the embedded DynamoDB: it meters what requests cost, and answers some of them itself.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use storage::Store;
use testkit::dynamodb::{Dynamo, connection, tables};
use tokio::net::TcpListener;

/// What requests cost, in DynamoDB's units.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Units {
    /// Read units.
    pub(crate) read: f64,
    /// Write units.
    pub(crate) write: f64,
    /// Requests.
    pub(crate) requests: u32,
}

type Fault = dyn FnMut(&str, &Value) -> Option<(u16, Value)> + Send;

#[derive(Clone)]
pub(crate) struct Proxy {
    upstream: String,
    client: Client<HttpConnector, Body>,
    units: Arc<Mutex<Units>>,
    fault: Arc<Mutex<Box<Fault>>>,
    address: String,
}

impl Proxy {
    /// A proxy that answers with what `fault` says about an operation and its request, else with what DynamoDB says.
    pub(crate) async fn start(
        dynamo: &Dynamo,
        fault: impl FnMut(&str, &Value) -> Option<(u16, Value)> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let proxy = Self {
            upstream: dynamo.endpoint_url.clone(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            units: Arc::default(),
            fault: Arc::new(Mutex::new(Box::new(fault))),
            address: format!("http://{}", listener.local_addr().unwrap()),
        };
        let router = Router::new().fallback(answer).with_state(proxy.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        proxy
    }

    /// A proxy that only meters.
    pub(crate) async fn meter(dynamo: &Dynamo) -> Self {
        Self::start(dynamo, |_, _| None).await
    }

    pub(crate) fn store(&self) -> Store {
        Store::new(&connection(&self.address), tables())
    }

    /// What the requests since the last call cost.
    pub(crate) fn take_units(&self) -> Units {
        std::mem::take(&mut *self.units.lock().unwrap())
    }

    fn count(&self, operation: &str, answer: &Value) {
        let of = |capacity: &Value| capacity["CapacityUnits"].as_f64().unwrap_or_default();
        let spent = match &answer["ConsumedCapacity"] {
            Value::Array(tables) => tables.iter().map(of).sum(),
            one => of(one),
        };
        let mut units = self.units.lock().unwrap();
        units.requests += 1;
        match operation {
            "GetItem" | "BatchGetItem" | "Query" | "Scan" => units.read += spent,
            _ => units.write += spent,
        }
    }
}

async fn answer(State(proxy): State<Proxy>, parts: Parts, body: Bytes) -> Response {
    let operation = operation(&parts.headers);
    let mut request: Value = serde_json::from_slice(&body).unwrap();
    let fault = proxy.fault.lock().unwrap()(&operation, &request);
    if let Some((status, answer)) = fault {
        return Response::builder()
            .status(status)
            .header("content-type", "application/x-amz-json-1.0")
            .body(Body::from(answer.to_string()))
            .unwrap();
    }
    request["ReturnConsumedCapacity"] = json!("TOTAL");
    let mut forwarded = Request::post(&proxy.upstream);
    for (name, value) in &parts.headers {
        if !["content-length", "host"].contains(&name.as_str()) {
            forwarded = forwarded.header(name, value);
        }
    }
    let forwarded = forwarded.body(Body::from(request.to_string())).unwrap();
    let (parts, body) = proxy.client.request(forwarded).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    proxy.count(&operation, &serde_json::from_slice(&body).unwrap());
    Response::from_parts(parts, Body::from(body))
}

fn operation(headers: &HeaderMap) -> String {
    let target = headers["x-amz-target"].to_str().unwrap();
    target.rsplit('.').next().unwrap_or_default().to_owned()
}

/// The answer with which DynamoDB refuses a request for good.
pub(crate) fn validation_error() -> (u16, Value) {
    (
        400,
        json!({"__type": "com.amazon.coral.validate#ValidationException", "message": "refused"}),
    )
}
