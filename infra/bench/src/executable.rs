//! What is measured: our functions and the anchors, built in the profile of this program.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::{Compression, write::DeflateEncoder};
use tokio::process::Command;

use crate::error::BenchError;

/// The functions that are measured, by their package.
pub(crate) const FUNCTIONS: [&str; 5] = ["search", "detail", "import", "analytics", "sync-worker"];
/// What is built besides: they are part of what is measured.
const FURTHER: [&str; 2] = ["sync-scheduler", "tally"];
/// An empty function.
pub(crate) const FLOOR: &str = "floor";
/// A function on the SDK's defaults.
pub(crate) const DEFAULTS: &str = "defaults";

/// The root of the workspace.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Builds everything and says where it is.
pub(crate) async fn build() -> Result<Executables, BenchError> {
    let built = functions().await?;
    // It has its own features, and so its own copy of everything.
    let target = workspace().join("target/bench");
    cargo(&workspace().join("infra/bench/defaults"), &target, DEFAULTS, []).await?;
    Ok(Executables {
        defaults: target.join(profile().0),
        ..built
    })
}

/// Builds the functions and the floor, and says where they are.
///
/// What is measured for its speed and size is built without this program, whose features would become its own. Where
/// neither counts, without optimisation, the tests' build of the whole workspace does.
pub(crate) async fn functions() -> Result<Executables, BenchError> {
    let root = workspace();
    let (target, selection) = if cfg!(debug_assertions) {
        (root.join("target"), vec!["--workspace", "--bins"])
    } else {
        let packages = FUNCTIONS.iter().chain(&FURTHER).chain([&FLOOR]);
        let selection = packages.flat_map(|package| ["-p", package]).collect();
        (root.join("target/bench"), selection)
    };
    cargo(&root, &target, "the functions", selection).await?;
    let directory = target.join(profile().0);
    Ok(Executables {
        defaults: directory.clone(),
        directory,
    })
}

/// The profile's directory, and the option that asks for it.
fn profile() -> (&'static str, Option<&'static str>) {
    if cfg!(debug_assertions) {
        ("debug", None)
    } else {
        ("release", Some("--release"))
    }
}

async fn cargo<'a>(
    directory: &Path,
    target: &Path,
    what: &str,
    selection: impl IntoIterator<Item = &'a str>,
) -> Result<(), BenchError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--locked", "--target-dir"]).arg(target);
    command.args(profile().1).args(selection).current_dir(directory);
    // `cargo run` describes this package in variables that build scripts watch.
    for (name, _) in std::env::vars_os() {
        let ours = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_"];
        if name
            .to_str()
            .is_some_and(|name| ours.iter().any(|prefix| name.starts_with(prefix)))
        {
            command.env_remove(&name);
        }
    }
    let status = command
        .status()
        .await
        .map_err(BenchError::io("cargo cannot be run"))?;
    if status.success() {
        Ok(())
    } else {
        Err(BenchError::Build(what.to_owned()))
    }
}

/// Where the executables are.
#[derive(Debug)]
pub(crate) struct Executables {
    directory: PathBuf,
    /// The directory of the function on the SDK's defaults.
    defaults: PathBuf,
}

impl Executables {
    /// The executable of a package.
    pub(crate) fn of(&self, package: &str) -> PathBuf {
        let directory = if package == DEFAULTS {
            &self.defaults
        } else {
            &self.directory
        };
        directory.join(package)
    }

    /// The size of an executable and of the archive that is uploaded of it, in bytes.
    pub(crate) fn size(&self, package: &str) -> Result<(usize, usize), BenchError> {
        let failed = || BenchError::io(format!("the executable of {package} cannot be read"));
        let bytes = std::fs::read(self.of(package)).map_err(failed())?;
        // What a ZIP archive of one file holds; its headers add a few hundred bytes.
        let mut archive = DeflateEncoder::new(Vec::new(), Compression::default());
        archive.write_all(&bytes).map_err(failed())?;
        let archive = archive.finish().map_err(failed())?;
        Ok((bytes.len(), archive.len()))
    }
}
