//! An SQS that takes every message and shows what it was asked.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Json, Router};
use edge::by_source::BySource;
use edge::queue::{JobQueue, QueueUrl, QueueUrls, SyncJob, SyncQueues};
use edge::webhook::Notification;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::dynamodb::connection;

/// Something that the queues were asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "a test has few of them")]
pub enum Request {
    /// To deliver a job, after so many seconds.
    Send(SyncJob, i64),
    /// To deliver a notification.
    Notify(Notification),
    /// To deliver something else.
    Other(Value),
    /// To hide the message with this receipt for so many seconds from now.
    Postpone(String, i64),
    /// To keep a dead letter, for this reason.
    Bury(String, String),
}

/// The queues, on a free port. They end with the runtime that they were started in.
#[derive(Clone)]
pub struct Queues {
    address: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Queues {
    /// Starts them.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let address = listener.local_addr().expect("the listener has an address");
        let queues = Self {
            address: format!("http://{address}"),
            requests: Arc::default(),
        };
        let router = Router::new().fallback(serve).with_state(queues.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        queues
    }

    /// Where they are.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The way to those of the sync.
    pub fn jobs(&self) -> SyncQueues {
        let urls = QueueUrls {
            jobs: BySource::new(|source| url(&self.address, source.as_str())),
            dead_letters: url(&self.address, "dead"),
        };
        SyncQueues::new(&connection(&self.address), urls)
    }

    /// The way to one of them.
    pub fn queue(&self) -> JobQueue {
        let urls = QueueUrls {
            jobs: url(&self.address, "jobs"),
            dead_letters: url(&self.address, "dead"),
        };
        JobQueue::new(&connection(&self.address), urls)
    }

    /// What they were asked since the last call, in order.
    pub fn take(&self) -> Vec<Request> {
        std::mem::take(&mut *self.requests.lock().expect("no test panicked with the lock"))
    }

    fn note(&self, operation: &str, request: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let number = |name: &str| request[name].as_i64().unwrap_or_default();
        let sent = |body: &Value, delay| {
            let body = text(body);
            let job = serde_json::from_str(&body).map(|job| Request::Send(job, delay));
            job.or_else(|_| serde_json::from_str(&body).map(Request::Notify))
                .or_else(|_| serde_json::from_str(&body).map(Request::Other))
                .expect("a message is JSON")
        };
        let mut requests = self.requests.lock().expect("no test panicked with the lock");
        match operation {
            "SendMessageBatch" => {
                let entries = request["Entries"].as_array().into_iter().flatten();
                requests.extend(entries.map(|entry| sent(&entry["MessageBody"], 0)));
            }
            "SendMessage" if text(&request["QueueUrl"]).ends_with("/dead") => {
                let reason = &request["MessageAttributes"][JobQueue::REASON]["StringValue"];
                requests.push(Request::Bury(text(&request["MessageBody"]), text(reason)));
            }
            "SendMessage" => requests.push(sent(&request["MessageBody"], number("DelaySeconds"))),
            "ChangeMessageVisibility" => {
                let receipt = text(&request["ReceiptHandle"]);
                requests.push(Request::Postpone(receipt, number("VisibilityTimeout")));
            }
            other => panic!("no function asks for {other}"),
        }
    }
}

/// Queues that cannot be reached.
pub fn nowhere() -> Queues {
    Queues {
        address: "http://127.0.0.1:1".to_owned(),
        requests: Arc::default(),
    }
}

fn url(address: &str, name: &str) -> QueueUrl {
    format!("{address}/1/{name}").parse().expect("it is a queue's")
}

async fn serve(State(queues): State<Queues>, headers: HeaderMap, body: Bytes) -> Json<Value> {
    let request: Value = serde_json::from_slice(&body).expect("SQS speaks JSON");
    let target = headers["x-amz-target"].to_str().unwrap_or_default();
    queues.note(target.trim_start_matches("AmazonSQS."), &request);
    let sent = |entry: &Value| json!({"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "0"});
    let entries = request["Entries"].as_array().into_iter().flatten();
    Json(json!({"MessageId": "m", "Successful": entries.map(sent).collect::<Vec<_>>(), "Failed": []}))
}
