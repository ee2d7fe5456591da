//! The program itself: its ready file, its signals and its children.

use std::{fs, path::Path, process::Stdio, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::{Child, Command},
};

use crate::{
    probe::{self, eventually},
    stack::TEMPLATE,
};

/// A directory in which the program finds the template, and the function’s binary beside itself.
fn installation() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::hard_link(env!("CARGO_BIN_EXE_local"), path("local"))
        .or_else(|_other_disk| fs::copy(env!("CARGO_BIN_EXE_local"), path("local")).map(drop))
        .unwrap();
    fs::copy(probe::directory().join("probe"), path("probe")).unwrap();
    fs::write(path("template.yaml"), TEMPLATE).unwrap();
    directory
}

fn local(directory: &Path, arguments: &[&str]) -> Child {
    Command::new(directory.join("local"))
        .args([
            "--no-build",
            "--no-sync",
            "--port",
            "0",
            "--ready-file",
            "ready.json",
        ])
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn ready(directory: &Path) -> Value {
    let file = eventually(|| fs::read(directory.join("ready.json")).ok()).await;
    serde_json::from_slice(&file).unwrap()
}

async fn get(api: &Value, path: &str) -> String {
    let mut client = TcpStream::connect(api.as_str().unwrap().trim_start_matches("http://"))
        .await
        .unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// Whether no such process runs; one that nobody waits for yet does not run any more.
fn is_gone(process: &str) -> Option<()> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    (status.is_empty() || status.contains("State:\tZ")).then_some(())
}

#[tokio::test]
async fn ends_with_all_its_processes_when_it_is_asked_to_and_when_it_is_killed() {
    for (signal, in_good_order) in [("-TERM", true), ("-INT", true), ("-KILL", false)] {
        let directory = installation();
        let mut local = local(directory.path(), &["--memory"]);
        let ready = ready(directory.path()).await;
        let process = get(&ready["api"], "/echo?do=process").await;
        assert!(Path::new(&format!("/proc/{process}")).exists());

        let id = local.id().unwrap().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .await
                .unwrap()
                .success()
        );
        let status = tokio::time::timeout(Duration::from_secs(20), local.wait())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(status.success(), in_good_order, "{signal}: {status}");
        eventually(|| is_gone(&process)).await;
    }
}

#[tokio::test]
async fn prints_addresses_tokens_and_calls() {
    let directory = installation();
    let mut local = local(directory.path(), &["--memory"]);
    let ready = ready(directory.path()).await;
    let mut output = local.stdout.take().unwrap();
    let mut text = String::new();
    while !text.contains("Ctrl-C") {
        let mut bytes = [0; 4096];
        let count = output.read(&mut bytes).await.unwrap();
        assert!(count > 0, "{text}");
        text.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    for part in [&ready["api"], &ready["sandbox"], &ready["tokens"]["organizer"]] {
        assert!(text.contains(part.as_str().unwrap()), "{part} in {text}");
    }
    assert!(
        text.contains(r#"curl -s "$API/external-events/search/"#),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'), "colours belong on terminals");
}

/// What the program says of dead letters, and whether it succeeds.
async fn dlq(directory: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(directory.join("local"))
        .arg("dlq")
        .args(arguments)
        .args(["--queue", "DeadQueue"])
        .current_dir(directory)
        .output()
        .await
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

/// Puts a message into a queue of a running `local`.
async fn bury(ready: &Value, body: &str, reason: &str) {
    let url = ready["dead_letters"]["DeadQueue"]["url"].as_str().unwrap();
    let request = json!({
        "QueueUrl": url, "MessageBody": body,
        "MessageAttributes": {"reason": {"DataType": "String", "StringValue": reason}},
    })
    .to_string();
    let endpoint = ready["aws_endpoint"].as_str().unwrap();
    let mut client = TcpStream::connect(endpoint.trim_start_matches("http://"))
        .await
        .unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: here\r\nConnection: close\r\nx-amz-target: AmazonSQS.SendMessage\r\n\
         Content-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\r\n",
        request.len()
    );
    client
        .write_all(format!("{head}{request}").as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("MessageId"), "{answer}");
}

#[tokio::test]
async fn shows_dead_letters_with_their_reasons_and_sends_them_back() {
    let directory = installation();
    let journal = directory.path().join("journal");
    let parameter = format!("Journal={}", journal.display());
    let running = local(directory.path(), &["--parameter", &parameter]);
    let ready = ready(directory.path()).await;
    // The data directory says where it runs.
    assert_eq!(
        dlq(directory.path(), &["list"]).await,
        (true, "DeadQueue is empty.\n".to_owned())
    );
    for number in 0..12 {
        bury(&ready, &format!("letter {number}"), "nobody can read this").await;
    }
    for _ in 0..2 {
        let (succeeded, text) = dlq(directory.path(), &["list"]).await;
        assert!(
            succeeded && text.contains("12 dead letters in DeadQueue"),
            "{text}"
        );
        assert!(text.contains("nobody can read this\n  letter 7"), "{text}");
    }
    let named = ["replay", "--ready-file", "ready.json"];
    let (succeeded, text) = dlq(directory.path(), &named).await;
    assert!(
        succeeded && text.contains("12 dead letters sent back from DeadQueue"),
        "{text}"
    );
    eventually(|| {
        let journal = fs::read_to_string(&journal).ok()?;
        (0..12)
            .all(|number| journal.contains(&format!("letter {number}")))
            .then_some(())
    })
    .await;
    assert!(dlq(directory.path(), &["list"]).await.1.contains("is empty"));
    drop(running);
}

#[tokio::test]
async fn says_that_nobody_runs_whose_dead_letters_there_could_be() {
    let directory = installation();
    let (succeeded, text) = dlq(directory.path(), &["list"]).await;
    assert!(!succeeded && text.contains("ready.json"), "{text}");
    let stale = json!({"aws_endpoint": "http://127.0.0.1:1", "dead_letters": {"DeadQueue": {"url": "u", "source_url": "s"}}});
    fs::write(directory.path().join("ready.json"), stale.to_string()).unwrap();
    let (succeeded, text) = dlq(directory.path(), &["list", "--ready-file", "ready.json"]).await;
    assert!(!succeeded && text.contains("is `local` still running?"), "{text}");
}

#[tokio::test]
async fn says_what_is_wrong_in_one_line() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
    let output = command
        .args(["--template", "absent.yaml", "--port", "0"])
        .current_dir(directory.path())
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.starts_with("error: ") && error.contains("absent.yaml"),
        "{error}"
    );
    assert_eq!(error.lines().count(), 1, "{error}");
}
