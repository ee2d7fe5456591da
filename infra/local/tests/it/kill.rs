//! Processes killed at every step of their work: what they leave, and what comes of it.
//!
//! The function under test runs behind a proxy, which kills its process (`kill -9`) as one of its requests leaves, or
//! when it was carried out and the answer is under way.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::PathBuf,
    process::Command,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use axum::{Router, body::Body, extract::State};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, request::Parts};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use local::{Options, build::Build};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::{
    import::{importable, taken},
    system::{System, functions},
};

#[derive(Clone)]
struct Killer(Arc<Shared>);

struct Shared {
    address: String,
    /// The binaries, the victim's wrapped: it notes the process and sends it through the proxy.
    directory: TempDir,
    upstream: OnceLock<String>,
    client: Client<HttpConnector, Full<Bytes>>,
    plan: Mutex<Plan>,
}

#[derive(Default)]
struct Plan {
    /// The request to kill at, counted from 0; none once it is done.
    step: Option<usize>,
    /// Whether that request is carried out before.
    arrives: bool,
    /// What the victim was about when it was killed, since the start.
    struck: BTreeSet<String>,
    /// What came to the webhook: id and body.
    posts: Vec<(String, Value)>,
}

impl Killer {
    async fn start(victim: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let directory = TempDir::new().unwrap();
        for binary in fs::read_dir(functions().await).unwrap() {
            let binary = binary.unwrap().path();
            let link = directory.path().join(binary.file_name().unwrap());
            if link.ends_with(victim) {
                let (binary, pids) = (binary.display(), directory.path().join("pids"));
                let script = format!(
                    "#!/bin/sh\necho $$ >> '{}'\nAWS_ENDPOINT_URL={address} exec '{binary}'\n",
                    pids.display()
                );
                fs::write(&link, script).unwrap();
                fs::set_permissions(&link, fs::Permissions::from_mode(0o755)).unwrap();
            } else {
                symlink(binary, link).unwrap();
            }
        }
        let killer = Self(Arc::new(Shared {
            address,
            directory,
            upstream: OnceLock::new(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            plan: Mutex::default(),
        }));
        let router = Router::new().fallback(pass).with_state(killer.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        killer
    }

    async fn system(&self, parameters: &[(&str, &str)], adapt: impl FnOnce(Options) -> Options) -> System {
        let directory: PathBuf = self.0.directory.path().to_owned();
        let system = System::start_with(parameters, |options| {
            adapt(Options {
                build: Build::Prebuilt(directory),
                ..options
            })
        });
        let system = system.await;
        self.0
            .upstream
            .set(system.local.aws_endpoint().to_owned())
            .unwrap();
        system
    }

    /// Kills at the `step`th request from now on.
    fn arm(&self, step: usize, arrives: bool) {
        let mut plan = self.0.plan.lock().unwrap();
        (plan.step, plan.arrives) = (Some(step), arrives);
    }

    /// Whether it came to the kill; if not, it will not.
    fn struck(&self) -> bool {
        self.0.plan.lock().unwrap().step.take().is_none()
    }

    /// Whether this request is the one; if so, whether it is carried out before.
    fn strikes(&self, what: String) -> Option<bool> {
        let mut plan = self.0.plan.lock().unwrap();
        let step = plan.step?;
        plan.step = step.checked_sub(1);
        (step == 0).then(|| {
            plan.struck.insert(what);
            plan.arrives
        })
    }

    fn kill(&self) {
        let pids = self.0.directory.path().join("pids");
        let noted = fs::read_to_string(&pids).unwrap();
        fs::remove_file(&pids).unwrap();
        // Those that ended by themselves are gone.
        let _status = Command::new("kill")
            .arg("-9")
            .args(noted.lines())
            .output()
            .unwrap();
    }

    async fn carry_out(&self, parts: &Parts, body: Bytes) -> Response<Body> {
        if let Some(id) = parts.headers.get("webhook-id") {
            let post = (
                id.to_str().unwrap().to_owned(),
                serde_json::from_slice(&body).unwrap(),
            );
            self.0.plan.lock().unwrap().posts.push(post);
            return empty(StatusCode::NO_CONTENT);
        }
        let upstream = self.0.upstream.get().unwrap();
        let mut request = Request::builder()
            .method(&parts.method)
            .uri(format!("{upstream}{}", parts.uri));
        for (name, value) in &parts.headers {
            if name != "host" {
                request = request.header(name, value);
            }
        }
        let request = request.body(Full::new(body)).unwrap();
        let (parts, body) = self.0.client.request(request).await.unwrap().into_parts();
        Response::from_parts(parts, Body::from(body.collect().await.unwrap().to_bytes()))
    }
}

async fn pass(State(killer): State<Killer>, parts: Parts, body: Bytes) -> Response<Body> {
    let target = parts.headers.get("x-amz-target");
    let what = target.map_or("webhook", |target| target.to_str().unwrap());
    let strikes = killer.strikes(what.rsplit('.').next().unwrap().to_owned());
    let answer = match strikes {
        Some(false) => empty(StatusCode::SERVICE_UNAVAILABLE),
        None | Some(true) => killer.carry_out(&parts, body).await,
    };
    if strikes.is_some() {
        killer.kill();
    }
    answer
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// How often an import of each local event was announced.
fn announced(system: &System) -> BTreeMap<u64, usize> {
    let mut counts = BTreeMap::new();
    for (kind, id) in taken(system) {
        assert_eq!(kind, "external_event.imported");
        *counts.entry(id).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn an_import_that_is_killed_at_any_step_is_made_and_announced_or_neither() {
    let killer = Killer::start("import").await;
    let system = killer.system(&[], |options| options).await;
    system.sync().await;
    let mut events = importable(&system, "seatgeek", 40).await.into_iter();
    let mut imported = 0;
    for arrives in [false, true] {
        for step in 0.. {
            let event = events.next().unwrap();
            let path = format!(
                "/external-events/seatgeek/{}/",
                event["external_id"].as_str().unwrap()
            );
            let import = async || {
                let name = [("idempotency-key", path.as_str())];
                system
                    .organize(Method::POST, &format!("{path}import/"), &name, None)
                    .await
            };
            killer.arm(step, arrives);
            let answer = import().await;
            if !killer.struck() {
                assert_eq!(answer.status, 201, "{}", answer.body);
                imported += 1;
                break;
            }
            assert!(answer.status.is_server_error(), "{}", answer.body);
            system.settled().await;
            let left = system.get(&path).await.body;
            let made = left["imported_event"]["local_event_id"].as_u64();
            if let Some(id) = made {
                let history = system
                    .organize(Method::GET, &format!("/events/{id}/history/"), &[], None)
                    .await;
                assert_eq!(history.body["history"][0]["action"], "imported");
                assert_eq!(system.get(&format!("/events/{id}/")).await.status, 200);
            }
            assert_eq!(announced(&system).len(), imported + usize::from(made.is_some()));

            // Sent again, it finds its work or does it.
            let again = import().await;
            assert_eq!(again.status, 201, "{}", again.body);
            let id = again.body["local_event_id"].as_u64().unwrap();
            assert_eq!(made.unwrap_or(id), id);
            imported += 1;
            system.settled().await;
            assert_eq!(announced(&system).len(), imported);
            assert_eq!(announced(&system)[&id], 1);
        }
    }
    // The first process is killed as it starts, at whichever of its requests comes first: a secret's, or the store's.
    let struck = killer.0.plan.lock().unwrap().struck.clone();
    for step in ["GetItem", "TransactWriteItems", "UpdateItem"] {
        assert!(struck.contains(step), "{struck:?}");
    }
    system.settled().await;
    assert_eq!(announced(&system).len(), imported);
    let analytics = system.analytics().await;
    assert_eq!(analytics["import_stats"]["total_imported"], imported);
    system.local.shutdown().await;
}

#[tokio::test]
async fn an_import_is_announced_at_whatever_step_announcing_is_killed() {
    let killer = Killer::start("notify").await;
    let url = format!("{}/hook", killer.0.address);
    let parameters = [
        ("WebhookUrl", url.as_str()),
        ("WebhookSecret", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"),
        ("WebhookAllowPrivate", "true"),
    ];
    let soon = Some(Duration::from_secs(2));
    let system = killer
        .system(&parameters, |options| Options {
            visibility_timeout: soon,
            ..options
        })
        .await;
    let page = "seatgeek/events?upcoming=true&limit=40&quirk=none";
    let page = system.control(Method::GET, page, json!(null)).await;
    let mut events = page["events"].as_array().unwrap().iter();
    let mut expected = BTreeSet::new();
    for arrives in [false, true] {
        for step in 0.. {
            let event = events.next().unwrap()["id"].as_str().unwrap();
            killer.arm(step, arrives);
            let answer = system.import("seatgeek", event).await;
            assert_eq!(answer.status, 201, "{}", answer.body);
            expected.insert(answer.body["local_event_id"].as_u64().unwrap());
            system.settled().await;
            if !killer.struck() {
                break;
            }
        }
    }
    system.local.shutdown().await;
    let plan = killer.0.plan.lock().unwrap();
    for step in ["GetItem", "SendMessageBatch", "webhook"] {
        assert!(plan.struck.contains(step), "{:?}", plan.struck);
    }
    let mut announced: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
    for (id, body) in &plan.posts {
        assert_eq!(body["type"], "external_event.imported");
        let local_event = body["data"]["local_event_id"].as_u64().unwrap();
        announced.entry(local_event).or_default().insert(id);
    }
    assert!(announced.keys().eq(&expected), "{announced:?}");
    assert!(announced.values().all(|ids| ids.len() == 1), "{announced:?}");
    assert!(plan.posts.len() > expected.len(), "what arrived was told again");
}
