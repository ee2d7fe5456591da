//! What operating the system relies on: alarms and their pages, sample events, the addresses for containers, and that a
//! function which cannot start says why.

use std::{
    fs,
    path::{Path, PathBuf},
};

use http::Method;
use serde_json::Value;

use crate::{emulator::read_own, system::System};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap()
}

/// The names of the template's resources of this type, with what they declare.
fn resources(kind: &str) -> Vec<(String, serde_norway::Value)> {
    let template: serde_norway::Value = serde_norway::from_str(&text("template.yaml")).unwrap();
    let resources = template["Resources"].as_mapping().unwrap().iter();
    resources
        .filter(|(_, resource)| resource["Type"] == kind)
        .map(|(name, resource)| (name.as_str().unwrap().to_owned(), resource.clone()))
        .collect()
}

#[test]
fn every_function_and_every_queue_of_failures_is_watched() {
    let alarms: Vec<String> = resources("AWS::CloudWatch::Alarm")
        .iter()
        .map(|(_, alarm)| serde_norway::to_string(alarm).unwrap())
        .collect();
    let watched = |metric: &str, name: &str| {
        let names = |alarm: &&String| {
            let mut words = alarm.split(|letter: char| !letter.is_alphanumeric());
            words.any(|word| word == name) && alarm.contains(&format!("MetricName: {metric}"))
        };
        alarms.iter().any(|alarm| names(&alarm))
    };
    for (name, _) in resources("AWS::Serverless::Function") {
        assert!(watched("Errors", &name), "nobody hears when {name} fails");
    }
    for (name, queue) in resources("AWS::SQS::Queue") {
        // What has a queue for its failures is no such queue.
        if queue["Properties"].get("RedrivePolicy").is_none() {
            let depth = "ApproximateNumberOfMessagesVisible";
            assert!(watched(depth, &name), "nobody hears of messages in {name}");
        }
    }
}

#[test]
fn every_alarm_has_its_page() {
    let operations = text("docs/OPERATIONS.md");
    let pages: Vec<&str> = operations
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .collect();
    let alarms = resources("AWS::CloudWatch::Alarm");
    let mut alarms: Vec<&str> = alarms.iter().map(|(name, _)| name.as_str()).collect();
    let mut sorted = pages.clone();
    sorted.sort_unstable();
    alarms.sort_unstable();
    assert_eq!(sorted, alarms);
}

#[test]
fn every_function_has_sample_events() {
    for function in read_own(&[]).unwrap().functions {
        let folder = repository().join("events").join(&function.binary);
        let samples = fs::read_dir(&folder).map_or(0, Iterator::count);
        assert!(samples > 0, "{} is empty", folder.display());
    }
}

#[test]
fn containers_are_told_the_names_that_local_uses() {
    let environment: Value = serde_json::from_str(&text("infra/sam-local/environment.json")).unwrap();
    let stack = read_own(&[]).unwrap();
    let declared = &stack.function("SearchFunction").unwrap().environment;
    for (name, value) in environment["Parameters"].as_object().unwrap() {
        // SAM passes on only what the template declares.
        let local = declared
            .get(name)
            .unwrap_or_else(|| panic!("{name} is not declared"));
        let value = value
            .as_str()
            .unwrap()
            .replace("host.docker.internal", "127.0.0.1");
        if name == "AWS_ENDPOINT_URL" || name.ends_with("_BASE_URL") {
            assert!(value.starts_with("http://127.0.0.1:"), "{value}");
        } else {
            assert_eq!(value, *local, "{name}");
        }
    }
}

#[tokio::test]
async fn a_function_that_cannot_start_names_what_is_wrong_with_its_settings() {
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("template.yaml");
    let broken = text("template.yaml")
        .replace("        EVENTS_TABLE: !Ref ExternalEventsTable\n", "")
        .replace(
            "CACHE_DURATION_MINUTES: !Ref CacheDurationMinutes",
            "CACHE_DURATION_MINUTES: soon",
        );
    fs::write(&template, broken).unwrap();
    let system = System::start_with(&[], |mut options| {
        options.template = template;
        options
    })
    .await;
    let answer = system
        .call(
            Method::GET,
            "/external-events/search/?q=rock",
            &system.user(),
            None,
        )
        .await;
    assert!(answer.status.is_server_error(), "{}", answer.body);
    let output = system.output.text();
    assert!(output.contains("EVENTS_TABLE: must be set"), "{output}");
    assert!(
        output.contains("CACHE_DURATION_MINUTES: expected a whole number of minutes"),
        "{output}"
    );
    system.local.shutdown().await;
}
