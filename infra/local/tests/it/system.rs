//! The whole system as the repository describes it: the real template, the real functions, the imitated providers.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use local::{Local, Options, build::Build};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::probe::Output;

/// What the API answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

/// A running system, and what it printed.
pub(crate) struct System {
    pub local: Local,
    pub output: Output,
    client: Client<hyper_util::client::legacy::connect::HttpConnector, Full<Bytes>>,
}

fn template() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml")
}

/// The functions' binaries, built once for all tests of this process.
pub(crate) async fn functions() -> &'static Path {
    static BUILT: OnceCell<PathBuf> = OnceCell::const_new();
    BUILT
        .get_or_init(|| async {
            let workspace = template().parent().unwrap().canonicalize().unwrap();
            let built = Build::Cargo.run(&workspace, &["search"].into()).await.unwrap();
            built["search"].parent().unwrap().to_owned()
        })
        .await
}

impl System {
    /// A system with these template parameters.
    pub(crate) async fn start(parameters: &[(&str, &str)]) -> Self {
        Self::start_with(parameters, |options| options).await
    }

    pub(crate) async fn start_with(
        parameters: &[(&str, &str)],
        adapt: impl FnOnce(Options) -> Options,
    ) -> Self {
        let output = Output::default();
        let parameters: BTreeMap<_, _> = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let options = adapt(Options {
            parameters,
            build: Build::Prebuilt(functions().await.to_owned()),
            ..Options::new(template(), output.console())
        });
        let local = Local::start(&options)
            .await
            .unwrap_or_else(|error| panic!("{error:?}"));
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self {
            local,
            output,
            client,
        }
    }

    /// A system whose first sync is done.
    pub(crate) async fn synced() -> Self {
        let system = Self::start(&[]).await;
        system.sync().await;
        system
    }

    /// Fires the sync's schedule and waits until nothing is under way.
    pub(crate) async fn sync(&self) {
        assert!(self.local.sync().await, "{}", self.output.text());
        self.settled().await;
    }

    pub(crate) async fn settled(&self) {
        assert!(
            self.local.settled(Duration::from_mins(3)).await,
            "still busy:\n{}",
            self.output.text()
        );
    }

    pub(crate) fn user(&self) -> String {
        self.token("user")
    }

    pub(crate) fn organizer(&self) -> String {
        self.token("organizer")
    }

    pub(crate) fn admin(&self) -> String {
        self.token("admin")
    }

    fn token(&self, who: &str) -> String {
        self.local.ready()["tokens"][who].as_str().unwrap().to_owned()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &self.user(), None).await
    }

    pub(crate) async fn analytics(&self) -> Value {
        let answer = self
            .call(Method::GET, "/external-events/analytics/", &self.admin(), None)
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    pub(crate) async fn import(&self, source: &str, id: &str) -> Answer {
        let path = format!("/external-events/{source}/{id}/import/");
        self.call(Method::POST, &path, &self.organizer(), None).await
    }

    /// Removes the notes that receivers of notifications are gone.
    pub(crate) fn forget_gone_receivers(&self) {
        let database = self.local.aws().database();
        let table = &self.local.stack().table("StateTable").unwrap().name;
        let query = json!({
            "TableName": table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": "WEBHOOK"}},
        });
        let notes = database.query(serde_json::from_value(query).unwrap()).unwrap();
        for note in serde_json::to_value(notes).unwrap()["Items"].as_array().unwrap() {
            let delete = json!({"TableName": table, "Key": {"pk": note["pk"], "sk": note["sk"]}});
            database
                .delete_item(serde_json::from_value(delete).unwrap())
                .unwrap();
        }
    }

    /// A call over a socket, as any client makes it.
    pub(crate) async fn call(&self, method: Method, path: &str, token: &str, body: Option<Value>) -> Answer {
        let headers = [("authorization", format!("Bearer {token}"))];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        self.send(
            method,
            &format!("{}{path}", self.local.api_url()),
            &headers[usize::from(token.is_empty())..],
            body,
        )
        .await
    }

    /// A call of an organizer with further headers.
    pub(crate) async fn organize(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let authorization = format!("Bearer {}", self.organizer());
        let headers = [&[("authorization", authorization.as_str())], headers].concat();
        let url = format!("{}{path}", self.local.api_url());
        self.send(method, &url, &headers, body).await
    }

    /// Tells the sandbox what to do wrong, or to change an event.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}/{path}", self.local.sandbox().unwrap().control_url());
        let answer = self.send(method, &url, &[], Some(body)).await;
        assert!(answer.status.is_success(), "{}", answer.body);
        answer.body
    }

    /// What Secrets Manager holds under this ARN.
    pub(crate) async fn secret(&self, arn: &str) -> Value {
        let headers = [("x-amz-target", "secretsmanager.GetSecretValue")];
        let body = serde_json::json!({ "SecretId": arn });
        let answer = self
            .send(Method::POST, self.local.aws_endpoint(), &headers, Some(body))
            .await;
        assert!(answer.status.is_success(), "{}", answer.body);
        serde_json::from_str(answer.body["SecretString"].as_str().unwrap()).unwrap()
    }

    /// How many calls a provider received so far.
    pub(crate) async fn calls(&self, provider: &str) -> u64 {
        let url = format!(
            "{}/requests?provider={provider}",
            self.local.sandbox().unwrap().control_url()
        );
        self.send(Method::GET, &url, &[], None).await.body["count"]
            .as_u64()
            .unwrap()
    }

    async fn send(&self, method: Method, url: &str, headers: &[(&str, &str)], body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = request.body(Full::new(Bytes::from(body))).unwrap();
        let (parts, body) = self.client.request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        }
    }
}
