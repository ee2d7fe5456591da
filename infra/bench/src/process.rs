//! One process of a function, and what it has used.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use bytes::Bytes;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use nix::time::{ClockId, clock_gettime};
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::api::{Api, Said};
use crate::error::BenchError;

/// How long to wait for a process, also under an instrument that slows it down.
const PATIENCE: Duration = Duration::from_mins(2);

/// A function that has started and asked for its first event.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    child: Child,
    api: Api,
    children_before: Duration,
}

/// What a process has used in its life.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// CPU time, user and system, of all its threads.
    pub(crate) cpu: Duration,
    /// The most memory it had, in bytes.
    pub(crate) peak_rss: f64,
}

impl Process {
    /// Starts `command`, and waits until it asks for an event. Only one process at a time may be alive if its
    /// [`Usage`] is to be known.
    pub(crate) async fn start(name: &str, mut command: Command) -> Result<Self, BenchError> {
        let mut api = Api::start().await?;
        let children_before = cpu_of_children()?;
        let child = command
            .env("AWS_LAMBDA_RUNTIME_API", &api.address)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(BenchError::io(format!("{name} cannot be started")))?;
        match timeout(PATIENCE, api.said()).await {
            Ok(Some(Said::Next)) => {}
            said => return Err(fault(name, &said)),
        }
        Ok(Self {
            name: name.to_owned(),
            child,
            api,
            children_before,
        })
    }

    /// Has it handle one event, and says how long the answer took. One that is no success would measure the way to
    /// a failure, and is an error.
    pub(crate) async fn invoke(&mut self, event: &Bytes) -> Result<Duration, BenchError> {
        let started = Instant::now();
        self.api.send(event.clone());
        let answer = match timeout(PATIENCE, self.api.said()).await {
            Ok(Some(Said::Answer(answer))) => answer,
            said => return Err(fault(&self.name, &said)),
        };
        let took = started.elapsed();
        match timeout(PATIENCE, self.api.said()).await {
            Ok(Some(Said::Next)) => {}
            said => return Err(fault(&self.name, &said)),
        }
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        match answer["statusCode"].as_u64() {
            None | Some(200..300) => Ok(took),
            Some(_) => Err(BenchError::Function {
                function: self.name.clone(),
                fault: answer.to_string(),
            }),
        }
    }

    /// The CPU time of its threads so far. Those that ended are not among them.
    pub(crate) fn cpu(&self) -> Duration {
        let Some(id) = self.child.id() else {
            return Duration::ZERO;
        };
        let tasks = std::fs::read_dir(format!("/proc/{id}/task"));
        let nanoseconds = tasks.into_iter().flatten().flatten().filter_map(|task| {
            let line = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
            line.split(' ').next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(nanoseconds.sum())
    }

    /// Ends it, and says what it has used.
    pub(crate) async fn end(mut self) -> Result<Usage, BenchError> {
        let peak_rss = self.peak_rss();
        let failed = || BenchError::io(format!("{} cannot be ended", self.name));
        self.child.kill().await.map_err(failed())?;
        Ok(Usage {
            cpu: cpu_of_children()?.saturating_sub(self.children_before),
            peak_rss,
        })
    }

    /// Asks it to end, so that an instrument around it can write down what it saw.
    pub(crate) async fn terminate(mut self) -> Result<(), BenchError> {
        let failed = || BenchError::io(format!("{} cannot be ended", self.name));
        if let Some(id) = self.child.id().and_then(|id| i32::try_from(id).ok()) {
            let ended = nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), nix::sys::signal::SIGTERM);
            ended.map_err(|error| failed()(error.into()))?;
        }
        self.child.wait().await.map_err(failed())?;
        Ok(())
    }

    fn peak_rss(&self) -> f64 {
        let status = self.child.id().and_then(|id| {
            std::fs::read_to_string(Path::new("/proc").join(id.to_string()).join("status")).ok()
        });
        let peak = status.iter().flat_map(|status| status.lines()).find_map(|line| {
            let kibibytes = line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?;
            kibibytes.trim().parse::<f64>().ok()
        });
        peak.map_or(f64::NAN, |kibibytes| kibibytes * 1024.0)
    }
}

/// The CPU time of all children that have ended, to the microsecond, as `wait4` adds it up.
fn cpu_of_children() -> Result<Duration, BenchError> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)
        .map_err(|error| BenchError::io("the kernel does not say what was used")(error.into()))?;
    let microseconds = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(u64::try_from(microseconds).unwrap_or(0)))
}

/// The CPU time of this thread.
pub(crate) fn cpu_of_thread() -> Result<Duration, BenchError> {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID);
    time.map(Duration::from)
        .map_err(|error| BenchError::io("the kernel does not say what was used")(error.into()))
}

fn fault(name: &str, said: &Result<Option<Said>, tokio::time::error::Elapsed>) -> BenchError {
    let fault = match said {
        Ok(Some(Said::Error(body))) => String::from_utf8_lossy(body).into_owned(),
        Ok(Some(said)) => format!("unexpected: {said:?}"),
        Ok(None) => "the Runtime API has ended".to_owned(),
        Err(_) => "nothing was heard of it".to_owned(),
    };
    BenchError::Function {
        function: name.to_owned(),
        fault,
    }
}
