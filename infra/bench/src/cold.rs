//! What the start of a function costs.

use std::time::Duration;

use bytes::Bytes;
use tokio::process::Command;

use crate::error::BenchError;
use crate::executable::{DEFAULTS, Executables, FLOOR, FUNCTIONS};
use crate::process::{Process, Usage};
use crate::report::{Table, figure, times};
use crate::sample::{Sample, ratio};
use crate::world::{EVENT, Way, World};

/// One function, and what its starts have cost so far.
struct Subject {
    package: &'static str,
    /// The first event; a function without one is only started.
    event: Option<Bytes>,
    to_next: Sample,
    to_answer: Sample,
    peak_rss: Sample,
    instructions: Option<f64>,
}

/// Prints what each function costs until it asks for its first event, and until it has answered it.
pub(crate) async fn measure(iterations: usize) -> Result<(), BenchError> {
    let executables = crate::executable::build().await?;
    let world = World::start().await?;
    let mut subjects = subjects(&world);
    for _ in 0..iterations {
        for subject in &mut subjects {
            let start = |way| {
                let command = world.command(subject.package, &executables.of(subject.package), way);
                Process::start(subject.package, command)
            };
            let Usage { cpu, .. } = start(Way::Plain).await?.end().await?;
            subject.to_next.add(milliseconds(cpu));
            if let Some(event) = &subject.event {
                let mut process = start(Way::Tls).await?;
                process.invoke(event).await?;
                let Usage { cpu, peak_rss } = process.end().await?;
                subject.to_answer.add(milliseconds(cpu));
                subject.peak_rss.add(peak_rss / 1e6);
            }
        }
    }
    for subject in &mut subjects {
        subject.instructions = instructions(&world, &executables, subject.package).await?;
    }
    print(&subjects, &executables)
}

fn subjects(world: &World) -> Vec<Subject> {
    let (source, id) = EVENT.split_once('#').unwrap_or_default();
    let event = format!("/external-events/{source}/{id}/");
    let request = |package| match package {
        "search" => Some(world.request("GET", "/external-events/search/", "q=jazz")),
        "import" => Some(world.request("POST", &format!("{event}import/"), "dry_run=true")),
        "analytics" => Some(world.request("GET", "/external-events/analytics/", "")),
        "sync-worker" => None,
        _ => Some(world.request("GET", &event, "")),
    };
    let packages = [FLOOR].into_iter().chain(FUNCTIONS).chain([DEFAULTS]);
    packages
        .map(|package| Subject {
            package,
            event: request(package),
            to_next: Sample::default(),
            to_answer: Sample::default(),
            peak_rss: Sample::default(),
            instructions: None,
        })
        .collect()
}

/// How many instructions a function executes until it asks for its first event, in millions, as valgrind counts them;
/// `None` without valgrind.
async fn instructions(
    world: &World,
    executables: &Executables,
    package: &str,
) -> Result<Option<f64>, BenchError> {
    let failed = || BenchError::io("valgrind's report cannot be read");
    let directory = tempfile::tempdir().map_err(failed())?;
    let report = directory.path().join("callgrind.out");
    let executable = executables.of(package);
    let mut command = Command::new("valgrind");
    world.surround(&mut command, package, &executable, Way::Plain);
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
        .args(["--quiet", "--tool=callgrind"])
        .arg(format!("--callgrind-out-file={}", report.display()))
        .arg(&executable);
    match Process::start(package, command).await {
        Ok(process) => process.terminate().await?,
        Err(BenchError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    }
    let report = std::fs::read_to_string(report).map_err(failed())?;
    let total = report.lines().find_map(|line| line.strip_prefix("totals: "));
    Ok(total
        .and_then(|total| total.trim().parse::<f64>().ok())
        .map(|total| total / 1e6))
}

fn print(subjects: &[Subject], executables: &Executables) -> Result<(), BenchError> {
    let mut table = Table::new(
        "Start: CPU until the first event is asked for, and until it is answered over TLS (medians)",
        &[
            "function",
            "to first /next, ms",
            "of floor",
            "M instructions",
            "to first answer, ms",
            "of defaults",
            "peak RSS, MB",
            "binary, MB",
            "zip, MB",
        ],
    );
    let find = |package| subjects.iter().find(|subject| subject.package == package);
    let (Some(floor), Some(defaults)) = (find(FLOOR), find(DEFAULTS)) else {
        return Ok(());
    };
    for subject in subjects {
        let (binary, archive) = executables.size(subject.package)?;
        table.row([
            subject.package.to_owned(),
            figure(subject.to_next.median()),
            times(ratio(&subject.to_next, &floor.to_next)),
            figure(subject.instructions.unwrap_or(f64::NAN)),
            figure(subject.to_answer.median()),
            times(ratio(&subject.to_answer, &defaults.to_answer)),
            figure(subject.peak_rss.median()),
            figure(megabytes(binary)),
            figure(megabytes(archive)),
        ]);
    }
    table.print()
}

#[expect(clippy::cast_precision_loss, reason = "no binary has 2^52 bytes")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
