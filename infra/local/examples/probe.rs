//! A function for the tests: it does what its events tell it.

use std::{fs::OpenOptions, io::Write, process, time::Duration};

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if std::env::var_os("FAIL_TO_START").is_some() {
        return Err("SETTING is not set".into());
    }
    run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let (event, context) = event.into_parts();
    if let Some(path) = std::env::var_os("JOURNAL").filter(|path| !path.is_empty()) {
        let mut journal = OpenOptions::new().create(true).append(true).open(path)?;
        journal.write_all(format!("{event}\n").as_bytes())?;
    }
    if let Some(records) = event["Records"].as_array() {
        return Ok(json!({ "batchItemFailures": records.iter().filter_map(failure).collect::<Vec<_>>() }));
    }
    let order = &event["queryStringParameters"]["do"];
    match order.as_str().or(event["do"].as_str()).unwrap_or("echo") {
        "fail" => Err("told to fail".into()),
        "panic" => panic!("told to panic"),
        "exit" => process::exit(3),
        "hang" => {
            tokio::time::sleep(Duration::from_mins(10)).await;
            Ok(Value::Null)
        }
        "nap" => {
            tokio::time::sleep(Duration::from_millis(300)).await;
            Ok(json!(process::id()))
        }
        "log" => {
            let record = json!({
                "timestamp": "2026-01-02T03:04:05.678901Z",
                "level": "WARN",
                "fields": {"message": "provider is slow", "provider.name": "acme", "duration_ms": 42},
                "target": "probe",
                "span": {"name": "Lambda runtime invoke", "requestId": context.request_id},
            });
            std::io::stdout().write_all(format!("{record}\nplain words\n").as_bytes())?;
            Ok(Value::Null)
        }
        "environment" => Ok(json!(
            std::env::vars().collect::<std::collections::BTreeMap<_, _>>()
        )),
        "process" => Ok(json!(process::id())),
        "context" => Ok(json!({
            "request_id": context.request_id,
            "arn": context.invoked_function_arn,
            "deadline": context.deadline,
            "trace": context.xray_trace_id,
        })),
        "large" => Ok(json!("x".repeat(7 * 1024 * 1024))),
        "respond" => Ok(json!({
            "statusCode": 201,
            "headers": {"X-Kind": "probe", "X-Number": 7, "Content-Type": "application/octet-stream"},
            "cookies": ["a=1; Secure", "b=2"],
            "body": "AAH/",
            "isBase64Encoded": true,
        })),
        "malformed" => Ok(json!({"statusCode": "many"})),
        _ => Ok(event),
    }
}

/// A record that says `fail`, as the body of a message or as an attribute of a new item, fails.
fn failure(record: &Value) -> Option<Value> {
    let (identifier, order) = match &record["dynamodb"] {
        Value::Null => (&record["messageId"], &record["body"]),
        change => (&change["SequenceNumber"], &change["NewImage"]["do"]["S"]),
    };
    (order == "fail").then(|| json!({ "itemIdentifier": identifier }))
}
