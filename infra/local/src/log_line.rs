//! One line of a function’s output, made readable.

use std::fmt::{self, Display};

use anstyle::{AnsiColor, Style};
use serde_json::{Map, Value};

use crate::console::Console;

const DIM: Style = Style::new().dimmed();

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Not a log record: whatever the process printed.
    Output,
    /// Finer than [`Level::Debug`].
    Trace,
    /// Shown when more is asked for.
    Debug,
    /// What happens normally.
    Info,
    /// Something that was coped with.
    Warn,
    /// Something that failed.
    Error,
}

impl Level {
    fn named(name: &str) -> Option<Self> {
        [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error]
            .into_iter()
            .find(|level| level.name().trim_end().eq_ignore_ascii_case(name))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Output => "     ",
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO ",
            Self::Warn => "WARN ",
            Self::Error => "ERROR",
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Output | Self::Trace | Self::Debug => DIM,
            Self::Info => AnsiColor::Green.on_default(),
            Self::Warn => AnsiColor::Yellow.on_default(),
            Self::Error => AnsiColor::Red.on_default().bold(),
        }
    }
}

/// A line about one function, in one form whoever wrote it: the function’s JSON log, its bare output, or `local`.
#[derive(Debug, PartialEq, Eq)]
pub struct LogLine {
    /// `HH:MM:SS.mmm`, UTC.
    time: String,
    level: Level,
    request_id: Option<String>,
    message: String,
    /// Dotted names and their values.
    fields: Vec<(String, String)>,
}

impl LogLine {
    /// What `local` itself has to say.
    pub fn new(level: Level, request_id: Option<&str>, message: impl Display) -> Self {
        Self {
            time: chrono::Utc::now().format("%H:%M:%S%.3f").to_string(),
            level,
            request_id: request_id.map(str::to_owned),
            message: message.to_string(),
            fields: Vec::new(),
        }
    }

    /// Reads a line of a process’s output. The shapes of tracing-subscriber’s JSON formatter (flattened or not, with
    /// span fields) and of Lambda’s own records are understood; any other line passes as it is. `None` for a metric in
    /// the embedded metric format, which is for CloudWatch and not for eyes.
    pub fn parse(line: &str, request_id: Option<&str>) -> Option<Self> {
        let Ok(Value::Object(mut record)) = serde_json::from_str(line) else {
            return Some(Self::new(Level::Output, request_id, line));
        };
        if record.contains_key("_aws") {
            return None;
        }
        let mut text = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| record.remove(*name))
                .and_then(|value| match value {
                    Value::String(text) => Some(text),
                    _ => None,
                })
        };
        let time = text(&["timestamp", "time"]);
        let level = text(&["level"])
            .and_then(|name| Level::named(&name))
            .unwrap_or(Level::Info);
        text(&["target"]);

        let mut fields = Vec::new();
        for nested in ["fields", "span"] {
            if let Some(Value::Object(inner)) = record.remove(nested) {
                flatten("", inner, &mut fields);
            }
        }
        if let Some(Value::Array(spans)) = record.remove("spans") {
            for span in spans {
                if let Value::Object(inner) = span {
                    flatten("", inner, &mut fields);
                }
            }
        }
        flatten("", record, &mut fields);

        let mut take = |names: &[&str]| {
            let (taken, rest) = fields
                .drain(..)
                .partition::<Vec<_>, _>(|(name, _)| names.contains(&name.as_str()));
            fields = rest;
            taken.into_iter().next().map(|(_, value)| value)
        };
        let message = take(&["message", "msg"]).unwrap_or_default();
        let own_request_id = take(&[
            "request_id",
            "requestId",
            "request.id",
            "AWSRequestId",
            "aws_request_id",
        ]);
        // A span’s name and X-Ray’s id say nothing that the function’s name and the request id do not; and most starts
        // are warm.
        take(&["name", "function", "trace_id", "xrayTraceId"]);
        fields.retain(|(name, value)| name != "cold_start" || value == "true");
        let mut seen = Vec::new();
        fields.retain(|field| {
            !seen.contains(field) && {
                seen.push(field.clone());
                true
            }
        });
        Some(Self {
            time: time.as_deref().and_then(time_of_day).unwrap_or_default(),
            level,
            request_id: own_request_id.or_else(|| request_id.map(str::to_owned)),
            message,
            fields,
        })
    }

    /// Writes the line under its function’s name.
    pub fn print(&self, console: &Console, function: &str) {
        console.line(format_args!(
            "{DIM}{time:12}{DIM:#} {name}{function:<14}{name:#} {self}",
            time = self.time,
            name = AnsiColor::Cyan.on_default()
        ));
    }
}

impl Display for LogLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let request_id: String = self.request_id.iter().flat_map(|id| id.chars()).take(8).collect();
        let style = self.level.style();
        write!(
            formatter,
            "{DIM}{request_id:8}{DIM:#} {style}{}{style:#} {}",
            self.level.name(),
            self.message
        )?;
        for (name, value) in &self.fields {
            write!(formatter, " {DIM}{name}={DIM:#}{value}")?;
        }
        Ok(())
    }
}

/// Appends the leaves of `object` under dotted names.
fn flatten(prefix: &str, object: Map<String, Value>, fields: &mut Vec<(String, String)>) {
    for (name, value) in object {
        let name = if prefix.is_empty() {
            name
        } else {
            format!("{prefix}.{name}")
        };
        match value {
            Value::Object(inner) => flatten(&name, inner, fields),
            Value::String(text) => fields.push((name, text)),
            Value::Null => {}
            other => fields.push((name, other.to_string())),
        }
    }
}

fn time_of_day(timestamp: &str) -> Option<String> {
    let time = chrono::DateTime::parse_from_rfc3339(timestamp).ok()?;
    Some(time.to_utc().format("%H:%M:%S%.3f").to_string())
}
