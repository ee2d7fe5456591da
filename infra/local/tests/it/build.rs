//! Building the functions.

use std::{collections::BTreeSet, fs, path::Path};

use local::build::{Build, BuildError};
use tempfile::TempDir;
use tokio::process::Command;

/// A workspace with one package and nothing to download.
fn workspace(source: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let package = directory.path().join("functions/a-function-of-a-test");
    fs::create_dir_all(package.join("src")).unwrap();
    let manifest = "[package]\nname = \"a-function-of-a-test\"\nversion = \"0.0.0\"\nedition = \"2024\"\n";
    fs::write(package.join("Cargo.toml"), manifest).unwrap();
    fs::write(package.join("src/main.rs"), source).unwrap();
    let members = "[workspace]\nresolver = \"3\"\nmembers = [\"functions/*\"]\n";
    fs::write(directory.path().join("Cargo.toml"), members).unwrap();
    directory
}

async fn build(workspace: &Path) -> Result<std::path::PathBuf, BuildError> {
    let binaries = BTreeSet::from(["a-function-of-a-test"]);
    Ok(Build::Cargo.run(workspace, &binaries).await?["a-function-of-a-test"].clone())
}

#[tokio::test]
async fn finds_the_executable_that_cargo_has_built() {
    let workspace = workspace("fn main() { std::process::exit(7) }");
    let executable = build(workspace.path()).await.unwrap();
    assert_eq!(Command::new(executable).status().await.unwrap().code(), Some(7));
}

#[tokio::test]
async fn fails_when_a_function_does_not_compile() {
    let workspace = workspace("fn main() { no_such_function() }");
    assert!(matches!(
        build(workspace.path()).await,
        Err(BuildError::Failed(_))
    ));
}
