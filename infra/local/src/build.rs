//! The function binaries: built by cargo, or taken as they are.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
};

use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

/// Where the function binaries come from.
#[derive(Clone, Debug)]
pub enum Build {
    /// `cargo build` in the workspace, in the profile that `local` itself was built in.
    Cargo,
    /// They lie in this directory.
    Prebuilt(PathBuf),
}

impl Build {
    /// The binaries in the directory of the running executable, where cargo puts those of one profile.
    pub fn beside_current_executable() -> io::Result<Self> {
        let executable = env::current_exe()?;
        let directory = executable.parent().unwrap_or(Path::new("."));
        // Test binaries and examples lie one level deeper.
        let deeper = directory.ends_with("deps") || directory.ends_with("examples");
        let directory = if deeper {
            directory.parent().unwrap_or(directory)
        } else {
            directory
        };
        Ok(Self::Prebuilt(directory.to_owned()))
    }

    /// The executables of `binaries` by name. A package has the name of its binary.
    pub async fn run(
        &self,
        workspace: &Path,
        binaries: &BTreeSet<&str>,
    ) -> Result<BTreeMap<String, PathBuf>, BuildError> {
        match self {
            Self::Cargo => cargo_build(workspace).await,
            Self::Prebuilt(directory) => Ok(binaries
                .iter()
                .map(|binary| {
                    (
                        (*binary).to_owned(),
                        directory.join(binary).with_extension(env::consts::EXE_EXTENSION),
                    )
                })
                .filter(|(_, path)| path.is_file())
                .collect()),
        }
    }
}

/// Why there are no function binaries.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Cargo cannot be run.
    #[error("cargo cannot be run")]
    Cargo(#[from] io::Error),
    /// Cargo has said why.
    #[error("the functions do not build ({0})")]
    Failed(ExitStatus),
}

/// What is read of cargo’s messages (The Cargo Book, “External tools”, JSON messages).
#[derive(Deserialize)]
struct CargoMessage {
    #[serde(default)]
    executable: Option<PathBuf>,
    #[serde(default)]
    target: Option<CargoTarget>,
}

#[derive(Deserialize)]
struct CargoTarget {
    name: String,
}

async fn cargo_build(workspace: &Path) -> Result<BTreeMap<String, PathBuf>, BuildError> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command
        // The whole workspace, as the tests build it: a selection of packages would unify features differently and
        // compile every dependency once more.
        .args(["build", "--workspace", "--bins"])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(workspace);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    // `cargo run` describes this package to us in variables that build scripts watch: passed on, they would rebuild
    // what a plain `cargo build` has built.
    for (name, _) in env::vars_os() {
        let described = |prefix| name.to_str().is_some_and(|name| name.starts_with(prefix));
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_"]
            .into_iter()
            .any(described)
        {
            command.env_remove(name);
        }
    }
    let mut cargo = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut executables = BTreeMap::new();
    if let Some(output) = cargo.stdout.take() {
        let mut lines = BufReader::new(output).lines();
        while let Some(line) = lines.next_line().await? {
            if let Ok(CargoMessage {
                executable: Some(path),
                target: Some(target),
            }) = serde_json::from_str(&line)
            {
                executables.insert(target.name, path);
            }
        }
    }
    match cargo.wait().await? {
        status if status.success() => Ok(executables),
        status => Err(BuildError::Failed(status)),
    }
}
