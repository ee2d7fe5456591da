//! Recorded answers of the real providers, which are not part of this repository.
//!
//! `PROVIDER_RECORDINGS` names a folder with one folder a provider. Each file is an answer, possibly wrapped in
//! `{"_capture": …, "body": …}`; every JSON object in it that is an event must be read.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::Datelike as _;
use domain::{ExternalEvent, Start};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use providers::{ProviderError, SearchPage, eventbrite, meetup, seatgeek, ticketmaster};
use serde_json::{Value, json};

use crate::mutation::{any_json, places, replaced};

#[test]
fn every_recorded_ticketmaster_event_is_read() {
    check(
        "ticketmaster",
        |object| {
            object.get("id").is_some_and(Value::is_string)
                && object.get("dates").is_some_and(Value::is_object)
        },
        |events| json!({"_embedded": {"events": events}}),
        ticketmaster::parse_events,
        ticketmaster::parse_event,
    );
}

#[test]
fn every_recorded_seatgeek_event_is_read() {
    check(
        "seatgeek",
        |object| object.get("title").is_some_and(Value::is_string) && object.contains_key("datetime_utc"),
        |events| json!({ "events": events }),
        seatgeek::parse_events,
        seatgeek::parse_event,
    );
}

/// Parents of series, which are no events of their own, are left out; a series by itself has a plain text for a name.
#[test]
fn every_recorded_eventbrite_event_is_read() {
    check(
        "eventbrite",
        |object| {
            object.get("start").is_some_and(Value::is_object)
                && object.get("name").is_some_and(Value::is_object)
                && object.get("is_series_parent") != Some(&json!(true))
        },
        |events| json!({ "events": events }),
        eventbrite::parse_events,
        |body| eventbrite::parse_event(body).map(|event| event.unwrap()),
    );
}

/// A query may leave the id out; ours never does.
#[test]
fn every_recorded_meetup_event_is_read() {
    check(
        "meetup",
        |object| object.get("id").is_some_and(Value::is_string) && object.contains_key("dateTime"),
        |events| {
            let edges: Vec<_> = events.iter().map(|event| json!({ "node": event })).collect();
            json!({"data": {"events": {"edges": edges}}})
        },
        meetup::parse_events,
        |body| {
            let event: Value = serde_json::from_slice(body).unwrap();
            let answer = json!({"data": {"event": event}}).to_string();
            meetup::parse_event(answer.as_bytes()).map(|event| event.unwrap())
        },
    );
}

/// The folder of `provider`'s recordings, if there is one; says so if not, because the test passes without it.
#[expect(
    clippy::print_stdout,
    reason = "a test has no other way to say what it did not do"
)]
fn folder(provider: &str) -> Option<PathBuf> {
    let folder = env::var_os("PROVIDER_RECORDINGS");
    if folder.is_none() {
        println!("PROVIDER_RECORDINGS is not set: no recording of {provider} was read");
    }
    folder.map(|folder| Path::new(&folder).join(provider))
}

type Object = serde_json::Map<String, Value>;

fn check(
    provider: &str,
    is_event: fn(&Object) -> bool,
    page: fn(&[Value]) -> Value,
    parse_page: fn(&[u8]) -> Result<SearchPage, ProviderError>,
    parse_one: fn(&[u8]) -> Result<ExternalEvent, ProviderError>,
) {
    let Some(folder) = folder(provider) else {
        return;
    };
    let files = json_files(&folder);
    let mut recorded = Vec::new();
    for file in &files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let text = fs::read_to_string(file).unwrap();
        // A specification is JSON as well, but no answer.
        let Ok(document) = serde_json::from_str::<Value>(&text) else {
            continue;
        };
        let mut events = Vec::new();
        collect(&document, is_event, &mut events);
        let read = parse_page(page(&events).to_string().as_bytes()).unwrap();
        assert_eq!(read.skipped, [], "{name}");
        assert_eq!(read.events.len(), events.len(), "{name}");
        for (wire, event) in events.iter().zip(&read.events) {
            assert_eq!(&parse_one(wire.to_string().as_bytes()).unwrap(), event, "{name}");
            assert_plausible(event, &name);
        }
        // The answer itself, where it is a page, must read like its events do.
        let body = document.get("body").unwrap_or(&document);
        if let Ok(whole) = parse_page(body.to_string().as_bytes()) {
            assert_eq!(whole.events.len(), events.len(), "{name}");
        }
        recorded.extend(events);
    }
    assert!(
        !recorded.is_empty(),
        "no event of {provider} in {} files",
        files.len()
    );
    mutate(&recorded, page, parse_page, parse_one);
}

/// Whatever stands anywhere in a recorded event, it is read or skipped, and its neighbours are read as ever.
fn mutate(
    recorded: &[Value],
    page: fn(&[Value]) -> Value,
    parse_page: fn(&[u8]) -> Result<SearchPage, ProviderError>,
    parse_one: fn(&[u8]) -> Result<ExternalEvent, ProviderError>,
) {
    const MARK: &str = "mutated event";
    let mut runner = TestRunner::new(Config::with_cases(1_000));
    let anywhere = any::<prop::sample::Index>;
    let result = runner.run(&(anywhere(), anywhere(), any_json()), |(which, place, json)| {
        let event = which.get(recorded);
        let neighbour = parse_one(which.get(recorded).to_string().as_bytes()).unwrap();
        let mut found = Vec::new();
        places(event, "", &mut found);
        let mutated = replaced(event.clone(), &found[place.index(found.len())], &json);
        let around = [event.clone(), json!(MARK), event.clone()];
        let body = page(&around).to_string().replace(&format!("{MARK:?}"), &mutated);
        let read = parse_page(body.as_bytes()).unwrap();
        prop_assert!(read.events.len() + read.skipped.len() <= 3);
        prop_assert_eq!(read.events.first(), Some(&neighbour));
        prop_assert_eq!(read.events.last(), Some(&neighbour));
        Ok(())
    });
    result.unwrap();
}

fn assert_plausible(event: &ExternalEvent, file: &str) {
    assert!(!event.title.is_empty(), "{file}: {}", event.key);
    let date = match event.start {
        Start::Exact { at, .. } => at.date_naive(),
        Start::DateOnly { date } => date,
        Start::ToBeAnnounced => return,
    };
    assert!(
        (2000..2100).contains(&date.year()),
        "{file}: {} on {date}",
        event.key
    );
    if let (Some(start), Some(end)) = (event.start.instant(), event.end) {
        assert!(start <= end, "{file}: {}", event.key);
    }
}

fn collect(value: &Value, is_event: fn(&Object) -> bool, events: &mut Vec<Value>) {
    match value {
        Value::Object(object) if is_event(object) => events.push(value.clone()),
        Value::Object(object) => object.values().for_each(|value| collect(value, is_event, events)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, is_event, events)),
        _ => {}
    }
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files
}
