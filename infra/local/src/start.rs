//! A running stack: everything that the template describes, started and wired.

mod options;
pub mod wiring;

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use chrono::Utc;
use http::{Request, StatusCode, header};
use sandbox::Sandbox;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet};

pub use self::options::Options;
use self::wiring::{Consumer, Wiring};
use crate::{
    aws::{Aws, AwsError, Storage},
    build::BuildError,
    data::{Data, DataDirectory, DataError},
    dead_letter::DeadLetterQueue,
    event_source::{FilterError, PositionError},
    http_api::HttpApi,
    parameter::{self, ParameterError},
    runtime::{Host, InvokeError, MissingExecutable, Runtime, request_id},
    schedule::{self, Place},
    template::{EventSource, Overrides, Stack, TemplateError},
    token::{self, Claims, SecretError, Tokens},
    webhook::{self, WebhookReceiver},
};

/// The region and account of everything on this machine.
const REGION: &str = "us-east-1";
const ACCOUNT_ID: &str = "000000000000";

/// The parameters any of which says that real providers are wanted.
const PROVIDER_KEYS: [&str; 4] = [
    "TicketmasterApiKey",
    "SeatgeekClientId",
    "EventbriteToken",
    "MeetupClientKey",
];

/// The parameter that the tokens’ signing key goes into.
const JWT_SECRET: &str = "JwtSecret";

/// The function whose schedule makes the first sync.
const SYNC_FUNCTION: &str = "SyncSchedulerFunction";

/// How many of the sandbox’s Meetup groups are read: enough to see some, few enough for a quick first sync.
const MEETUP_GROUPS: usize = 6;

/// Why the stack does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program listens there.
    #[error("port {port} is taken by another program; choose another with {option}, or 0 for a free one")]
    PortTaken {
        /// The port.
        port: u16,
        /// The option that changes it.
        option: &'static str,
    },
    /// A port cannot be listened on for another reason.
    #[error("port {port} cannot be listened on")]
    Listen {
        /// The port.
        port: u16,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The data directory cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// There is no key to sign tokens with.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The template’s parameters are not known.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// The template is not understood.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The functions do not build.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A function has no binary.
    #[error(transparent)]
    MissingExecutable(#[from] MissingExecutable),
    /// The emulated AWS services do not start.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The sandbox does not start.
    #[error("the sandbox does not start")]
    Sandbox(#[source] io::Error),
    /// A filter of an event source is not understood.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The position in a stream cannot be kept.
    #[error(transparent)]
    Position(#[from] PositionError),
    /// An event source names what the template does not have.
    #[error("{function} is invoked by {resource}, which the template does not have")]
    UnknownSource {
        /// Logical id of the function.
        function: String,
        /// Logical id of the missing queue or table.
        resource: String,
    },
}

/// A running stack. It ends when this is dropped; [`Local::shutdown`] ends it in good order.
pub struct Local {
    stack: Stack,
    place: Place,
    api: Arc<HttpApi>,
    api_address: SocketAddr,
    aws: Aws,
    aws_endpoint: String,
    sandbox: Option<Sandbox>,
    webhook: Option<WebhookReceiver>,
    runtime: Arc<Runtime>,
    tokens: Tokens,
    consumers: Vec<Consumer>,
    /// The HTTP API, the schedules and the pollers.
    tasks: JoinSet<()>,
    data: Option<DataDirectory>,
}

impl Local {
    /// Builds and starts everything. When this returns, the HTTP API answers.
    pub async fn start(options: &Options) -> Result<Self, StartError> {
        let api_listener = listen(options.port, "--port").await?;
        let aws_listener = listen(options.aws_port, "--aws-port").await?;
        let api_address = address(&api_listener)?;
        let aws_endpoint = format!("http://{}", address(&aws_listener)?);
        let data = match &options.data {
            Data::Memory => None,
            Data::Directory { path, fresh } => Some(DataDirectory::open(path, *fresh)?),
        };

        let declared = parameter::declared(&options.template)?;
        let mut parameters = options.explicit_parameters(&declared);
        let sandbox = start_sandbox(&parameters, options.sandbox_port).await?;
        let secret = signing_key(parameters.get(JWT_SECRET), data.as_ref())?;
        let mut tasks = JoinSet::new();
        let (webhook, webhook_parameters) = webhook::start(&parameters, &declared, options, &mut tasks)
            .await?
            .unzip();
        let ours = [(JWT_SECRET.to_owned(), secret.expose_secret().to_owned())];
        let ours = ours.into_iter().chain(webhook_parameters.into_iter().flatten());
        for (name, value) in sandbox.iter().flat_map(sandbox_parameters).chain(ours) {
            if declared.contains(&name) {
                parameters.entry(name).or_insert(value);
            }
        }

        let place = Place {
            region: REGION.to_owned(),
            account_id: ACCOUNT_ID.to_owned(),
        };
        let overrides = Overrides {
            parameters,
            aws_endpoint: aws_endpoint.clone(),
            region: place.region.clone(),
            account_id: place.account_id.clone(),
        };
        let mut stack = Stack::read(&options.template, &overrides)?;
        if let Some(timeout) = options.visibility_timeout {
            stack
                .queues
                .iter_mut()
                .for_each(|queue| queue.visibility_timeout = timeout);
        }

        let workspace = options
            .template
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let executables = options
            .build
            .run(workspace.unwrap_or(Path::new(".")), &binaries(&stack))
            .await?;

        let storage = data
            .as_ref()
            .map_or(Storage::Memory, |data| Storage::Directory(data.path.clone()));
        let aws = Aws::start(aws_listener, storage, &stack).await?;
        let host = Host {
            aws_endpoint: aws_endpoint.clone(),
            place: place.clone(),
            verbose: options.verbose,
            console: options.console.clone(),
        };
        let runtime = Arc::new(Runtime::new(&stack.functions, &executables, &host)?);
        let api = Arc::new(HttpApi::new(
            &stack.functions,
            Arc::clone(&runtime),
            place.clone(),
            options.console.clone(),
        ));
        tasks.spawn(Arc::clone(&api).serve(api_listener));
        let wiring = Wiring {
            stack: &stack,
            aws: &aws,
            runtime: &runtime,
            place: &place,
            console: &options.console,
            positions: data.as_ref().map(|data| data.path.join("position")),
        };
        let consumers = wiring.connect(&mut tasks)?;
        let tokens = Tokens::sign(&secret, &claims(&stack.parameters), Utc::now());
        Ok(Self {
            stack,
            place,
            api,
            api_address,
            aws,
            aws_endpoint,
            sandbox,
            webhook,
            runtime,
            tokens,
            consumers,
            tasks,
            data,
        })
    }

    /// Address of the HTTP API, e.g. `http://127.0.0.1:3000`.
    pub fn api_url(&self) -> String {
        format!("http://{}", self.api_address)
    }

    /// Address of the emulated AWS services.
    pub fn aws_endpoint(&self) -> &str {
        &self.aws_endpoint
    }

    /// The imitated providers, when no provider key is set.
    pub fn sandbox(&self) -> Option<&Sandbox> {
        self.sandbox.as_ref()
    }

    /// The receiver of notifications, when no other one is set.
    pub fn webhook(&self) -> Option<&WebhookReceiver> {
        self.webhook.as_ref()
    }

    /// Tokens that the functions accept.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// The emulated AWS services, in process.
    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    /// What the template describes.
    pub fn stack(&self) -> &Stack {
        &self.stack
    }

    /// The directory that keeps the data, if one does.
    pub fn data_directory(&self) -> Option<&Path> {
        self.data.as_ref().map(|data| data.path.as_path())
    }

    /// Invokes the function with this logical id and waits for its answer.
    pub async fn invoke(&self, function: &str, payload: &Value) -> Result<Bytes, InvokeError> {
        self.runtime
            .invoke(function, &request_id(), Bytes::from(payload.to_string()))
            .await
    }

    /// A GET through the HTTP API without a socket: the status, and the body where it is JSON.
    pub async fn get(&self, path: &str, token: &str) -> (StatusCode, Value) {
        let request = Request::get(path)
            .header(header::HOST, self.api_address.to_string())
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(());
        let Ok(request) = request else {
            return (StatusCode::BAD_REQUEST, Value::Null);
        };
        let response = self
            .api
            .respond(&request.into_parts().0, Bytes::new(), Ipv4Addr::LOCALHOST.into())
            .await;
        (
            response.status(),
            serde_json::from_slice(response.body()).unwrap_or_default(),
        )
    }

    /// Fires the sync schedule now; `false` when there is none that is enabled, or when the function failed.
    pub async fn sync(&self) -> bool {
        let Some(function) = self.stack.function(SYNC_FUNCTION) else {
            return false;
        };
        let schedule = function.sources.iter().find_map(|source| match source {
            EventSource::Schedule(schedule) if schedule.enabled => Some(schedule),
            _ => None,
        });
        let Some(schedule) = schedule else { return false };
        schedule::fire(&self.runtime, function, schedule, &self.place, Utc::now()).await
    }

    /// Whether nothing is under way: the consumed queues are empty and the consumed streams read to their end.
    pub fn is_settled(&self) -> bool {
        // With empty queues nothing more is written to a stream; a stream that is read to its end may have sent
        // messages last, so that the queues have the last word too.
        let (queues, streams): (Vec<_>, Vec<_>) = self
            .consumers
            .iter()
            .partition(|consumer| matches!(consumer, Consumer::Queue(_)));
        let order = queues.iter().chain(&streams).chain(&queues);
        order.into_iter().all(|consumer| consumer.is_settled(&self.aws))
    }

    /// Waits until [`Local::is_settled`], at most for `limit`; whether it came to that.
    pub async fn settled(&self, limit: Duration) -> bool {
        let poll = async {
            while !self.is_settled() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(limit, poll).await.is_ok()
    }

    /// What scripts read of a running stack.
    pub fn ready(&self) -> Value {
        json!({
            "api": self.api_url(),
            "aws_endpoint": self.aws_endpoint,
            "sandbox": self.sandbox.as_ref().map(|sandbox| format!("http://{}", sandbox.address())),
            "webhook": self.webhook.as_ref().map(WebhookReceiver::url),
            "tokens": self.tokens,
            "dead_letters": DeadLetterQueue::of(&self.stack),
        })
    }

    /// Ends everything: first what invokes functions, then the functions, then what they call.
    pub async fn shutdown(mut self) {
        self.tasks.shutdown().await;
        self.runtime.stop().await;
    }
}

pub(crate) async fn listen(port: u16, option: &'static str) -> Result<TcpListener, StartError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => StartError::PortTaken { port, option },
            _ => StartError::Listen { port, source },
        })
}

pub(crate) fn address(listener: &TcpListener) -> Result<SocketAddr, StartError> {
    listener
        .local_addr()
        .map_err(|source| StartError::Listen { port: 0, source })
}

/// The imitated providers, unless a key says that the real ones are wanted.
async fn start_sandbox(
    parameters: &BTreeMap<String, String>,
    port: u16,
) -> Result<Option<Sandbox>, StartError> {
    if PROVIDER_KEYS.iter().any(|key| parameters.contains_key(*key)) {
        return Ok(None);
    }
    let listener = listen(port, "--sandbox-port").await?;
    sandbox::start(listener, sandbox::Config::default())
        .await
        .map(Some)
        .map_err(StartError::Sandbox)
}

/// The key that tokens are signed with: the given one, else one of our own.
fn signing_key(given: Option<&String>, data: Option<&DataDirectory>) -> Result<SecretString, StartError> {
    match (given, data) {
        (Some(given), _) => Ok(SecretString::from(given.clone())),
        (None, Some(data)) => Ok(token::kept_secret(&data.path.join("jwt-secret"))?),
        (None, None) => Ok(token::new_secret()?),
    }
}

/// What is to be built.
fn binaries(stack: &Stack) -> BTreeSet<&str> {
    stack
        .functions
        .iter()
        .map(|function| function.binary.as_str())
        .collect()
}

/// The parameters that point the providers’ clients at the sandbox, and say whose events there are read.
pub fn sandbox_parameters(sandbox: &Sandbox) -> Vec<(String, String)> {
    let addresses = sandbox::Provider::ALL.map(|provider| {
        (
            parameter::of_field(&format!("{}_base_url", provider.name())),
            sandbox.base_url(provider),
        )
    });
    let keys = serde_json::to_value(sandbox::KEYS).unwrap_or_default();
    // The template writes these parameters into a JSON document: a private key’s line ends must come escaped.
    let escaped = |key: &Value| key.to_string().trim_matches('"').to_owned();
    let keys = keys.as_object().into_iter().flatten();
    let keys = keys.map(|(field, key)| (parameter::of_field(field), escaped(key)));
    let meetup = sandbox.base_url(sandbox::Provider::Meetup);
    let chosen = [
        ("MeetupTokenUrl", meetup.replace("gql-ext", "oauth2/access")),
        (
            "MeetupGroups",
            Sandbox::meetup_groups()[..MEETUP_GROUPS].join(","),
        ),
        (
            "EventbriteOrganizerIds",
            sandbox::EVENTBRITE_ORGANIZER_IDS.join(","),
        ),
        (
            "EventbriteOrganizationIds",
            sandbox::EVENTBRITE_ORGANIZATION_IDS.join(","),
        ),
    ];
    let chosen = chosen.map(|(name, value)| (name.to_owned(), value));
    addresses.into_iter().chain(keys).chain(chosen).collect()
}

/// What the template’s parameters demand of a token.
fn claims(parameters: &BTreeMap<String, String>) -> Claims {
    let set = |name: &str| parameters.get(name).filter(|value| !value.is_empty()).cloned();
    Claims {
        issuer: set("JwtIssuer"),
        audience: set("JwtAudience"),
        roles_claim: set("RolesClaim").unwrap_or_else(|| "roles".to_owned()),
    }
}
