//! One process of a function, with the Runtime API that it talks to.

use std::{
    net::Ipv4Addr,
    path::Path,
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    net::TcpListener,
    process::{Child, Command},
    sync::{mpsc, oneshot},
    task::JoinSet,
    time,
};

use super::{
    InvokeError,
    api::{Endpoint, Invocation},
    request_id,
};
use crate::{console::Console, log_line::LogLine, schedule::Place, template::Function};

/// How long Lambda lets a function initialise.
const INIT_LIMIT: Duration = Duration::from_secs(10);

/// What all processes share.
#[derive(Clone)]
pub struct Host {
    /// Where the emulated AWS services answer.
    pub aws_endpoint: String,
    /// The region and account they are in.
    pub place: Place,
    /// Whether functions log what they do in detail.
    pub verbose: bool,
    /// Where their output goes.
    pub console: Console,
}

/// A running process, idle or in an invocation. Dropping it kills the process.
pub(super) struct Environment {
    child: Child,
    invocations: mpsc::Sender<Invocation>,
    function_arn: String,
    /// The Runtime API and the readers of both outputs.
    tasks: JoinSet<()>,
}

impl Environment {
    /// Starts a process and waits until it asks for its first event.
    pub(super) async fn start(
        function: &Function,
        executable: &Path,
        host: &Host,
    ) -> Result<Self, InvokeError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(InvokeError::Start)?;
        let address = listener.local_addr().map_err(InvokeError::Start)?;
        let mut child = Command::new(executable)
            .env_clear()
            .envs(environment_variables(
                function,
                executable,
                host,
                &address.to_string(),
            ))
            .current_dir(executable.parent().unwrap_or(Path::new("/")))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(InvokeError::Start)?;

        let (invocations, receiver) = mpsc::channel(1);
        let endpoint = Arc::new(Endpoint::new(receiver));
        let mut tasks = JoinSet::new();
        let router = Arc::clone(&endpoint).router();
        tasks.spawn(async move {
            // Serving ends only with the task.
            let _never = axum::serve(listener, router).await;
        });
        if let Some(output) = child.stdout.take() {
            tasks.spawn(show(
                output,
                function.binary.clone(),
                host.clone(),
                Arc::clone(&endpoint),
            ));
        }
        if let Some(output) = child.stderr.take() {
            tasks.spawn(show(
                output,
                function.binary.clone(),
                host.clone(),
                Arc::clone(&endpoint),
            ));
        }

        let ended = tokio::select! {
            () = endpoint.asked() => None,
            status = child.wait() => Some(status.map_err(InvokeError::Start)?.to_string()),
            () = time::sleep(INIT_LIMIT) => Some(format!("not ready after {} seconds", INIT_LIMIT.as_secs())),
        };
        let mut environment = Self {
            child,
            invocations,
            function_arn: function.arn.clone(),
            tasks,
        };
        let Some(ended) = ended else {
            return Ok(environment);
        };
        environment.drain().await;
        let reported = endpoint.take_init_error().map(|error| error.to_string());
        Err(InvokeError::Init(reported.unwrap_or(ended)))
    }

    /// Has the process handle one event.
    pub(super) async fn invoke(
        &mut self,
        request_id: &str,
        payload: Bytes,
        timeout: Duration,
    ) -> Result<Bytes, InvokeError> {
        let (reply, answer) = oneshot::channel();
        let invocation = Invocation {
            request_id: request_id.to_owned(),
            payload,
            deadline: SystemTime::now() + timeout,
            function_arn: self.function_arn.clone(),
            reply,
        };
        self.invocations
            .send(invocation)
            .await
            .map_err(|_closed| InvokeError::Stopped)?;
        let status = tokio::select! {
            // A process may answer and end at once; the answer counts.
            biased;
            Ok(answer) = answer => return Ok(answer?),
            status = self.child.wait() => status.map_err(InvokeError::Start)?,
            () = time::sleep(timeout) => {
                self.child.kill().await.map_err(InvokeError::Start)?;
                return Err(InvokeError::TimedOut(timeout));
            }
        };
        self.drain().await;
        Err(InvokeError::Exited(status))
    }

    /// How the process ended, if it did.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Ends the process and waits until it is gone.
    pub(super) async fn kill(mut self) {
        // It fails only for a process that is gone already.
        let _gone = self.child.kill().await;
    }

    /// Shows what an ended process still had to say: a panic’s message must not be lost with its process. A
    /// grandchild may hold the pipes open, so this has an end.
    async fn drain(&mut self) {
        let _held_open = time::timeout(Duration::from_millis(200), async {
            // All but the Runtime API itself end with the process.
            while self.tasks.len() > 1 && self.tasks.join_next().await.is_some() {}
        })
        .await;
    }
}

/// Prints each line of `output`.
async fn show(output: impl AsyncRead + Unpin, function: String, host: Host, endpoint: Arc<Endpoint>) {
    let mut lines = BufReader::new(output).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        let line = String::from_utf8_lossy(&line);
        if let Some(line) = LogLine::parse(line.trim_end(), endpoint.request_id().as_deref()) {
            line.print(&host.console, &function);
        }
    }
}

/// The template’s variables and those that Lambda sets (Lambda developer guide, “Defined runtime environment
/// variables”).
pub fn environment_variables<'a>(
    function: &'a Function,
    executable: &'a Path,
    host: &'a Host,
    runtime_api: &'a str,
) -> impl Iterator<Item = (&'a str, String)> {
    let Host {
        aws_endpoint,
        place,
        verbose,
        ..
    } = host;
    let task_root = executable.parent().unwrap_or(Path::new("/"));
    let lambda = [
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_SESSION_TOKEN", "local".to_owned()),
        ("AWS_DEFAULT_REGION", place.region.clone()),
        ("AWS_REGION", place.region.clone()),
        ("AWS_ENDPOINT_URL", aws_endpoint.clone()),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory_mb.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", function.name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON".to_owned()),
        (
            "AWS_LAMBDA_LOG_GROUP_NAME",
            format!("/aws/lambda/{}", function.name),
        ),
        (
            "AWS_LAMBDA_LOG_STREAM_NAME",
            format!("local/[$LATEST]{}", request_id()),
        ),
        ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_owned()),
        ("LAMBDA_TASK_ROOT", task_root.display().to_string()),
        ("TZ", ":UTC".to_owned()),
        ("_HANDLER", "bootstrap".to_owned()),
    ];
    let template = function
        .environment
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()));
    template
        .chain(lambda)
        .chain(verbose.then(|| ("LOG_LEVEL", "debug".to_owned())))
}
