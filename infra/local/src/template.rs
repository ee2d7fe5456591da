//! Reads template.yaml: what the system consists of, with every reference resolved to an address on this machine.

mod document;
mod function;
mod intrinsic;
mod parameter;
mod reader;
mod resource;
mod scalar;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::SecretString;

pub use self::{document::DocumentError, intrinsic::IntrinsicError, parameter::ParameterError};
use crate::schedule::{ScheduleExpression, ScheduleExpressionError};

/// What `template.yaml` describes, under one set of parameters.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    /// Parameters by their name in the template, defaults included; those marked `NoEcho` are left out.
    pub parameters: BTreeMap<String, String>,
    /// The Lambda functions.
    pub functions: Vec<Function>,
    /// The DynamoDB tables.
    pub tables: Vec<Table>,
    /// The SQS queues.
    pub queues: Vec<Queue>,
    /// The Secrets Manager secrets.
    pub secrets: Vec<Secret>,
    /// The template's outputs by name.
    pub outputs: BTreeMap<String, String>,
}

/// What the reader is told beside the template.
#[derive(Clone, Debug)]
pub struct Overrides {
    /// Values of parameters by their name in the template.
    pub parameters: BTreeMap<String, String>,
    /// Address at which the emulated services answer, e.g. `http://127.0.0.1:4566`.
    pub aws_endpoint: String,
    /// The region that ARNs name.
    pub region: String,
    /// The account that ARNs and queue URLs name, 12 digits.
    pub account_id: String,
}

/// Why a template cannot be run here.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not a template's text.
    #[error("the template cannot be parsed")]
    Document(#[from] DocumentError),
    /// A parameter's value breaks its rules.
    #[error("parameter {name}")]
    Parameter {
        /// The parameter.
        name: String,
        /// The rule.
        source: ParameterError,
    },
    /// A resource of a type that is not understood.
    #[error("{logical_id}: the resource type {kind} is not understood here")]
    UnknownType {
        /// The resource.
        logical_id: String,
        /// Its type.
        kind: String,
    },
    /// A property that is not understood, missing, or of the wrong form.
    #[error("{at}")]
    Property {
        /// Where it stands.
        at: String,
        /// Which it is.
        source: serde_json::Error,
    },
    /// An expression that has no value.
    #[error("{at}")]
    Expression {
        /// Where it stands.
        at: String,
        /// Why it has none.
        source: IntrinsicError,
    },
    /// An ARN that names no resource of the template.
    #[error("{at}: {arn} is no {what} of this template")]
    NoSuchResource {
        /// Where it is named.
        at: String,
        /// What it should be.
        what: &'static str,
        /// How it is named.
        arn: String,
    },
    /// A schedule that EventBridge would not take.
    #[error("{at}")]
    Schedule {
        /// Where it stands.
        at: String,
        /// Why.
        source: ScheduleExpressionError,
    },
    /// A secret without a source, or with two.
    #[error("{at} needs either SecretString or GenerateSecretString")]
    SecretSource {
        /// The secret.
        at: String,
    },
}

impl TemplateError {
    fn no_such(what: &'static str, arn: &str, at: &str) -> Self {
        Self::NoSuchResource {
            at: at.to_owned(),
            what,
            arn: arn.to_owned(),
        }
    }
}

impl Stack {
    /// Reads the template at `path`.
    ///
    /// A resource type, property, intrinsic function or reference that the reader does not understand is an error
    /// that names it and where it stands.
    pub fn read(path: &Path, overrides: &Overrides) -> Result<Self, TemplateError> {
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|source| TemplateError::Read {
            path: path.to_owned(),
            source,
        })?;
        reader::read(&text, overrides)
    }

    /// The queue with this logical id.
    pub fn queue(&self, logical_id: &str) -> Option<&Queue> {
        self.queues.iter().find(|queue| queue.logical_id == logical_id)
    }

    /// Logical ids of the queues that batches of a stream go to which a function gave up on.
    pub fn stream_failure_queues(&self) -> impl Iterator<Item = &str> {
        let sources = self.functions.iter().flat_map(|function| &function.sources);
        sources.filter_map(|source| match source {
            EventSource::Stream(stream) => stream.on_failure_queue.as_deref(),
            _ => None,
        })
    }

    /// The queue with this ARN, which the template names at `at`.
    fn queue_with_arn(&self, arn: &str, at: &str) -> Result<&Queue, TemplateError> {
        let queue = self.queues.iter().find(|queue| queue.arn == arn);
        queue.ok_or_else(|| TemplateError::no_such("queue", arn, at))
    }

    /// The table with this logical id.
    pub fn table(&self, logical_id: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.logical_id == logical_id)
    }

    /// The function with this logical id.
    pub fn function(&self, logical_id: &str) -> Option<&Function> {
        self.functions
            .iter()
            .find(|function| function.logical_id == logical_id)
    }
}

/// A Lambda function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name in the template, e.g. `SearchFunction`.
    pub logical_id: String,
    /// Its name as `AWS_LAMBDA_FUNCTION_NAME` and its ARN give it.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The package, and so the binary, that `Metadata.BuildProperties.Binary` names.
    pub binary: String,
    /// The longest an invocation may take.
    pub timeout: Duration,
    /// Memory size in MB.
    pub memory_mb: u32,
    /// The variables of the template, resolved.
    pub environment: BTreeMap<String, String>,
    /// What invokes it.
    pub sources: Vec<EventSource>,
}

/// What invokes a function.
#[derive(Clone, Debug)]
pub enum EventSource {
    /// A route of the HTTP API.
    HttpRoute(HttpRoute),
    /// An EventBridge schedule.
    Schedule(Schedule),
    /// An SQS queue.
    Queue(QueueSource),
    /// The stream of a DynamoDB table.
    Stream(StreamSource),
}

/// A route of the HTTP API, payload format 2.0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRoute {
    /// `GET`, `POST`, … or `ANY`.
    pub method: String,
    /// `/external-events/{source}/{external_id}`, `/files/{proxy+}` or `$default`.
    pub path: String,
}

/// An EventBridge schedule.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// The schedule's name.
    pub name: String,
    /// When it fires.
    pub expression: ScheduleExpression,
    /// The event it sends instead of EventBridge's own.
    pub input: Option<serde_json::Value>,
    /// Whether it fires at all.
    pub enabled: bool,
}

/// An SQS event source mapping.
#[derive(Clone, Debug)]
pub struct QueueSource {
    /// Logical id of the queue.
    pub queue: String,
    /// Most messages in one invocation.
    pub batch_size: u32,
    /// How long to gather a batch.
    pub batching_window: Duration,
    /// Whether the function reports the failed messages of a batch.
    pub report_batch_item_failures: bool,
    /// Most invocations at once.
    pub maximum_concurrency: Option<u32>,
}

/// A DynamoDB stream event source mapping.
#[derive(Clone, Debug)]
pub struct StreamSource {
    /// Logical id of the table.
    pub table: String,
    /// Most records in one invocation.
    pub batch_size: u32,
    /// How long to gather a batch.
    pub batching_window: Duration,
    /// Whether the function reports the first failed record of a batch.
    pub report_batch_item_failures: bool,
    /// Whether a failed batch is split in two.
    pub bisect_on_error: bool,
    /// How often a batch is tried again; without it, until its records expire.
    pub maximum_retry_attempts: Option<u32>,
    /// Logical id of the queue that hears of batches given up.
    pub on_failure_queue: Option<String>,
    /// Event filter patterns; a record is taken when any matches, or when there are none.
    pub filters: Vec<serde_json::Value>,
}

/// A DynamoDB table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name in the template, e.g. `ExternalEventsTable`.
    pub logical_id: String,
    /// Its name in DynamoDB.
    pub name: String,
    /// The CreateTable request that makes it.
    pub create_table: serde_json::Value,
    /// The attribute that says when an item expires, in epoch seconds.
    pub ttl_attribute: Option<String>,
    /// Whether its changes are a stream.
    pub stream: bool,
}

/// An SQS queue.
#[derive(Clone, Debug)]
pub struct Queue {
    /// Its name in the template, e.g. `MeetupQueue`.
    pub logical_id: String,
    /// Its name in SQS, by which [`crate::aws::Queues`] knows it.
    pub name: String,
    /// Its address.
    pub url: String,
    /// Its ARN.
    pub arn: String,
    /// How long a received message stays hidden from others.
    pub visibility_timeout: Duration,
    /// How long a message is kept.
    pub retention: Duration,
    /// Where messages go that are received too often.
    pub redrive: Option<Redrive>,
}

/// Where messages go that are received too often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redrive {
    /// ARN of the dead-letter queue.
    pub queue_arn: String,
    /// How often a message is received before it goes there.
    pub max_receive_count: u32,
}

/// A Secrets Manager secret.
#[derive(Clone, Debug)]
pub struct Secret {
    /// Its name in the template, e.g. `ProviderSecret`.
    pub logical_id: String,
    /// Its name in Secrets Manager.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its content.
    pub value: SecretValue,
}

/// What a secret contains.
#[derive(Clone, Debug)]
pub enum SecretValue {
    /// The template says it.
    Given(SecretString),
    /// A random string made at the first start.
    Generated {
        /// The JSON object that the string is put into.
        template: SecretString,
        /// The key under which it is put there.
        key: String,
        /// Its length.
        length: usize,
    },
}
