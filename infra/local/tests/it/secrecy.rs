//! What is printed at the most verbose level: every call out, and no secret.

use http::Method;
use serde_json::{Value, json};

use crate::{
    probe::eventually,
    system::{Answer, System},
};

const SOURCES: [&str; 4] = ["ticketmaster", "seatgeek", "eventbrite", "meetup"];

/// How Meetup’s access tokens begin in the sandbox, and tokens by RS256 and HS256 everywhere.
const TOKENS: [&str; 3] = [
    "sandbox-meetup-token-",
    "eyJhbGciOiJSUzI1NiI",
    "eyJhbGciOiJIUzI1NiI",
];

#[tokio::test]
async fn every_call_out_and_no_secret_is_in_what_is_printed() {
    let parameters = [
        ("LogLevel", "trace"),
        ("JwtSecret", "MARKED-secret-that-the-platform-signs-with"),
        ("SearchDeadlineMs", "4000"),
    ];
    let system = System::start(&parameters).await;
    let search = async |text: &str| -> Answer {
        let path = format!("/external-events/search/?q={text}&latlong=40.73,-73.99");
        system.get(&path).await
    };
    system.sync().await;
    let found = search("*").await.body;
    for source in SOURCES {
        assert!(found["sources"][source]["count"].is_u64(), "{found}");
        system.import(source, &unstored(&system, source).await).await;
    }
    // Refusals that quote what they refuse, and calls that are given up.
    for (source, fault) in SOURCES.into_iter().zip([
        json!({"status": 401}),
        json!({"hang": true}),
        json!({"status": 500}),
        json!({"status": 429}),
    ]) {
        system.control(Method::PUT, source, fault).await;
    }
    search("blues").await;
    for source in SOURCES {
        system.get(&format!("/external-events/{source}/404404/")).await;
    }

    for source in SOURCES {
        let calls = system.calls(source).await;
        assert!(calls > 2, "{source}");
        let of_source = format!("provider.name={source}");
        let is_call =
            |line: &&str| line.contains("provider called") && line.split(' ').any(|word| word == of_source);
        eventually(|| {
            let lines = system.output.text().lines().filter(is_call).count() as u64;
            (lines == calls).then_some(())
        })
        .await;
    }
    let printed = system.output.text();
    let mut secrets = Vec::new();
    for secret in &system.local.stack().secrets {
        let value = system.secret(&secret.arn).await;
        secrets.extend(texts(&secret.logical_id, &value));
    }
    let is_marked = |(_, text): &(String, String)| text == "MARKED-secret-that-the-platform-signs-with";
    assert!(
        secrets.iter().any(is_marked) && secrets.len() > 20,
        "the secrets were read"
    );
    for (name, text) in &secrets {
        assert!(!printed.contains(text), "{name} is in the log");
    }
    for token in TOKENS {
        let line = printed.lines().find(|line| line.contains(token));
        assert_eq!(line, None);
    }
    system.local.shutdown().await;
}

/// The last event of a provider, further ahead than a sync reads.
async fn unstored(system: &System, source: &str) -> String {
    let path = format!("{source}/events?upcoming=true&limit=2000&quirk=none");
    let listed = system.control(Method::GET, &path, Value::Null).await;
    let last = listed["events"].as_array().unwrap().last().unwrap();
    last["id"].as_str().unwrap().to_owned()
}

/// All texts in a JSON value that are long enough to be secrets, line by line, with their names.
fn texts(name: &str, value: &Value) -> Vec<(String, String)> {
    match value {
        Value::String(text) => text
            .lines()
            .filter(|line| line.len() >= 8)
            .map(|line| (name.to_owned(), line.to_owned()))
            .collect(),
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| texts(name, value))
            .collect(),
        Value::Array(values) => values.iter().flat_map(|value| texts(name, value)).collect(),
        _ => Vec::new(),
    }
}
