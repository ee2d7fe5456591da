//! Functions as processes over the Runtime API.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use local::runtime::{InvokeError, Runtime, request_id};
use serde_json::{Value, json};

use crate::probe::{self, Output};

async fn invoke(runtime: &Runtime, event: Value) -> Result<Value, InvokeError> {
    let answer = runtime
        .invoke("ProbeFunction", &request_id(), Bytes::from(event.to_string()))
        .await?;
    Ok(serde_json::from_slice(&answer).unwrap())
}

#[tokio::test]
async fn answers_with_what_the_function_answers() {
    let runtime = probe::runtime(&probe::function(vec![]), &Output::default());
    assert_eq!(invoke(&runtime, json!({"n": 1})).await.unwrap(), json!({"n": 1}));
}

#[tokio::test]
async fn gives_the_process_exactly_the_templates_and_lambdas_variables() {
    let runtime = probe::runtime(&probe::function(vec![]), &Output::default());
    let environment = invoke(&runtime, json!({"do": "environment"})).await.unwrap();
    let environment: BTreeMap<String, String> = serde_json::from_value(environment).unwrap();
    assert_eq!(environment["SETTING"], "from the template");
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_NAME"], "stack-probe");
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], "256");
    assert_eq!(environment["AWS_ENDPOINT_URL"], "http://127.0.0.1:9");
    assert_eq!(environment["AWS_REGION"], "us-east-1");
    let foreign = |name: &&String| {
        !["AWS_", "LAMBDA_"].iter().any(|prefix| name.starts_with(prefix))
            // The last is what the function's own runtime library sets for each event.
            && !["SETTING", "TZ", "_HANDLER", "_X_AMZN_TRACE_ID"].contains(&name.as_str())
    };
    assert_eq!(
        environment.keys().filter(foreign).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
}

#[tokio::test]
async fn tells_the_function_its_request_id_arn_and_deadline() {
    let runtime = probe::runtime(&probe::function(vec![]), &Output::default());
    let before = chrono::Utc::now().timestamp_millis();
    let payload = Bytes::from(json!({"do": "context"}).to_string());
    let answer = runtime
        .invoke("ProbeFunction", "one-special-id", payload)
        .await
        .unwrap();
    let context: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(context["request_id"], "one-special-id");
    assert_eq!(
        context["arn"],
        "arn:aws:lambda:us-east-1:000000000000:function:stack-probe"
    );
    assert!(context["deadline"].as_i64().unwrap() >= before + 20_000);
}

#[tokio::test]
async fn keeps_an_idle_process_for_the_next_call() {
    let runtime = probe::runtime(&probe::function(vec![]), &Output::default());
    let first = invoke(&runtime, json!({"do": "process"})).await.unwrap();
    assert_eq!(invoke(&runtime, json!({"do": "process"})).await.unwrap(), first);
}

#[tokio::test]
async fn runs_calls_at_the_same_time_in_different_processes() {
    let runtime = Arc::new(probe::runtime(&probe::function(vec![]), &Output::default()));
    let (left, right) = tokio::join!(
        invoke(&runtime, json!({"do": "nap"})),
        invoke(&runtime, json!({"do": "nap"}))
    );
    assert_ne!(left.unwrap(), right.unwrap());
}

#[tokio::test]
async fn shows_a_process_that_ended_and_starts_a_fresh_one() {
    let output = Output::default();
    let runtime = probe::runtime(&probe::function(vec![]), &output);
    let error = invoke(&runtime, json!({"do": "exit"})).await.unwrap_err();
    assert!(
        matches!(error, InvokeError::Exited(status) if status.code() == Some(3)),
        "{error}"
    );
    assert!(output.line("exit status: 3").await.contains("ERROR"));
    assert_eq!(invoke(&runtime, json!({"n": 1})).await.unwrap(), json!({"n": 1}));
}

#[tokio::test]
async fn fails_the_call_of_a_handler_that_panics_and_shows_the_panic() {
    let output = Output::default();
    let runtime = probe::runtime(&probe::function(vec![]), &output);
    invoke(&runtime, json!({"do": "panic"})).await.unwrap_err();
    output.line("told to panic").await;
    assert_eq!(invoke(&runtime, json!({"n": 1})).await.unwrap(), json!({"n": 1}));
}

#[tokio::test]
async fn fails_the_call_of_a_handler_that_fails_and_keeps_its_process() {
    let runtime = probe::runtime(&probe::function(vec![]), &Output::default());
    let process = invoke(&runtime, json!({"do": "process"})).await.unwrap();
    let error = invoke(&runtime, json!({"do": "fail"})).await.unwrap_err();
    assert!(
        matches!(&error, InvokeError::Function(error) if error.error_message == "told to fail"),
        "{error}"
    );
    assert_eq!(invoke(&runtime, json!({"do": "process"})).await.unwrap(), process);
}

#[tokio::test]
async fn kills_a_process_at_its_timeout() {
    let mut function = probe::function(vec![]);
    function.timeout = Duration::from_millis(300);
    let runtime = probe::runtime(&function, &Output::default());
    let error = invoke(&runtime, json!({"do": "hang"})).await.unwrap_err();
    assert!(matches!(error, InvokeError::TimedOut(_)), "{error}");
    assert_eq!(invoke(&runtime, json!({"n": 1})).await.unwrap(), json!({"n": 1}));
}

#[tokio::test]
async fn says_why_a_function_did_not_start() {
    let mut function = probe::function(vec![]);
    function
        .environment
        .insert("FAIL_TO_START".to_owned(), "yes".to_owned());
    let output = Output::default();
    let runtime = probe::runtime(&function, &output);
    let error = invoke(&runtime, json!({})).await.unwrap_err();
    assert!(matches!(error, InvokeError::Init(_)), "{error}");
    output.line("SETTING is not set").await;
}

#[tokio::test]
async fn refuses_events_and_answers_over_six_megabytes() {
    let runtime = probe::runtime(&probe::function(vec![]), &Output::default());
    let large = json!("x".repeat(7 * 1024 * 1024));
    let error = invoke(&runtime, large).await.unwrap_err();
    assert!(matches!(error, InvokeError::PayloadTooLarge(_)), "{error}");
    let error = invoke(&runtime, json!({"do": "large"})).await.unwrap_err();
    assert!(
        matches!(&error, InvokeError::Function(error) if error.error_type == "Function.ResponseSizeTooLarge"),
        "{error}"
    );
}

#[tokio::test]
async fn stopping_fails_the_calls_under_way() {
    let runtime = Arc::new(probe::runtime(&probe::function(vec![]), &Output::default()));
    let started = invoke(&runtime, json!({"n": 1})).await;
    started.unwrap();
    let hanging = tokio::spawn({
        let runtime = Arc::clone(&runtime);
        async move { invoke(&runtime, json!({"do": "hang"})).await }
    });
    tokio::task::yield_now().await;
    runtime.stop().await;
    assert!(matches!(hanging.await.unwrap(), Err(InvokeError::Stopped)));
}

#[tokio::test]
async fn refuses_a_function_it_does_not_have() {
    let runtime = probe::runtime(&probe::function(vec![]), &Output::default());
    let error = runtime
        .invoke("OtherFunction", &request_id(), Bytes::new())
        .await
        .unwrap_err();
    assert!(matches!(error, InvokeError::UnknownFunction(name) if name == "OtherFunction"));
}

#[tokio::test]
async fn renders_json_log_records_as_readable_lines_and_passes_other_output() {
    let output = Output::default();
    let runtime = probe::runtime(&probe::function(vec![]), &output);
    let payload = Bytes::from(json!({"do": "log"}).to_string());
    runtime
        .invoke("ProbeFunction", "0123456789abcdef", payload)
        .await
        .unwrap();
    let line = output.line("provider is slow").await;
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words[..4], ["03:04:05.678", "probe", "01234567", "WARN"]);
    assert!(
        line.ends_with("provider is slow duration_ms=42 provider.name=acme"),
        "{line}"
    );
    output.line("plain words").await;
}
