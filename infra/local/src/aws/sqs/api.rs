//! The SQS API in its JSON protocol.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
    time::Duration,
};

use axum::http::StatusCode;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::{MessageAttribute, NewMessage, QueueError, Queues, md5};
use crate::{aws::service_error::ServiceError, template::Redrive};

/// A message with its attributes, or a batch of them, is at most 1 MiB. Source: SQS developer guide, quotas.
const MAX_MESSAGE_BYTES: usize = 1 << 20;
/// Most messages in a batch. Source: SQS developer guide, quotas.
const MAX_BATCH: usize = 10;
/// The longest delay, in seconds. Source: SQS API reference, SendMessage.
const MAX_DELAY: u64 = 900;
/// The longest visibility timeout, in seconds. Source: SQS API reference, ChangeMessageVisibility.
const MAX_VISIBILITY: u64 = 12 * 60 * 60;
/// The longest wait for a message, in seconds. Source: SQS API reference, ReceiveMessage.
const MAX_WAIT: u64 = 20;

/// What SQS calls a parameter that breaks a rule.
const INVALID_VALUE: &str = "InvalidParameterValue";

type Object = Map<String, Value>;

/// Answers a request.
pub(in crate::aws) async fn answer(
    queues: &Queues,
    operation: &str,
    body: &[u8],
) -> Result<Value, ServiceError> {
    let request: Object = serde_json::from_slice(body).map_err(invalid)?;
    match operation {
        "ListQueues" => Ok(list_queues(queues, &typed(request)?)),
        "GetQueueUrl" => get_queue_url(queues, &typed(request)?),
        "ReceiveMessage" => receive(queues, request).await,
        "GetQueueAttributes" => get_queue_attributes(queues, request),
        "PurgeQueue" => {
            let (queue, NoMore {}) = for_queue(request)?;
            queues.purge(&queue)?;
            Ok(json!({}))
        }
        operation => {
            if let Some(operation) = operation.strip_suffix("Batch") {
                return batch(queues, operation.parse()?, request);
            }
            let operation = operation.parse()?;
            let (queue, request) = for_queue(request)?;
            one(queues, operation, &queue, request).map(Value::from)
        }
    }
}

/// An operation that also exists for a batch.
#[derive(Clone, Copy)]
enum Operation {
    Send,
    Delete,
    ChangeVisibility,
}

impl FromStr for Operation {
    type Err = ServiceError;

    fn from_str(name: &str) -> Result<Self, ServiceError> {
        match name {
            "SendMessage" => Ok(Self::Send),
            "DeleteMessage" => Ok(Self::Delete),
            "ChangeMessageVisibility" => Ok(Self::ChangeVisibility),
            unknown => Err(ServiceError::sender(
                "UnsupportedOperation",
                format!("{unknown} is not emulated here"),
            )),
        }
    }
}

fn one(queues: &Queues, operation: Operation, queue: &str, request: Object) -> Result<Object, ServiceError> {
    match operation {
        Operation::Send => send(queues, queue, typed(request)?),
        Operation::Delete => {
            let request: DeleteMessageRequest = typed(request)?;
            queues.delete(queue, &request.receipt_handle)?;
            Ok(Object::new())
        }
        Operation::ChangeVisibility => {
            let request: ChangeMessageVisibilityRequest = typed(request)?;
            let timeout = within("VisibilityTimeout", request.visibility_timeout, 0, MAX_VISIBILITY)?;
            queues.change_visibility(queue, &request.receipt_handle, Duration::from_secs(timeout))?;
            Ok(Object::new())
        }
    }
}

/// Answers a batch: each entry alone, so that one that fails spoils no other.
fn batch(queues: &Queues, operation: Operation, request: Object) -> Result<Value, ServiceError> {
    let (queue, BatchRequest { entries }) = for_queue(request)?;
    check_batch(&entries)?;
    // A queue that does not exist fails the batch, not its entries.
    queues.depth(&queue)?;

    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for BatchEntry { id, request } in entries {
        match one(queues, operation, &queue, request) {
            Ok(mut answer) => {
                answer.insert("Id".to_owned(), id.into());
                successful.push(answer);
            }
            Err(error) => failed.push(json!({
                "Id": id,
                "Code": error.kind,
                "Message": error.message,
                "SenderFault": error.is_sender_fault(),
            })),
        }
    }
    Ok(json!({"Successful": successful, "Failed": failed}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoMore {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct BatchRequest {
    entries: Vec<BatchEntry>,
}

#[derive(Deserialize)]
struct BatchEntry {
    #[serde(rename = "Id")]
    id: String,
    #[serde(flatten)]
    request: Object,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SendMessageRequest {
    message_body: String,
    #[serde(default)]
    delay_seconds: u64,
    #[serde(default)]
    message_attributes: BTreeMap<String, MessageAttribute>,
    #[serde(default)]
    message_system_attributes: SystemAttributes,
}

/// What a sender may say that is SQS's own.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SystemAttributes {
    #[serde(rename = "AWSTraceHeader")]
    trace_header: Option<MessageAttribute>,
}

fn send(queues: &Queues, queue: &str, request: SendMessageRequest) -> Result<Object, ServiceError> {
    let delay = within("DelaySeconds", request.delay_seconds, 0, MAX_DELAY)?;
    if request.message_body.is_empty() {
        return Err(ServiceError::sender(
            "MissingParameter",
            "The request must contain the parameter MessageBody.",
        ));
    }
    let size = request.message_body.len()
        + request
            .message_attributes
            .iter()
            .map(attribute_bytes)
            .sum::<usize>();
    if size > MAX_MESSAGE_BYTES {
        let message = format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {MAX_MESSAGE_BYTES} bytes."
        );
        return Err(ServiceError::sender(INVALID_VALUE, message));
    }
    let mut answer = Object::from_iter([(
        "MD5OfMessageBody".to_owned(),
        md5::hex(request.message_body.as_bytes()).into(),
    )]);
    if let Some(digest) = md5::of_attributes(&request.message_attributes) {
        answer.insert("MD5OfMessageAttributes".to_owned(), digest.into());
    }
    let message = NewMessage {
        body: request.message_body,
        message_attributes: request.message_attributes,
        trace_header: request
            .message_system_attributes
            .trace_header
            .and_then(|header| header.string_value),
        delay: Duration::from_secs(delay),
    };
    answer.insert("MessageId".to_owned(), queues.send(queue, message)?.into());
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteMessageRequest {
    receipt_handle: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ChangeMessageVisibilityRequest {
    receipt_handle: String,
    visibility_timeout: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ReceiveMessageRequest {
    max_number_of_messages: Option<u64>,
    visibility_timeout: Option<u64>,
    #[serde(default)]
    wait_time_seconds: u64,
    /// The older name of `message_system_attribute_names`.
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

async fn receive(queues: &Queues, request: Object) -> Result<Value, ServiceError> {
    let (queue, request): (_, ReceiveMessageRequest) = for_queue(request)?;
    let max = within(
        "MaxNumberOfMessages",
        request.max_number_of_messages.unwrap_or(1),
        1,
        MAX_BATCH as u64,
    )?;
    let wait = Duration::from_secs(within("WaitTimeSeconds", request.wait_time_seconds, 0, MAX_WAIT)?);
    let visibility_timeout = match request.visibility_timeout {
        Some(timeout) => Some(Duration::from_secs(within(
            "VisibilityTimeout",
            timeout,
            0,
            MAX_VISIBILITY,
        )?)),
        None => None,
    };
    let max = usize::try_from(max).unwrap_or(MAX_BATCH);
    let mut messages = queues
        .receive_hiding(&queue, max, wait, visibility_timeout)
        .await?;

    let system = [request.attribute_names, request.message_system_attribute_names].concat();
    for message in &mut messages {
        message
            .attributes
            .retain(|name, _| system.iter().any(|wanted| wanted == "All" || wanted == name));
        message.message_attributes.retain(|name, _| {
            request
                .message_attribute_names
                .iter()
                .any(|wanted| match wanted.strip_suffix(".*") {
                    Some(prefix) => name.starts_with(prefix),
                    None => wanted == "All" || wanted == name,
                })
        });
        message.md5_of_message_attributes = md5::of_attributes(&message.message_attributes);
    }
    Ok(if messages.is_empty() {
        json!({})
    } else {
        json!({"Messages": messages})
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ListQueuesRequest {
    #[serde(default)]
    queue_name_prefix: String,
    /// A template's queues fit one page.
    #[serde(rename = "MaxResults")]
    _max_results: Option<u64>,
}

fn list_queues(queues: &Queues, request: &ListQueuesRequest) -> Value {
    let settings = queues
        .settings()
        .into_iter()
        .filter(|queue| queue.name.starts_with(&request.queue_name_prefix));
    json!({"QueueUrls": settings.map(|queue| queue.url).collect::<Vec<_>>()})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetQueueUrlRequest {
    queue_name: String,
    #[serde(rename = "QueueOwnerAWSAccountId")]
    _owner: Option<String>,
}

fn get_queue_url(queues: &Queues, request: &GetQueueUrlRequest) -> Result<Value, ServiceError> {
    let queue = queues
        .settings()
        .into_iter()
        .find(|queue| queue.name == request.queue_name);
    let queue = queue.ok_or_else(|| QueueError::QueueDoesNotExist(request.queue_name.clone()))?;
    Ok(json!({"QueueUrl": queue.url}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetQueueAttributesRequest {
    #[serde(default)]
    attribute_names: Vec<String>,
}

fn get_queue_attributes(queues: &Queues, request: Object) -> Result<Value, ServiceError> {
    let (name, request): (_, GetQueueAttributesRequest) = for_queue(request)?;
    let depth = queues.depth(&name)?;
    let settings = queues.settings().into_iter().find(|queue| queue.name == name);
    let queue = settings.ok_or(QueueError::QueueDoesNotExist(name))?;
    let redrive = queue.redrive.map(
        |Redrive {
             queue_arn,
             max_receive_count,
         }| {
            json!({"deadLetterTargetArn": queue_arn, "maxReceiveCount": max_receive_count}).to_string()
        },
    );
    let attributes = [
        ("ApproximateNumberOfMessages", Some(depth.visible.to_string())),
        (
            "ApproximateNumberOfMessagesNotVisible",
            Some(depth.in_flight.to_string()),
        ),
        (
            "ApproximateNumberOfMessagesDelayed",
            Some(depth.delayed.to_string()),
        ),
        ("DelaySeconds", Some("0".to_owned())),
        ("MaximumMessageSize", Some(MAX_MESSAGE_BYTES.to_string())),
        (
            "MessageRetentionPeriod",
            Some(queue.retention.as_secs().to_string()),
        ),
        ("QueueArn", Some(queue.arn)),
        ("ReceiveMessageWaitTimeSeconds", Some("0".to_owned())),
        ("RedrivePolicy", redrive),
        (
            "VisibilityTimeout",
            Some(queue.visibility_timeout.as_secs().to_string()),
        ),
    ];
    let wanted = |name: &str| {
        request
            .attribute_names
            .iter()
            .any(|wanted| wanted == "All" || wanted == name)
    };
    let attributes = attributes.into_iter().filter(|(name, _)| wanted(name));
    let attributes = attributes.filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    Ok(json!({"Attributes": attributes.collect::<Object>()}))
}

/// The name of the queue that a request is about, and the rest of the request.
fn for_queue<R: DeserializeOwned>(mut request: Object) -> Result<(String, R), ServiceError> {
    let url = request.remove("QueueUrl");
    let name = url
        .as_ref()
        .and_then(Value::as_str)
        .and_then(|url| url.rsplit('/').next());
    let missing = || {
        ServiceError::sender(
            "MissingParameter",
            "The request must contain the parameter QueueUrl.",
        )
    };
    Ok((name.ok_or_else(missing)?.to_owned(), typed(request)?))
}

fn typed<R: DeserializeOwned>(request: Object) -> Result<R, ServiceError> {
    R::deserialize(Value::from(request)).map_err(invalid)
}

#[expect(clippy::needless_pass_by_value, reason = "map_err passes by value")]
fn invalid(error: serde_json::Error) -> ServiceError {
    ServiceError::sender(INVALID_VALUE, error.to_string())
}

fn within(name: &str, value: u64, least: u64, most: u64) -> Result<u64, ServiceError> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    let message =
        format!("Value {value} for parameter {name} is invalid. Reason: Must be between {least} and {most}.");
    Err(ServiceError::sender(INVALID_VALUE, message))
}

fn check_batch(entries: &[BatchEntry]) -> Result<(), ServiceError> {
    let ids: BTreeSet<_> = entries.iter().map(|entry| &entry.id).collect();
    let size: usize = entries.iter().map(|entry| message_bytes(&entry.request)).sum();
    let (kind, query_code, message) = if entries.is_empty() {
        let message = "There should be at least one entry in the request.";
        (
            "EmptyBatchRequest",
            "AWS.SimpleQueueService.EmptyBatchRequest",
            message.to_owned(),
        )
    } else if entries.len() > MAX_BATCH {
        let message = format!("Maximum number of entries per request are {MAX_BATCH}.");
        (
            "TooManyEntriesInBatchRequest",
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            message,
        )
    } else if ids.len() < entries.len() {
        let message = "Two or more batch entries in the request have the same Id.";
        (
            "BatchEntryIdsNotDistinct",
            "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            message.to_owned(),
        )
    } else if size > MAX_MESSAGE_BYTES {
        let message = format!("Batch requests cannot be longer than {MAX_MESSAGE_BYTES} bytes.");
        (
            "BatchRequestTooLong",
            "AWS.SimpleQueueService.BatchRequestTooLong",
            message,
        )
    } else {
        return Ok(());
    };
    Err(ServiceError {
        query_code,
        ..ServiceError::sender(kind, message)
    })
}

/// What an entry's message counts towards the size of its batch.
fn message_bytes(request: &Object) -> usize {
    request
        .get("MessageBody")
        .and_then(Value::as_str)
        .map_or(0, str::len)
}

fn attribute_bytes((name, attribute): (&String, &MessageAttribute)) -> usize {
    let value = |value: &Option<String>| value.as_ref().map_or(0, String::len);
    name.len() + attribute.data_type.len() + value(&attribute.string_value) + value(&attribute.binary_value)
}

impl From<QueueError> for ServiceError {
    fn from(error: QueueError) -> Self {
        let (kind, query_code) = match &error {
            QueueError::QueueDoesNotExist(_) => {
                ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue")
            }
            QueueError::ReceiptHandleIsInvalid => ("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid"),
            QueueError::MessageNotInflight => {
                ("MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight")
            }
            QueueError::Journal(source) => {
                tracing::error!(error = %source, "the queues' journal cannot be written");
                let error = Self::sender("InternalFailure", error.to_string());
                return Self {
                    status: StatusCode::INTERNAL_SERVER_ERROR,
                    ..error
                };
            }
        };
        Self {
            query_code,
            ..Self::sender(kind, error.to_string())
        }
    }
}
