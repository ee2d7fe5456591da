//! The functions and what invokes them.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;
use serde_json::Value;

use super::{
    EventSource, Function, HttpRoute, Overrides, QueueSource, Schedule, Stack, StreamSource, Table,
    TemplateError,
    reader::{typed, typed_beside},
    resource::{Kind, stream_arn},
    scalar::Loose,
};

/// Defaults: Lambda API reference, CreateFunction.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct FunctionProperties {
    #[serde(default = "three")]
    timeout: Loose<u64>,
    #[serde(default = "least_memory")]
    memory_size: Loose<u32>,
    #[serde(default)]
    environment: Environment,
    #[serde(default)]
    events: BTreeMap<String, Value>,
}

fn three() -> Loose<u64> {
    Loose(3)
}

fn least_memory() -> Loose<u32> {
    Loose(128)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Environment {
    variables: BTreeMap<String, Loose<String>>,
}

/// What is built, where it may go and who watches it: nothing that a function on this machine can tell.
const UNUSED_FUNCTION_PROPERTIES: &[&str] = &[
    "Architectures",
    "CodeUri",
    "Description",
    "FunctionName",
    "Handler",
    "LoggingConfig",
    "Policies",
    "ReservedConcurrentExecutions",
    "Role",
    "Runtime",
    "Tags",
    "Tracing",
];

/// `Metadata` of a function that `sam build` builds with cargo-lambda.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Metadata {
    #[serde(rename = "BuildMethod")]
    _build_method: BuildMethod,
    build_properties: BuildProperties,
}

#[derive(Deserialize)]
enum BuildMethod {
    #[serde(rename = "rust-cargolambda")]
    CargoLambda,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct BuildProperties {
    binary: String,
}

#[derive(Deserialize)]
#[serde(tag = "Type", content = "Properties", deny_unknown_fields)]
enum Event {
    HttpApi(Value),
    Schedule(Value),
    #[serde(rename = "SQS")]
    Sqs(Value),
    DynamoDB(Value),
}

/// Without path and method, the `$default` route.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct HttpApiEvent {
    path: Option<String>,
    method: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ScheduleEvent {
    schedule: String,
    name: Option<String>,
    input: Option<String>,
    #[serde(default)]
    state: State,
}

#[derive(Default, Deserialize, PartialEq)]
#[serde(rename_all = "UPPERCASE")]
enum State {
    #[default]
    Enabled,
    Disabled,
}

/// Defaults: Lambda API reference, CreateEventSourceMapping.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SqsEvent {
    queue: String,
    #[serde(default = "ten")]
    batch_size: Loose<u32>,
    #[serde(default)]
    maximum_batching_window_in_seconds: Loose<u64>,
    #[serde(default)]
    function_response_types: Vec<ResponseType>,
    scaling_config: Option<ScalingConfig>,
}

fn ten() -> Loose<u32> {
    Loose(10)
}

#[derive(Deserialize, PartialEq)]
enum ResponseType {
    ReportBatchItemFailures,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ScalingConfig {
    maximum_concurrency: Loose<u32>,
}

/// Defaults: Lambda API reference, CreateEventSourceMapping.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DynamoDbEvent {
    stream: String,
    #[serde(rename = "StartingPosition")]
    _starting_position: StartingPosition,
    #[serde(default = "hundred")]
    batch_size: Loose<u32>,
    #[serde(default)]
    maximum_batching_window_in_seconds: Loose<u64>,
    #[serde(default)]
    function_response_types: Vec<ResponseType>,
    #[serde(default)]
    bisect_batch_on_function_error: Loose<bool>,
    /// -1, the default, means until the records expire.
    maximum_retry_attempts: Option<Loose<i64>>,
    destination_config: Option<DestinationConfig>,
    #[serde(default)]
    filter_criteria: FilterCriteria,
}

fn hundred() -> Loose<u32> {
    Loose(100)
}

#[derive(Deserialize)]
enum StartingPosition {
    #[serde(rename = "TRIM_HORIZON")]
    TrimHorizon,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DestinationConfig {
    on_failure: OnFailure,
}

#[derive(Deserialize)]
#[serde(tag = "Type", deny_unknown_fields)]
enum OnFailure {
    #[serde(rename = "SQS")]
    Sqs {
        #[serde(rename = "Destination")]
        destination: String,
    },
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct FilterCriteria {
    filters: Vec<Filter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Filter {
    pattern: String,
}

/// The binary that a function's metadata names.
pub(super) fn binary(metadata: Option<Value>, at: &str) -> Result<String, TemplateError> {
    let metadata: Metadata = typed(metadata.unwrap_or_default(), || format!("{at}, Metadata"))?;
    Ok(metadata.build_properties.binary)
}

/// A function with its settings and event sources, its identity left empty.
pub(super) fn configuration(
    logical_id: &str,
    at: &str,
    properties: Value,
    stack: &Stack,
    overrides: &Overrides,
) -> Result<Function, TemplateError> {
    let properties: FunctionProperties =
        typed_beside(properties, UNUSED_FUNCTION_PROPERTIES, || at.to_owned())?;
    let context = EventContext { stack, overrides };
    let sources = properties.events.into_iter().map(|(name, event)| {
        context.source(
            event,
            &format!("{logical_id}{name}"),
            &format!("{logical_id}.Events.{name}"),
        )
    });
    Ok(Function {
        timeout: Duration::from_secs(properties.timeout.0),
        memory_mb: properties.memory_size.0,
        environment: properties
            .environment
            .variables
            .into_iter()
            .map(|(name, value)| (name, value.0))
            .collect(),
        sources: sources.collect::<Result<_, _>>()?,
        logical_id: String::new(),
        name: String::new(),
        arn: String::new(),
        binary: String::new(),
    })
}

struct EventContext<'a> {
    stack: &'a Stack,
    overrides: &'a Overrides,
}

impl EventContext<'_> {
    /// The event source, which SAM calls `name` unless it says otherwise.
    fn source(&self, event: Value, name: &str, at: &str) -> Result<EventSource, TemplateError> {
        let located = || at.to_owned();
        Ok(match typed(event, located)? {
            Event::HttpApi(properties) => {
                let event: HttpApiEvent = typed_beside(properties, &["ApiId"], located)?;
                EventSource::HttpRoute(HttpRoute {
                    method: event
                        .method
                        .map_or_else(|| "ANY".to_owned(), |method| method.to_uppercase()),
                    path: event.path.unwrap_or_else(|| "$default".to_owned()),
                })
            }
            Event::Schedule(properties) => {
                let unused = &["Description", "RetryPolicy"];
                let event: ScheduleEvent = typed_beside(properties, unused, located)?;
                let expression = event.schedule.parse();
                EventSource::Schedule(Schedule {
                    name: event.name.unwrap_or_else(|| name.to_owned()),
                    expression: expression.map_err(|source| TemplateError::Schedule {
                        at: located(),
                        source,
                    })?,
                    input: event.input.map(|input| json(&input, at)).transpose()?,
                    enabled: event.state == State::Enabled,
                })
            }
            Event::Sqs(properties) => {
                let event: SqsEvent = typed(properties, located)?;
                EventSource::Queue(QueueSource {
                    queue: self.queue(&event.queue, at)?,
                    batch_size: event.batch_size.0,
                    batching_window: Duration::from_secs(event.maximum_batching_window_in_seconds.0),
                    report_batch_item_failures: !event.function_response_types.is_empty(),
                    maximum_concurrency: event.scaling_config.map(|scaling| scaling.maximum_concurrency.0),
                })
            }
            Event::DynamoDB(properties) => {
                let event: DynamoDbEvent = typed(properties, located)?;
                let attempts = event
                    .maximum_retry_attempts
                    .and_then(|attempts| u32::try_from(attempts.0).ok());
                let on_failure = event.destination_config.map(|config| config.on_failure);
                let on_failure =
                    on_failure.map(|OnFailure::Sqs { destination }| self.queue(&destination, at));
                let filters = event
                    .filter_criteria
                    .filters
                    .iter()
                    .map(|filter| json(&filter.pattern, at));
                EventSource::Stream(StreamSource {
                    table: self.table(&event.stream, at)?,
                    batch_size: event.batch_size.0,
                    batching_window: Duration::from_secs(event.maximum_batching_window_in_seconds.0),
                    report_batch_item_failures: !event.function_response_types.is_empty(),
                    bisect_on_error: event.bisect_batch_on_function_error.0,
                    maximum_retry_attempts: attempts,
                    on_failure_queue: on_failure.transpose()?,
                    filters: filters.collect::<Result<_, _>>()?,
                })
            }
        })
    }

    fn queue(&self, arn: &str, at: &str) -> Result<String, TemplateError> {
        self.stack
            .queue_with_arn(arn, at)
            .map(|queue| queue.logical_id.clone())
    }

    fn table(&self, stream: &str, at: &str) -> Result<String, TemplateError> {
        let has_stream = |table: &&Table| {
            table.stream && stream_arn(&Kind::Table.arn(&table.name, self.overrides)) == stream
        };
        let table = self.stack.tables.iter().find(has_stream);
        let table = table.ok_or_else(|| TemplateError::no_such("table with a stream", stream, at))?;
        Ok(table.logical_id.clone())
    }
}

fn json(text: &str, at: &str) -> Result<Value, TemplateError> {
    serde_json::from_str(text).map_err(|source| TemplateError::Property {
        at: at.to_owned(),
        source,
    })
}
