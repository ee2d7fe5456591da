//! The program itself: its ready file, its signals and its children.

use std::{fs, path::Path, process::Stdio, time::Duration};

use serde_json::Value;
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

#[tokio::test]
async fn says_what_is_wrong_in_one_line() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
    let output = command
        .args(["--template", "absent.yaml"])
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
