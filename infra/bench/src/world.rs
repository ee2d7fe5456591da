//! What the functions are measured in: the emulated AWS services, the imitated providers, some events.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use chrono::{TimeDelta, Utc};
use domain::{EventKey, Start};
use local::aws::{Aws, Storage};
use local::console::Console;
use local::runtime::{Host, environment_variables};
use local::schedule::Place;
use local::template::{Function, Overrides, Stack};
use local::token::{Claims, Tokens};
use sandbox::Sandbox;
use serde_json::json;
use storage::{Store, Tables};
use testkit::dynamodb::connection;
use testkit::{event, key};
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::error::BenchError;
use crate::executable::workspace;
use crate::tls::Front;

/// The event that is read.
pub(crate) const EVENT: &str = "ticketmaster#vvG1zZ9000000";

const REGION: &str = "us-east-1";
const ACCOUNT: &str = "000000000000";

/// The running surroundings of a function.
pub(crate) struct World {
    /// The store, as the functions see it.
    pub(crate) store: Store,
    /// The imitated providers.
    pub(crate) sandbox: Sandbox,
    /// What the template describes.
    pub(crate) stack: Stack,
    /// The emulated AWS services.
    pub(crate) aws: Aws,
    /// Their address.
    pub(crate) endpoint: String,
    tokens: Tokens,
    front: Front,
}

/// What a world has that not all have.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    /// Where the tables are.
    pub(crate) storage: Storage,
    /// Whether their changes are streams. The embedded engine looks through all of a stream at each write.
    pub(crate) streams: bool,
    /// What the imitated providers have.
    pub(crate) catalogue: sandbox::Config,
    /// Parameters of the template.
    pub(crate) parameters: BTreeMap<String, String>,
}

impl Default for Setting {
    /// Tables in memory, the usual catalogue and parameters.
    fn default() -> Self {
        Self {
            storage: Storage::Memory,
            streams: true,
            catalogue: sandbox::Config::default(),
            parameters: BTreeMap::new(),
        }
    }
}

/// How a function reaches AWS.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way {
    /// By HTTP.
    Plain,
    /// By TLS.
    Tls,
}

impl World {
    /// Starts everything, with some stored events. No call waits for the budget of a second, which would be all that is
    /// seen.
    pub(crate) async fn start() -> Result<Self, BenchError> {
        let unhurried = ("TicketmasterCallsPerSecond".to_owned(), "50".to_owned());
        let world = Self::empty(Setting {
            parameters: BTreeMap::from([unhurried]),
            ..Setting::default()
        })
        .await?;
        seed(&world.store).await?;
        Ok(world)
    }

    /// Starts everything, with empty tables.
    pub(crate) async fn empty(setting: Setting) -> Result<Self, BenchError> {
        let listen = async || {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await;
            listener.map_err(BenchError::io("no port for the surroundings"))
        };
        let (aws, providers) = (listen().await?, listen().await?);
        let address = aws
            .local_addr()
            .map_err(BenchError::io("a port without address"))?;
        let endpoint = format!("http://{address}");
        let sandbox = sandbox::start(providers, setting.catalogue)
            .await
            .map_err(BenchError::io("the imitated providers do not start"))?;

        let secret = "a-secret-for-measurements-only-0123456789";
        let mut parameters = setting.parameters;
        parameters.extend(local::sandbox_parameters(&sandbox));
        parameters.insert("JwtSecret".to_owned(), secret.to_owned());
        let overrides = Overrides {
            parameters,
            aws_endpoint: endpoint.clone(),
            region: REGION.to_owned(),
            account_id: ACCOUNT.to_owned(),
        };
        let mut stack = Stack::read(&workspace().join("template.yaml"), &overrides)
            .map_err(BenchError::measured("reading the template"))?;
        // What expires stays: else the engine would read all of its tables every few seconds.
        for table in &mut stack.tables {
            table.ttl_attribute = None;
            if !setting.streams
                && let Some(properties) = table.create_table.as_object_mut()
            {
                properties.remove("StreamSpecification");
            }
        }
        let claims = Claims {
            roles_claim: "roles".to_owned(),
            ..Claims::default()
        };
        let tokens = Tokens::sign(&secret.into(), &claims, Utc::now());
        let aws = Aws::start(aws, setting.storage, &stack)
            .await
            .map_err(BenchError::measured("starting the emulated services"))?;
        let store = Store::new(&connection(&endpoint), tables(&stack));
        Ok(Self {
            store,
            sandbox,
            stack,
            tokens,
            front: Front::start(address.to_string()).await?,
            endpoint,
            aws,
        })
    }

    /// The key of the event that is read.
    pub(crate) fn event() -> EventKey {
        key(EVENT)
    }

    /// A command that starts `executable` as the function of `package`; an anchor starts as the detail function.
    pub(crate) fn command(&self, package: &str, executable: &Path, way: Way) -> Command {
        let mut command = Command::new(executable);
        self.surround(&mut command, package, executable, way);
        command
    }

    /// Puts a command into the environment of a function.
    pub(crate) fn surround(&self, command: &mut Command, package: &str, executable: &Path, way: Way) {
        let function = self.function(package);
        let endpoint = match way {
            Way::Plain => &self.endpoint,
            Way::Tls => &self.front.url,
        };
        let host = host(endpoint, Console::stderr());
        command
            .env_clear()
            .envs(environment_variables(function, executable, &host, ""))
            .env("AWS_CA_BUNDLE", self.front.bundle())
            // What the SDK's defaults read instead.
            .env("SSL_CERT_FILE", self.front.system_bundle());
    }

    fn function(&self, package: &str) -> &Function {
        self.function_of(package)
            .or_else(|| self.function_of("detail"))
            .unwrap_or(&self.stack.functions[0])
    }

    /// The function whose package this is.
    pub(crate) fn function_of(&self, package: &str) -> Option<&Function> {
        let mut functions = self.stack.functions.iter();
        functions.find(|function| function.binary == package)
    }

    /// The event by which API Gateway hands a request of an admin over.
    pub(crate) fn request(&self, method: &str, path: &str, query: &str) -> Bytes {
        let event = json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {
                "authorization": format!("Bearer {}", self.tokens.admin),
                "content-type": "application/json",
                "host": "localhost",
            },
            "requestContext": {
                "accountId": ACCOUNT,
                "apiId": "bench",
                "domainName": "localhost",
                "domainPrefix": "localhost",
                "http": {
                    "method": method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1",
                    "userAgent": "bench",
                },
                "requestId": "bench",
                "routeKey": "$default",
                "stage": "$default",
                "time": "22/Nov/2026:12:00:00 +0000",
                "timeEpoch": 1_795_348_800_000_u64,
            },
            "body": "{}",
            "isBase64Encoded": false,
        });
        Bytes::from(event.to_string())
    }
}

/// What functions run in that reach AWS at `endpoint`.
pub(crate) fn host(endpoint: &str, console: Console) -> Host {
    Host {
        aws_endpoint: endpoint.to_owned(),
        place: Place {
            region: REGION.to_owned(),
            account_id: ACCOUNT.to_owned(),
        },
        verbose: false,
        console,
    }
}

/// The names of the tables.
pub(crate) fn tables(stack: &Stack) -> Tables {
    let name = |id| {
        stack
            .table(id)
            .map(|table| table.name.clone())
            .unwrap_or_default()
    };
    Tables {
        events: name("ExternalEventsTable"),
        local_events: name("LocalEventsTable"),
        state: name("StateTable"),
    }
}

/// Stores two hundred events of the next weeks.
async fn seed(store: &Store) -> Result<(), BenchError> {
    let now = Utc::now();
    let events: Vec<_> = (0..200)
        .map(|number| {
            event(&format!("ticketmaster#vvG1zZ9{number:06}"))
                .title(&format!("An Evening of Invented Music, Part {number}"))
                .description(&"Doors open an hour before. ".repeat(56))
                .with(|event| event.start = Start::exact(now + TimeDelta::hours(number + 24), event.timezone))
                .build()
        })
        .collect();
    let stored = store.record(&events, now).await;
    stored.map(drop).map_err(BenchError::measured("storing events"))
}
