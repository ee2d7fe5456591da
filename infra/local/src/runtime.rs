//! Lambda: the function binaries as child processes that speak the Runtime API.
//!
//! Each function has a pool of processes, one invocation at a time in each, started on demand and kept when idle.

mod api;
mod environment;

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    path::PathBuf,
    process::ExitStatus,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::sync::{Semaphore, watch};

use self::environment::Environment;
pub use self::{
    api::FunctionError,
    environment::{Host, environment_variables},
};
use crate::{
    cause::chain,
    log_line::{Level, LogLine},
    template::Function,
};

/// Most processes of one function. Further invocations wait; Lambda’s own account limit would throttle them.
const MAXIMUM_CONCURRENCY: usize = 10;

/// Lambda’s limit for a synchronous request and for its response.
const PAYLOAD_LIMIT: usize = 6 * 1024 * 1024;

/// All functions of the stack, ready to be invoked. Dropping it kills their processes.
pub struct Runtime {
    pools: BTreeMap<String, Arc<Pool>>,
    stop: watch::Sender<bool>,
}

impl Runtime {
    /// Prepares `functions`; no process is started before the first invocation. `executables` are the built binaries
    /// by name.
    pub fn new(
        functions: &[Function],
        executables: &BTreeMap<String, PathBuf>,
        host: &Host,
    ) -> Result<Self, MissingExecutable> {
        let (stop, stopped) = watch::channel(false);
        let pool = |function: &Function| {
            let executable = executables
                .get(&function.binary)
                .ok_or_else(|| MissingExecutable {
                    function: function.logical_id.clone(),
                    binary: function.binary.clone(),
                })?;
            let pool = Pool {
                function: function.clone(),
                executable: executable.clone(),
                host: host.clone(),
                idle: Mutex::default(),
                permits: Semaphore::new(MAXIMUM_CONCURRENCY),
                stopped: stopped.clone(),
            };
            Ok((function.logical_id.clone(), Arc::new(pool)))
        };
        Ok(Self {
            pools: functions.iter().map(pool).collect::<Result<_, _>>()?,
            stop,
        })
    }

    /// Invokes the function with this logical id and waits for its answer. The invocation goes on when the returned
    /// future is dropped, as it does on Lambda when the caller hangs up.
    pub async fn invoke(
        &self,
        function: &str,
        request_id: &str,
        payload: Bytes,
    ) -> Result<Bytes, InvokeError> {
        let pool = self
            .pools
            .get(function)
            .ok_or_else(|| InvokeError::UnknownFunction(function.to_owned()))?;
        let pool = Arc::clone(pool);
        let request_id = request_id.to_owned();
        let invocation = tokio::spawn(async move { pool.invoke(&request_id, payload).await });
        invocation.await.unwrap_or(Err(InvokeError::Stopped))
    }

    /// Kills all processes and waits for their end; invocations under way and later ones fail with
    /// [`InvokeError::Stopped`].
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        for pool in self.pools.values() {
            let idle = std::mem::take(&mut *pool.idle());
            for environment in idle {
                environment.kill().await;
            }
        }
    }
}

/// A function whose binary was not built.
#[derive(Debug, thiserror::Error)]
#[error("{function} runs the binary `{binary}`, which was not built")]
pub struct MissingExecutable {
    function: String,
    binary: String,
}

/// Why an invocation has no answer.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The stack has no such function.
    #[error("there is no function `{0}`")]
    UnknownFunction(String),
    /// The event is larger than Lambda takes.
    #[error("the event has {0} bytes; Lambda takes at most {PAYLOAD_LIMIT}")]
    PayloadTooLarge(usize),
    /// The process could not be started.
    #[error("the process could not be started")]
    Start(#[source] std::io::Error),
    /// The function ended or reported an error before it asked for its first event.
    #[error("the function did not start: {0}")]
    Init(String),
    /// The function answered with an error.
    #[error(transparent)]
    Function(#[from] FunctionError),
    /// The process ended during the invocation.
    #[error("the process ended ({0}) before it answered")]
    Exited(ExitStatus),
    /// The process was killed at the function’s timeout.
    #[error("timed out after {:.2} seconds", .0.as_secs_f64())]
    TimedOut(Duration),
    /// `local` is ending.
    #[error("local is stopping")]
    Stopped,
}

/// The processes of one function.
struct Pool {
    function: Function,
    executable: PathBuf,
    host: Host,
    idle: Mutex<Vec<Environment>>,
    permits: Semaphore,
    stopped: watch::Receiver<bool>,
}

impl Pool {
    async fn invoke(&self, request_id: &str, payload: Bytes) -> Result<Bytes, InvokeError> {
        let mut stopped = self.stopped.clone();
        let result = tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => Err(InvokeError::Stopped),
            result = self.run(request_id, payload) => result,
        };
        if let Err(error) = &result
            && !matches!(error, InvokeError::Stopped)
        {
            LogLine::new(Level::Error, Some(request_id), chain(error))
                .print(&self.host.console, &self.function.binary);
        }
        result
    }

    async fn run(&self, request_id: &str, payload: Bytes) -> Result<Bytes, InvokeError> {
        if payload.len() > PAYLOAD_LIMIT {
            return Err(InvokeError::PayloadTooLarge(payload.len()));
        }
        let _permit = self
            .permits
            .acquire()
            .await
            .map_err(|_closed| InvokeError::Stopped)?;
        let mut environment = match self.take_idle() {
            Some(environment) => environment,
            None => Environment::start(&self.function, &self.executable, &self.host).await?,
        };
        let result = environment
            .invoke(request_id, payload, self.function.timeout)
            .await;
        // Like Lambda, keep a process whose handler failed and drop one that ended or was killed.
        if matches!(result, Ok(_) | Err(InvokeError::Function(_))) && !*self.stopped.borrow() {
            self.idle().push(environment);
        }
        result
    }

    /// The process used last, so that the others can be seen to be idle; those that ended meanwhile are dropped.
    fn take_idle(&self) -> Option<Environment> {
        let mut idle = self.idle();
        std::iter::from_fn(|| idle.pop()).find_map(|mut environment| match environment.ended() {
            None => Some(environment),
            Some(status) => {
                let line = LogLine::new(
                    Level::Warn,
                    None,
                    format_args!("an idle process ended ({status})"),
                );
                line.print(&self.host.console, &self.function.binary);
                None
            }
        })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Environment>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A new id of an invocation, in the form of a UUID of version 4.
pub fn request_id() -> String {
    // Unique, not secret: the standard library’s hash seeds are random enough, and asking for them cannot fail.
    let [high, low] = [(); 2].map(|()| RandomState::new().hash_one(()));
    let (high, low) = (high & !0xf000 | 0x4000, low & !(0b11 << 62) | (0b10 << 62));
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}
