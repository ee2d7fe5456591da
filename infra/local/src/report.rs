//! What a person sees: what was started, how to call it, what the first sync brought.

use std::{fmt::Write, path::PathBuf, time::Duration};

use anstyle::{AnsiColor, Style};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::{start::Local, template::EventSource};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const LINK: Style = AnsiColor::Cyan.on_default();

/// What a URL's path and query need encoded; ids and names of sources stay as they are read elsewhere.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// What a sync run counts, as analytics names it; a column is shown when some run has it.
const SYNC_COLUMNS: [&str; 6] = ["created", "updated", "unchanged", "skipped", "failed", "removed"];

/// What runs where, and the tokens to call it with.
pub(crate) fn started(local: &Local) -> String {
    let stack = local.stack();
    let mut text = String::new();
    let mut row = |name: &str, value: &str, note: &str| {
        let _ = writeln!(text, "  {name:<10} {LINK}{value}{LINK:#}  {DIM}{note}{DIM:#}");
    };
    row("API", &local.api_url(), "the routes of template.yaml");
    row(
        "AWS",
        local.aws_endpoint(),
        "DynamoDB, SQS and Secrets Manager, for the AWS CLI and SDKs too",
    );
    match local.sandbox() {
        Some(sandbox) => row(
            "Providers",
            &format!("http://{}", sandbox.address()),
            "imitations, for no provider key is set (TICKETMASTER_API_KEY, SEATGEEK_CLIENT_ID, …)",
        ),
        None => row("Providers", "the real ones", "with the keys of your environment"),
    }
    if let Some(receiver) = local.webhook() {
        row(
            "Webhook",
            receiver.url(),
            "verifies and prints what is announced to the platform",
        );
    }
    match local.data_directory() {
        Some(directory) => row(
            "Data",
            &directory.display().to_string(),
            "kept; --fresh starts over",
        ),
        None => row("Data", "in memory", "gone when this ends"),
    }
    text.push('\n');

    let functions = stack.functions.iter().map(|function| function.binary.as_str());
    let tables = stack.tables.iter().map(|table| table.name.as_str());
    let queues = stack.queues.iter().map(|queue| queue.name.as_str());
    let schedules: Vec<String> = stack
        .functions
        .iter()
        .flat_map(|function| &function.sources)
        .filter_map(|source| match source {
            EventSource::Schedule(schedule) if schedule.enabled => {
                Some(format!("{} {}", schedule.name, schedule.expression))
            }
            _ => None,
        })
        .collect();
    for (kind, names) in [
        ("functions", functions.collect::<Vec<_>>()),
        ("tables", tables.collect()),
        ("queues", queues.collect()),
        ("schedules", schedules.iter().map(String::as_str).collect()),
    ] {
        let _ = writeln!(
            text,
            "  {BOLD}{:>2}{BOLD:#} {kind:<10} {DIM}{}{DIM:#}",
            names.len(),
            names.join(" · ")
        );
    }
    let tokens = local.tokens();
    let _ = write!(
        text,
        "\n  {BOLD}Paste this first{BOLD:#} {DIM}(tokens for 30 days){DIM:#}\n\n\
         export API={}\nexport USER_TOKEN={}\nexport ORGANIZER_TOKEN={}\nexport ADMIN_TOKEN={}\n",
        local.api_url(),
        tokens.user,
        tokens.organizer,
        tokens.admin,
    );
    format!("\n{BOLD}External Events is running{BOLD:#}\n\n{text}")
}

/// What the store holds after a sync, source by source, read from the analytics that the service itself answers.
pub(crate) async fn synced(local: &Local, took: Duration, settled: bool) -> String {
    let (_, analytics) = local
        .get("/external-events/analytics", &local.tokens().admin)
        .await;
    let rows = |field: &str| analytics[field].as_array().cloned().unwrap_or_default();
    let runs = rows("sync");
    let told = |field: &&str| runs.iter().any(|run| !run[*field].is_null());
    let columns: Vec<&str> = SYNC_COLUMNS.into_iter().filter(told).collect();
    let mut table = Table::new(["source", "events"].into_iter().chain(columns.iter().copied()));
    for source in rows("source_stats") {
        let run = runs.iter().find(|run| run["source"] == source["source"]);
        let counted = columns
            .iter()
            .map(|field| run.map_or_else(String::new, |run| cell(&run[*field])));
        table.row(
            [cell(&source["source"]), cell(&source["count"])]
                .into_iter()
                .chain(counted),
        );
    }
    let total = cell(&analytics["import_stats"]["total_external_events"]);
    let seconds = took.as_secs_f64();
    let outcome = if settled {
        format!("after {seconds:.1} s")
    } else {
        format!("still under way after {seconds:.0} s")
    };
    format!("\n{BOLD}First sync{BOLD:#} {DIM}{outcome}: {total} events stored{DIM:#}\n\n{table}")
}

/// Calls that work when pasted, with ids that are really there.
pub(crate) async fn calls(local: &Local) -> String {
    let events = stored_events(local).await;
    let importable = |event: &&Value| event["status"] == "scheduled" && event["time_certainty"] == "exact";
    let event = events.iter().find(importable).or(events.first());
    let mut text = format!("\n  {BOLD}Try it{BOLD:#}\n\n");
    let mut call = |comment: &str, method: &str, path: &str, token: &str| {
        let _ = writeln!(
            text,
            "{DIM}# {comment}{DIM:#}\ncurl -s {method}\"$API{path}\" -H \"Authorization: Bearer ${token}\""
        );
    };
    call(
        "search all providers, live",
        "",
        "/external-events/search/?q=jazz",
        "USER_TOKEN",
    );
    if let Some(event) = event {
        let encoded =
            |field: &str| utf8_percent_encode(event[field].as_str().unwrap_or_default(), ENCODED).to_string();
        let (source, city) = (encoded("source"), encoded("venue_city"));
        let path = format!("/external-events/{source}/{}/", encoded("external_id"));
        let browse = format!("/external-events/?source={source}&page_size=5");
        call("browse what is stored", "", &browse, "USER_TOKEN");
        if !city.is_empty() {
            call(
                "… by city",
                "",
                &format!("/external-events/?city={city}&page_size=5"),
                "USER_TOKEN",
            );
        }
        call("look at one event", "", &path, "USER_TOKEN");
        let import = format!("{path}import/");
        call(
            "import it, and again to see it refused",
            "-X POST ",
            &import,
            "ORGANIZER_TOKEN",
        );
    }
    call(
        "what is stored and used",
        "",
        "/external-events/analytics/",
        "ADMIN_TOKEN",
    );
    text + &format!("\n  {DIM}Ctrl-C ends everything.{DIM:#}\n")
}

/// A page of stored events that are not imported yet, of the first source that has some.
async fn stored_events(local: &Local) -> Vec<Value> {
    for source in sandbox::Provider::ALL {
        let path = format!(
            "/external-events/?source={}&imported=false&page_size=50",
            source.name()
        );
        let (_, page) = local.get(&path, &local.tokens().user).await;
        match page["events"].as_array() {
            Some(events) if !events.is_empty() => return events.clone(),
            _ => {}
        }
    }
    Vec::new()
}

/// A value as a cell’s text.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Cells in columns as wide as their widest: the first aligned left, the others right.
struct Table(Vec<Vec<String>>);

impl Table {
    fn new<'a>(headings: impl IntoIterator<Item = &'a str>) -> Self {
        Self(vec![headings.into_iter().map(str::to_owned).collect()])
    }

    fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.push(cells.into_iter().collect());
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let columns = self.0.first().map_or(0, Vec::len);
        let cell = |row: &Vec<String>, column: usize| row.get(column).cloned().unwrap_or_default();
        let width = |column| {
            self.0
                .iter()
                .map(|row| cell(row, column).chars().count())
                .max()
                .unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (index, row) in self.0.iter().enumerate() {
            let style = if index == 0 { DIM } else { Style::new() };
            write!(formatter, "  {style}")?;
            for (column, width) in widths.iter().enumerate() {
                match column {
                    0 => write!(formatter, "{:<width$}", cell(row, column))?,
                    _ => write!(formatter, "  {:>width$}", cell(row, column))?,
                }
            }
            writeln!(formatter, "{style:#}")?;
        }
        Ok(())
    }
}

/// Writes what scripts read, as a whole or not at all: a script that waits for the file never reads half of it.
pub(crate) fn write_ready_file(local: &Local, path: &std::path::Path) -> std::io::Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    std::fs::write(&partial, format!("{:#}\n", local.ready()))?;
    std::fs::rename(partial, path)
}
