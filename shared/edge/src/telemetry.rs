//! The log: lines on the standard output, as CloudWatch or a person reads them.

mod line;

use std::str::FromStr;

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use self::line::Flat;
use crate::config::{ConfigError, Environment, Together as _};
use crate::metric;

/// Libraries whose lines below a warning are about the wire: they may show URLs and headers, and so keys and tokens.
const WIRE: [&str; 8] = [
    "aws_",
    "h2",
    "hyper",
    "jsonwebtoken",
    "lambda_",
    "reqwest",
    "rustls",
    "tower",
];

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// An object a line.
    Json,
    /// For eyes.
    Text,
}

/// Whose lines they are: several functions share a log, several stacks the metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// The stack's name.
    pub stack: String,
    /// The function's name.
    pub function: String,
}

/// A text that names no format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected JSON or Text")]
pub struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "JSON" => Ok(Self::Json),
            "Text" => Ok(Self::Text),
            _ => Err(UnknownFormat),
        }
    }
}

/// A text that names no level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected one of error, warn, info, debug, trace")]
struct UnknownLevel;

struct Level(LevelFilter);

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| UnknownLevel)
    }
}

/// Starts the log of this process as `LOG_LEVEL` and `AWS_LAMBDA_LOG_FORMAT` say. Only the first call has an effect.
pub fn start(environment: &Environment) -> Result<(), ConfigError> {
    let (level, format, stack, function) = (
        environment.or("LOG_LEVEL", Level(LevelFilter::INFO)),
        environment.or("AWS_LAMBDA_LOG_FORMAT", Format::Json),
        environment.or("STACK_NAME", "local".to_owned()),
        environment.or("AWS_LAMBDA_FUNCTION_NAME", "local".to_owned()),
    )
        .together()?;
    let process = Process { stack, function };
    // The error only says that there is a log already, which is what was wanted.
    let _ = subscriber(level.0, format, process, std::io::stdout).try_init();
    Ok(())
}

/// The log as a subscriber: each line has the fields of the spans it is in, the request's id among them. Metrics are
/// for machines: they are written at every level, but not for eyes.
pub fn subscriber<W>(
    level: LevelFilter,
    format: Format,
    process: Process,
    writer: W,
) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let metrics = match format {
        Format::Json => LevelFilter::INFO,
        Format::Text => LevelFilter::OFF,
    };
    let filter = Targets::new()
        .with_default(level)
        .with_target(metric::TARGET, metrics)
        .with_targets(WIRE.map(|target| (target, level.min(LevelFilter::WARN))));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .with_ansi(false);
    let lines = match format {
        Format::Json => lines.json().event_format(Flat(process)).boxed(),
        Format::Text => lines.with_target(false).boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(filter))
}
