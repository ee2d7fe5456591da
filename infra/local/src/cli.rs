//! The command line.

use std::{
    collections::BTreeMap,
    env, fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    build::Build,
    console::Console,
    data::Data,
    dead_letter::{self, DeadLetterError},
    report,
    start::{Local, Options, StartError},
};

/// The file in the data directory that says where everything is, as long as it runs.
const READY_FILE: &str = "ready.json";

/// How long the first sync is waited for before its state is shown as it is.
const FIRST_SYNC_LIMIT: Duration = Duration::from_mins(3);

/// Runs what template.yaml describes on this machine: the functions, an HTTP API, DynamoDB, SQS, secrets, schedules
/// and, without provider keys, imitations of the event providers.
///
/// A template parameter is set by the environment variable of its name (TicketmasterApiKey by
/// TICKETMASTER_API_KEY), or by --parameter.
#[derive(Debug, Parser)]
#[command(version)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub struct Arguments {
    /// Port of the HTTP API; 0 takes a free one
    #[arg(long, default_value_t = 3000)]
    port: u16,

    /// Port of the emulated AWS services; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    aws_port: u16,

    /// Port of the imitated providers; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    sandbox_port: u16,

    /// The template [default: template.yaml here or in a directory above]
    #[arg(long, value_name = "PATH", global = true)]
    template: Option<PathBuf>,

    /// Sets a template parameter
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = parse_parameter)]
    parameters: Vec<(String, String)>,

    /// Where data is kept [default: .local beside the template]
    #[arg(long, value_name = "PATH", global = true)]
    data_dir: Option<PathBuf>,

    /// Delete the kept data first
    #[arg(long, conflicts_with = "memory")]
    fresh: bool,

    /// Keep nothing
    #[arg(long, conflicts_with = "data_dir")]
    memory: bool,

    /// Write addresses and tokens to this file, as JSON, once everything is up
    #[arg(long, value_name = "PATH", global = true)]
    ready_file: Option<PathBuf>,

    /// Use the function binaries beside this program instead of building them
    #[arg(long)]
    no_build: bool,

    /// Do not sync at the start
    #[arg(long)]
    no_sync: bool,

    /// Show what the functions log for debugging
    #[arg(short, long)]
    verbose: bool,

    #[command(subcommand)]
    command: Option<Command>,
}

/// What else there is to do than to run everything.
#[derive(Debug, Subcommand)]
enum Command {
    /// Shows or replays the dead letters of a running `local`
    Dlq {
        #[command(subcommand)]
        command: dead_letter::Command,

        /// The queue of the dead letters, by its name in the template
        #[arg(
            long,
            value_name = "NAME",
            default_value = "SyncDeadLetterQueue",
            global = true
        )]
        queue: String,
    },
}

/// Why `local` ends.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is no template here.
    #[error("there is no template.yaml here or in a directory above; name it with --template")]
    NoTemplate,
    /// The stack does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The ready file cannot be written.
    #[error("the ready file {} cannot be written", .path.display())]
    ReadyFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Dead letters cannot be shown or sent.
    #[error(transparent)]
    DeadLetter(#[from] DeadLetterError),
    /// The operating system refuses something basic.
    #[error("the system refuses")]
    System(#[from] io::Error),
}

impl Arguments {
    fn template(&self) -> Result<PathBuf, RunError> {
        match &self.template {
            Some(path) => Ok(path.clone()),
            None => find_template(&env::current_dir()?).ok_or(RunError::NoTemplate),
        }
    }

    /// Where data is kept.
    fn data_dir(&self, template: &Path) -> PathBuf {
        let beside_template = || template.parent().unwrap_or(Path::new(".")).join(".local");
        self.data_dir.clone().unwrap_or_else(beside_template)
    }

    /// What to run.
    fn options(&self, console: Console) -> Result<Options, RunError> {
        let template = self.template()?;
        let data = if self.memory {
            Data::Memory
        } else {
            Data::Directory {
                path: self.data_dir(&template),
                fresh: self.fresh,
            }
        };
        Ok(Options {
            data,
            port: self.port,
            aws_port: self.aws_port,
            sandbox_port: self.sandbox_port,
            parameters: self.parameters.iter().cloned().collect(),
            environment: utf8_environment(),
            build: if self.no_build {
                Build::beside_current_executable()?
            } else {
                Build::Cargo
            },
            verbose: self.verbose,
            ..Options::new(template, console)
        })
    }
}

/// Does what is asked for: as a rule starts everything, tells about it, and runs until the process is asked to end.
pub async fn run(arguments: Arguments) -> Result<(), RunError> {
    if let Some(Command::Dlq { command, queue }) = &arguments.command {
        let ready_file = match &arguments.ready_file {
            Some(path) => path.clone(),
            None => arguments.data_dir(&arguments.template()?).join(READY_FILE),
        };
        dead_letter::run(*command, queue, &ready_file, &Console::stdout()).await?;
        return Ok(());
    }
    // Asked for before anything is started, so that a signal during the build ends the build.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let asked_to_end = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    tokio::pin!(asked_to_end);

    let console = Console::stdout();
    let options = arguments.options(console.clone())?;
    let local = tokio::select! {
        local = Local::start(&options) => local?,
        () = &mut asked_to_end => return Ok(()),
    };
    console.line(report::started(&local));
    let kept = local.data_directory().map(|directory| directory.join(READY_FILE));
    for path in [&arguments.ready_file, &kept].into_iter().flatten() {
        let failed = |source| RunError::ReadyFile {
            path: path.clone(),
            source,
        };
        report::write_ready_file(&local, path).map_err(failed)?;
    }
    let told = async {
        if !arguments.no_sync {
            let started = Instant::now();
            if local.sync().await {
                let settled = local.settled(FIRST_SYNC_LIMIT).await;
                console.line(report::synced(&local, started.elapsed(), settled).await);
            }
        }
        console.line(report::calls(&local).await);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = told => {}
        () = &mut asked_to_end => {}
    }
    console.line("\nEnding.");
    if let Some(path) = kept {
        // One that stays says where nobody listens, which is found out by asking there.
        let _stays = fs::remove_file(path);
    }
    local.shutdown().await;
    Ok(())
}

fn parse_parameter(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn find_template(from: &Path) -> Option<PathBuf> {
    from.ancestors()
        .map(|directory| directory.join("template.yaml"))
        .find(|path| path.is_file())
}

/// The environment without what is not text: no parameter could be.
fn utf8_environment() -> BTreeMap<String, String> {
    env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
