//! A proxy before the embedded DynamoDB: it meters what requests cost, and answers some of them itself.

use std::collections::BTreeMap;
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
use tokio::net::TcpListener;

use crate::dynamodb::{Dynamo, connection, tables};

/// What requests cost, in DynamoDB's units.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Units {
    /// Read units.
    pub read: f64,
    /// Write units.
    pub write: f64,
    /// Requests.
    pub requests: u32,
}

/// What one request cost, as its `ConsumedCapacity` says.
#[derive(Debug, Clone, PartialEq)]
pub struct Charge {
    /// The operation, `GetItem`.
    pub operation: String,
    /// The units of each table and index that it touched, by `table` or `table/index`.
    pub units: BTreeMap<String, f64>,
}

impl Charge {
    /// Whether these are read units; else they are write units.
    pub fn is_read(&self) -> bool {
        matches!(
            self.operation.as_str(),
            "GetItem" | "BatchGetItem" | "Query" | "Scan"
        )
    }

    /// Its units on all tables and indexes.
    pub fn total(&self) -> f64 {
        self.units.values().sum()
    }

    fn read(operation: &str, answer: &Value) -> Self {
        let units = |capacity: &Value| capacity["CapacityUnits"].as_f64().unwrap_or_default();
        let tables = match &answer["ConsumedCapacity"] {
            Value::Array(tables) => tables.as_slice(),
            Value::Null => &[],
            one => std::slice::from_ref(one),
        };
        let mut charge = Self {
            operation: operation.to_owned(),
            units: BTreeMap::new(),
        };
        for table in tables {
            let name = table["TableName"].as_str().unwrap_or_default();
            let indexes = table["GlobalSecondaryIndexes"].as_object().into_iter().flatten();
            let indexes = indexes.map(|(index, capacity)| (format!("{name}/{index}"), units(capacity)));
            let parts = std::iter::once((name.to_owned(), units(&table["Table"]))).chain(indexes);
            for (part, spent) in parts.filter(|(_, spent)| *spent > 0.0) {
                *charge.units.entry(part).or_default() += spent;
            }
        }
        charge
    }
}

type Fault = dyn FnMut(&str, &Value) -> Option<(u16, Value)> + Send;

/// A running proxy. It ends with the runtime that it was started in.
#[derive(Clone)]
pub struct Proxy {
    /// Its address.
    pub endpoint_url: String,
    upstream: String,
    client: Client<HttpConnector, Body>,
    charges: Arc<Mutex<Vec<Charge>>>,
    fault: Arc<Mutex<Box<Fault>>>,
}

impl Proxy {
    /// A proxy that answers with what `fault` says about an operation and its request, else with what DynamoDB says.
    pub async fn start(
        dynamo: &Dynamo,
        fault: impl FnMut(&str, &Value) -> Option<(u16, Value)> + Send + 'static,
    ) -> Self {
        Self::before(&dynamo.endpoint_url, fault).await
    }

    /// A proxy that only meters.
    pub async fn meter(dynamo: &Dynamo) -> Self {
        Self::before(&dynamo.endpoint_url, |_, _| None).await
    }

    /// The same before any stand-in for AWS. What is meant for other services than DynamoDB passes as it is.
    pub async fn before(
        endpoint_url: &str,
        fault: impl FnMut(&str, &Value) -> Option<(u16, Value)> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let address = listener.local_addr().expect("the listener has an address");
        let proxy = Self {
            endpoint_url: format!("http://{address}"),
            upstream: endpoint_url.to_owned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            charges: Arc::default(),
            fault: Arc::new(Mutex::new(Box::new(fault))),
        };
        let router = Router::new().fallback(answer).with_state(proxy.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        proxy
    }

    /// The store behind it, with the tables of [`tables`].
    pub fn store(&self) -> Store {
        Store::new(&connection(&self.endpoint_url), tables())
    }

    /// What the requests since the last call cost, each by itself.
    pub fn take_charges(&self) -> Vec<Charge> {
        std::mem::take(&mut *self.charges.lock().expect("no test panicked with the lock"))
    }

    /// What the requests since the last call cost together.
    pub fn take_units(&self) -> Units {
        let mut units = Units::default();
        for charge in self.take_charges() {
            units.requests += 1;
            *(if charge.is_read() {
                &mut units.read
            } else {
                &mut units.write
            }) += charge.total();
        }
        units
    }

    async fn forward(&self, parts: &Parts, body: Body) -> (http::response::Parts, Bytes) {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::builder()
            .method(&parts.method)
            .uri(format!("{}{path}", self.upstream));
        for (name, value) in &parts.headers {
            if !["content-length", "host"].contains(&name.as_str()) {
                request = request.header(name, value);
            }
        }
        let request = request.body(body).expect("what came as a request is one");
        let answer = self.client.request(request).await;
        let (parts, body) = answer.expect("the stand-in for AWS answers").into_parts();
        let body = body.collect().await.expect("the answer is whole").to_bytes();
        (parts, body)
    }
}

async fn answer(State(proxy): State<Proxy>, parts: Parts, body: Bytes) -> Response {
    let Some(operation) = operation(&parts.headers) else {
        let (parts, body) = proxy.forward(&parts, Body::from(body)).await;
        return Response::from_parts(parts, Body::from(body));
    };
    let mut request: Value = serde_json::from_slice(&body).expect("DynamoDB speaks JSON");
    let fault = proxy.fault.lock().expect("no test panicked with the lock")(&operation, &request);
    if let Some((status, answer)) = fault {
        return Response::builder()
            .status(status)
            .header("content-type", "application/x-amz-json-1.0")
            .body(Body::from(answer.to_string()))
            .expect("a fault is an answer");
    }
    request["ReturnConsumedCapacity"] = json!("INDEXES");
    let (parts, body) = proxy.forward(&parts, Body::from(request.to_string())).await;
    let answer = serde_json::from_slice(&body).expect("DynamoDB speaks JSON");
    let charge = Charge::read(&operation, &answer);
    proxy
        .charges
        .lock()
        .expect("no test panicked with the lock")
        .push(charge);
    Response::from_parts(parts, Body::from(body))
}

/// The operation of DynamoDB that is asked for; `None` for another service's.
fn operation(headers: &HeaderMap) -> Option<String> {
    let target = headers.get("x-amz-target")?.to_str().ok()?;
    target.strip_prefix("DynamoDB_20120810.").map(str::to_owned)
}

/// The answer with which DynamoDB refuses a request for good.
pub fn validation_error() -> (u16, Value) {
    (
        400,
        json!({"__type": "com.amazon.coral.validate#ValidationException", "message": "refused"}),
    )
}
