//! What the worker's process runs in: Lambda's runtime API, and an AWS that kills it at a request.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, Response, Uri};
use edge::queue::SyncJob;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::run::World;

/// When a process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// As a request leaves: nobody hears of it.
    AsItLeaves,
    /// When the request is carried out: its answer is not heard.
    OnceItIsCarriedOut,
}

/// What became of a process.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// It did its job, and its message is deleted.
    Done,
    /// It was killed at this request.
    Killed(String),
}

/// Where processes of the worker run.
pub(super) struct Lambda {
    shared: Arc<Shared>,
    ends: tokio::sync::Mutex<mpsc::UnboundedReceiver<Life>>,
    environment: Vec<(&'static str, String)>,
}

struct Shared {
    dynamo: String,
    queues: String,
    secret: String,
    client: Client<HttpConnector, Full<Bytes>>,
    scene: Mutex<Scene>,
    ended: mpsc::UnboundedSender<Life>,
}

/// One process.
#[derive(Default)]
struct Scene {
    child: Option<Child>,
    event: Option<String>,
    /// When it is killed.
    moment: Option<Moment>,
    /// The requests at which processes were killed, each once.
    struck: BTreeSet<String>,
}

impl Lambda {
    pub(super) async fn start(world: &World) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let seatgeek = world.imitations.config().seatgeek.unwrap();
        let (ended, ends) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            dynamo: world.dynamo.endpoint_url.clone(),
            queues: world.queues.address().to_owned(),
            secret: json!({
                "ticketmaster_api_key": "", "seatgeek_client_id": seatgeek.client_id.expose_secret(),
                "seatgeek_client_secret": "", "eventbrite_token": "", "meetup_client_key": "",
                "meetup_member_id": "", "meetup_signing_key_id": "", "meetup_private_key": "",
            })
            .to_string(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            scene: Mutex::default(),
            ended,
        });
        let router = Router::new().fallback(serve).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let tables = testkit::dynamodb::tables();
        let queue = |name: &str| format!("http://{address}/1/{name}");
        let queues = json!({
            "eventbrite": queue("eventbrite"), "meetup": queue("meetup"),
            "seatgeek": queue("seatgeek"), "ticketmaster": queue("ticketmaster"),
        });
        let environment = vec![
            ("AWS_LAMBDA_RUNTIME_API", address.clone()),
            ("AWS_LAMBDA_FUNCTION_NAME", "worker".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1".to_owned()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "group".to_owned()),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "stream".to_owned()),
            ("AWS_REGION", "eu-central-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "key".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
            ("AWS_ENDPOINT_URL", format!("http://{address}")),
            ("EVENTS_TABLE", tables.events),
            ("LOCAL_EVENTS_TABLE", tables.local_events),
            ("STATE_TABLE", tables.state),
            ("SYNC_QUEUE_URLS", queues.to_string()),
            ("SYNC_DLQ_URL", queue("dead")),
            ("PROVIDER_SECRET_ARN", "arn".to_owned()),
            ("SEATGEEK_BASE_URL", seatgeek.base_url.url().to_string()),
        ];
        Self {
            shared,
            ends: tokio::sync::Mutex::new(ends),
            environment,
        }
    }

    /// Runs a process that is to do a job until its end: it is killed at the first request at which none was before.
    pub(super) async fn live(&self, job: &SyncJob, moment: Moment) -> Life {
        let event = json!({"Records": [{
            "messageId": "1", "receiptHandle": "receipt", "body": serde_json::to_string(job).unwrap(),
            "attributes": {"ApproximateReceiveCount": "1"},
        }]});
        let child = Command::new(env!("CARGO_BIN_EXE_sync-worker"))
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (*name, value)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        // It asks for its event only once it has read its secrets.
        {
            let mut scene = self.shared.scene.lock().unwrap();
            scene.child = Some(child);
            scene.event = Some(event.to_string());
            scene.moment = Some(moment);
        }
        let mut ends = self.ends.lock().await;
        let life = timeout(Duration::from_mins(1), ends.recv()).await;
        let Ok(Some(life)) = life else {
            panic!("a process that starts asks for its job, and ends it");
        };
        let child = self.shared.scene.lock().unwrap().child.take();
        if let Some(mut child) = child {
            child.kill().await.unwrap();
        }
        life
    }
}

impl Shared {
    /// Whether the process dies now, at this request.
    fn strikes(&self, request: &str, moment: Moment) -> bool {
        let mut scene = self.scene.lock().unwrap();
        if scene.moment != Some(moment) || !scene.struck.insert(request.to_owned()) {
            return false;
        }
        // Of what it still has under way, nothing is carried out any more.
        scene.moment = None;
        if let Some(child) = &mut scene.child {
            child.start_kill().unwrap();
        }
        self.ended.send(Life::Killed(request.to_owned())).unwrap();
        true
    }

    /// Carries a request out, unless its sender dies of it.
    async fn carry_out(&self, request: &str, work: impl Future<Output = Response<Body>>) -> Response<Body> {
        if self.strikes(request, Moment::AsItLeaves) {
            return std::future::pending().await;
        }
        let answer = work.await;
        if self.strikes(request, Moment::OnceItIsCarriedOut) {
            return std::future::pending().await;
        }
        answer
    }

    async fn forward(&self, to: &str, headers: &HeaderMap, body: Bytes) -> Response<Body> {
        let mut request = Request::post(to);
        for (name, value) in headers {
            if !["content-length", "host"].contains(&name.as_str()) {
                request = request.header(name, value);
            }
        }
        let answer = self.client.request(request.body(Full::new(body)).unwrap()).await;
        let (parts, body) = answer.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Response::from_parts(parts, Body::from(body))
    }
}

/// What a request is about, the same in each process that makes it.
fn name(operation: &str, body: &Bytes) -> String {
    let body: Value = serde_json::from_slice(body).unwrap();
    let (key, item) = (&body["Key"], &body["Item"]);
    let values = &body["ExpressionAttributeValues"];
    let (queried, step) = (&values[":pk"], &values[":step"]);
    format!("{operation} {key} {queried} {} {} {step}", item["pk"], item["sk"])
}

async fn serve(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    if let Some(target) = headers.get("x-amz-target") {
        let target = target.to_str().unwrap();
        let (service, operation) = target.rsplit_once('.').unwrap();
        let upstream = match service {
            "secretsmanager" => {
                let answer = json!({"ARN": "arn", "Name": "secret", "SecretString": shared.secret});
                return Response::new(Body::from(answer.to_string()));
            }
            "AmazonSQS" => &shared.queues,
            _ => &shared.dynamo,
        };
        let request = name(operation, &body);
        let work = shared.forward(upstream, &headers, body);
        return shared.carry_out(&request, work).await;
    }
    if uri.path().ends_with("/next") {
        let event = shared.scene.lock().unwrap().event.take();
        return match event {
            Some(event) => Response::builder()
                .header("lambda-runtime-aws-request-id", "request")
                .header("lambda-runtime-deadline-ms", "4102444800000")
                .header("lambda-runtime-invoked-function-arn", "arn")
                .body(Body::from(event))
                .unwrap(),
            None => std::future::pending().await,
        };
    }
    assert!(
        uri.path().ends_with("/response"),
        "{uri}: {}",
        String::from_utf8_lossy(&body)
    );
    let work = async {
        let answer: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(answer, json!({"batchItemFailures": []}));
        Response::builder().status(202).body(Body::empty()).unwrap()
    };
    let answer = shared.carry_out("response", work).await;
    shared.ended.send(Life::Done).unwrap();
    answer
}
