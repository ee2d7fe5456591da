//! The dead letters of a running `local`: shown, and sent back to where they came from.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use chrono::DateTime;
use clap::Subcommand;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{console::Console, template::Stack};

/// How long a letter that is looked at is hidden from others.
const HIDDEN: u64 = 30;

/// What is done with dead letters.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum Command {
    /// Shows them, with why they are there
    List,
    /// Sends them back to the queue that they came from
    Replay,
}

/// Why dead letters cannot be shown or sent.
#[derive(Debug, thiserror::Error)]
pub enum DeadLetterError {
    /// Nothing says where `local` runs.
    #[error("no `local` has written {}; start one, or name its ready file with --ready-file", .path.display())]
    NotRunning {
        /// The file that would say so.
        path: PathBuf,
        /// Why it cannot be read.
        #[source]
        source: io::Error,
    },
    /// The ready file is none.
    #[error("{} is no ready file of `local`", .path.display())]
    NotReady {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// The template has no such queue.
    #[error("{name} holds no dead letters; {} do", .known.join(" and "))]
    UnknownQueue {
        /// What was asked for.
        name: String,
        /// Those that do.
        known: Vec<String>,
    },
    /// The emulated SQS does not answer.
    #[error("nobody answers at {0}; is `local` still running?")]
    Unreachable(String, #[source] hyper_util::client::legacy::Error),
    /// It answers with something else than what was asked for.
    #[error("SQS refuses {operation}: {answer}")]
    Refused {
        /// What was asked.
        operation: &'static str,
        /// What it said.
        answer: String,
    },
}

/// A queue of dead letters, and the queue that they come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetterQueue {
    url: String,
    source_url: String,
}

/// What a ready file says of queues.
#[derive(Deserialize)]
struct Ready {
    aws_endpoint: String,
    dead_letters: BTreeMap<String, DeadLetterQueue>,
}

/// A letter as SQS gives it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Letter {
    body: String,
    receipt_handle: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default)]
    message_attributes: BTreeMap<String, Value>,
}

impl DeadLetterQueue {
    /// The queues of dead letters of a template, by their logical ids. One that also takes failures of streams is left
    /// out: those are no messages that a queue could take back.
    pub(crate) fn of(stack: &Stack) -> BTreeMap<String, Self> {
        let failures: Vec<&str> = stack.stream_failure_queues().collect();
        let pairs = stack.queues.iter().filter_map(|source| {
            let redrive = source.redrive.as_ref()?;
            let dead = stack.queues.iter().find(|queue| queue.arn == redrive.queue_arn)?;
            let is_other = failures.contains(&dead.logical_id.as_str());
            (!is_other).then(|| {
                let queue = Self {
                    url: dead.url.clone(),
                    source_url: source.url.clone(),
                };
                (dead.logical_id.clone(), queue)
            })
        });
        pairs.collect()
    }
}

/// Does `command` with the letters in `queue` of the `local` that wrote `ready_file`.
pub(crate) async fn run(
    command: Command,
    queue: &str,
    ready_file: &Path,
    console: &Console,
) -> Result<(), DeadLetterError> {
    let text = fs::read(ready_file).map_err(|source| DeadLetterError::NotRunning {
        path: ready_file.to_owned(),
        source,
    })?;
    let ready: Ready = serde_json::from_slice(&text).map_err(|source| DeadLetterError::NotReady {
        path: ready_file.to_owned(),
        source,
    })?;
    let Some(dead) = ready.dead_letters.get(queue) else {
        return Err(DeadLetterError::UnknownQueue {
            name: queue.to_owned(),
            known: ready.dead_letters.into_keys().collect(),
        });
    };
    let sqs = Sqs(ready.aws_endpoint);
    let letters = sqs.receive_all(&dead.url).await?;
    if letters.is_empty() {
        console.line(format_args!("{queue} is empty."));
        return Ok(());
    }
    for letter in &letters {
        console.line(letter);
        match command {
            Command::List => sqs.show_again(&dead.url, letter).await?,
            Command::Replay => {
                // In this order: a letter that is there twice does no harm, one that is lost does.
                sqs.send(&dead.source_url, letter).await?;
                sqs.delete(&dead.url, letter).await?;
            }
        }
    }
    let done = match command {
        Command::List => "in",
        Command::Replay => "sent back from",
    };
    console.line(format_args!("{} dead letters {done} {queue}", letters.len()));
    Ok(())
}

/// The emulated SQS at an address.
struct Sqs(String);

impl Sqs {
    /// Every letter that nobody else looks at, hidden for a while.
    async fn receive_all(&self, queue: &str) -> Result<Vec<Letter>, DeadLetterError> {
        let mut letters = Vec::new();
        loop {
            let request = json!({
                "QueueUrl": queue, "MaxNumberOfMessages": 10, "VisibilityTimeout": HIDDEN,
                "MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"],
            });
            let mut answer = self.ask("ReceiveMessage", &request).await?;
            let received: Vec<Letter> = match answer.get_mut("Messages").map(Value::take) {
                None => return Ok(letters),
                Some(messages) => {
                    serde_json::from_value(messages).map_err(|error| DeadLetterError::Refused {
                        operation: "ReceiveMessage",
                        answer: error.to_string(),
                    })?
                }
            };
            letters.extend(received);
        }
    }

    async fn show_again(&self, queue: &str, letter: &Letter) -> Result<(), DeadLetterError> {
        let request =
            json!({"QueueUrl": queue, "ReceiptHandle": letter.receipt_handle, "VisibilityTimeout": 0});
        self.ask("ChangeMessageVisibility", &request).await?;
        Ok(())
    }

    async fn send(&self, queue: &str, letter: &Letter) -> Result<(), DeadLetterError> {
        let mut request = json!({"QueueUrl": queue, "MessageBody": letter.body});
        if let Some(trace) = letter.attributes.get("AWSTraceHeader") {
            let trace = json!({"DataType": "String", "StringValue": trace});
            request["MessageSystemAttributes"] = json!({"AWSTraceHeader": trace});
        }
        self.ask("SendMessage", &request).await?;
        Ok(())
    }

    async fn delete(&self, queue: &str, letter: &Letter) -> Result<(), DeadLetterError> {
        let request = json!({"QueueUrl": queue, "ReceiptHandle": letter.receipt_handle});
        self.ask("DeleteMessage", &request).await?;
        Ok(())
    }

    async fn ask(&self, operation: &'static str, request: &Value) -> Result<Value, DeadLetterError> {
        let refused = |answer: String| DeadLetterError::Refused { operation, answer };
        let request = Request::post(&self.0)
            .header(header::CONTENT_TYPE, "application/x-amz-json-1.0")
            .header("x-amz-target", format!("AmazonSQS.{operation}"))
            .body(Full::new(Bytes::from(request.to_string())))
            .map_err(|error| refused(error.to_string()))?;
        let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let answer = client.request(request).await;
        let answer = answer.map_err(|error| DeadLetterError::Unreachable(self.0.clone(), error))?;
        let status = answer.status();
        let body = answer.into_body().collect().await;
        let body = body.map_err(|error| refused(error.to_string()))?.to_bytes();
        if status != StatusCode::OK {
            return Err(refused(String::from_utf8_lossy(&body).into_owned()));
        }
        serde_json::from_slice(&body).map_err(|error| refused(error.to_string()))
    }
}

/// When it was sent, why it is dead, and what it says.
impl fmt::Display for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sent = self
            .attributes
            .get("SentTimestamp")
            .and_then(|at| at.parse().ok());
        let sent = sent.and_then(DateTime::from_timestamp_millis);
        let sent = sent.map_or_else(String::new, |at| at.format("%F %T").to_string());
        let reason = self.message_attributes.get("reason");
        let reason = reason.and_then(|reason| reason["StringValue"].as_str());
        write!(
            f,
            "{sent}  {}\n  {}",
            reason.unwrap_or("every try failed; the log says why"),
            self.body
        )
    }
}
