//! A whole stack, started from a template: what its queues, streams and schedules do to the probe function.

use std::{collections::BTreeMap, fs, path::PathBuf, time::Duration};

use local::{
    Local, Options, StartError,
    aws::sqs::NewMessage,
    build::Build,
    data::{Data, DataError},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::probe::{self, Output, eventually};

pub(crate) const TEMPLATE: &str = r#"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Journal: {Type: String, Default: ""}
  JwtSecret: {Type: String, NoEcho: true, Default: ""}
Resources:
  JobQueue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 30
      RedrivePolicy: {deadLetterTargetArn: !GetAtt DeadQueue.Arn, maxReceiveCount: 2}
  DeadQueue: {Type: AWS::SQS::Queue}
  FailureQueue: {Type: AWS::SQS::Queue}
  ItemTable:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  HttpApi: {Type: AWS::Serverless::HttpApi}
  SyncSchedulerFunction:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: rust-cargolambda, BuildProperties: {Binary: probe}}
    Properties:
      CodeUri: .
      Handler: bootstrap
      Runtime: provided.al2023
      Timeout: 20
      Environment:
        Variables: {JOURNAL: !Ref Journal, QUEUE_URL: !Ref JobQueue}
      Events:
        Route: {Type: HttpApi, Properties: {ApiId: !Ref HttpApi, Path: /echo, Method: GET}}
        Daily: {Type: Schedule, Properties: {Schedule: cron(0 2 * * ? *)}}
        Jobs:
          Type: SQS
          Properties:
            Queue: !GetAtt JobQueue.Arn
            BatchSize: 10
            FunctionResponseTypes: [ReportBatchItemFailures]
        Items:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt ItemTable.StreamArn
            StartingPosition: TRIM_HORIZON
            FunctionResponseTypes: [ReportBatchItemFailures]
            BisectBatchOnFunctionError: true
            MaximumRetryAttempts: 1
            DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt FailureQueue.Arn}}
            FilterCriteria:
              Filters: [{Pattern: '{"eventName": ["INSERT"], "dynamodb": {"Keys": {"id": {"S": [{"anything-but": ["ignored"]}]}}}}'}]
"#;

/// A directory with the template, and the journal that the probe writes its events into.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        fs::write(home.path("template.yaml"), TEMPLATE).unwrap();
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn options(&self, output: &Output) -> Options {
        Options {
            parameters: BTreeMap::from([("Journal".to_owned(), self.path("journal").display().to_string())]),
            build: Build::Prebuilt(probe::directory()),
            ..Options::new(self.path("template.yaml"), output.console())
        }
    }

    fn events(&self) -> Vec<Value> {
        let journal = fs::read_to_string(self.path("journal")).unwrap_or_default();
        let complete = journal.rfind('\n').map_or("", |end| &journal[..end]);
        complete
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// All records of the batches so far that come from a queue or a stream.
    fn records(&self) -> Vec<Value> {
        let records = |event: Value| event["Records"].as_array().cloned().unwrap_or_default();
        self.events().into_iter().flat_map(records).collect()
    }
}

async fn start(options: &Options) -> Local {
    Local::start(options)
        .await
        .unwrap_or_else(|error| panic!("{error:?}"))
}

fn queue(local: &Local, logical_id: &str) -> String {
    local.stack().queue(logical_id).unwrap().name.clone()
}

fn put(local: &Local, id: &str, order: &str) {
    let table = &local.stack().table("ItemTable").unwrap().name;
    let request = json!({"TableName": table, "Item": {"id": {"S": id}, "do": {"S": order}}});
    local
        .aws()
        .database()
        .put_item(serde_json::from_value(request).unwrap())
        .unwrap();
}

async fn settled(local: &Local) {
    assert!(local.settled(Duration::from_mins(1)).await, "still busy");
}

#[tokio::test]
async fn answers_over_http_and_names_its_addresses() {
    let home = Home::new();
    let local = start(&home.options(&Output::default())).await;
    let (status, event) = local.get("/echo?n=1", "a-token").await;
    assert_eq!(status, 200);
    assert_eq!(event["headers"]["authorization"], "Bearer a-token");
    let ready = local.ready();
    assert_eq!(ready["api"], local.api_url());
    assert!(
        ready["sandbox"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:")
    );
    assert_eq!(ready["tokens"]["admin"].as_str().unwrap().split('.').count(), 3);
    local.shutdown().await;
}

#[tokio::test]
async fn uses_no_sandbox_when_a_provider_key_is_set() {
    let home = Home::new();
    let template = TEMPLATE.replace(
        "Parameters:\n",
        "Parameters:\n  SeatgeekClientId: {Type: String, Default: \"\"}\n",
    );
    fs::write(home.path("template.yaml"), template).unwrap();
    let mut options = home.options(&Output::default());
    options.environment = BTreeMap::from([("SEATGEEK_CLIENT_ID".to_owned(), "a-real-key".to_owned())]);
    let local = start(&options).await;
    assert!(local.sandbox().is_none());
    assert_eq!(local.stack().parameters["SeatgeekClientId"], "a-real-key");
    assert_eq!(local.ready()["sandbox"], Value::Null);
}

#[tokio::test]
async fn fires_the_sync_schedule_on_demand() {
    let home = Home::new();
    let local = start(&home.options(&Output::default())).await;
    assert!(local.sync().await);
    assert_eq!(home.events()[0]["detail-type"], "Scheduled Event");
}

#[tokio::test]
async fn deletes_handled_messages_and_moves_the_failing_one_to_the_dead_letter_queue() {
    let home = Home::new();
    let output = Output::default();
    let options = Options {
        visibility_timeout: Some(Duration::from_millis(200)),
        ..home.options(&output)
    };
    let local = start(&options).await;
    let (jobs, dead) = (queue(&local, "JobQueue"), queue(&local, "DeadQueue"));
    for body in ["one", "fail", "two"] {
        local
            .aws()
            .queues()
            .send(&jobs, NewMessage::from(body.to_owned()))
            .unwrap();
    }
    let buried = eventually(|| {
        local
            .aws()
            .queues()
            .list(&dead)
            .unwrap()
            .first()
            .map(|message| message.body.clone())
    })
    .await;
    assert_eq!(buried, "fail");
    settled(&local).await;

    let records = home.records();
    let tries = |body: &str| records.iter().filter(|record| record["body"] == body).count();
    assert_eq!((tries("one"), tries("fail"), tries("two")), (1, 2, 1));
    let record = &records[0];
    assert_eq!(record["eventSource"], "aws:sqs");
    assert_eq!(
        record["eventSourceARN"],
        local.stack().queue("JobQueue").unwrap().arn.as_str()
    );
    assert_eq!(record["attributes"]["ApproximateReceiveCount"], "1");
    for field in ["messageId", "receiptHandle", "md5OfBody"] {
        assert!(record[field].is_string(), "{field}");
    }
}

#[tokio::test]
async fn feeds_wanted_stream_records_in_order_and_gives_up_only_the_failing_one() {
    let home = Home::new();
    let local = start(&home.options(&Output::default())).await;
    for (id, order) in [("a", "work"), ("b", "fail"), ("ignored", "work"), ("c", "work")] {
        put(&local, id, order);
    }
    put(&local, "a", "changed");
    settled(&local).await;

    let records = home.records();
    let mut handled: Vec<&str> = records
        .iter()
        .map(|record| record["dynamodb"]["Keys"]["id"]["S"].as_str().unwrap())
        .collect();
    handled.dedup();
    assert_eq!(handled.first().copied(), Some("a"));
    assert_eq!(handled.last().copied(), Some("c"));
    assert!(!handled.contains(&"ignored"));
    assert!(
        records
            .iter()
            .all(|record| record["eventName"] == "INSERT" && record["eventSource"] == "aws:dynamodb")
    );

    let failures = local.aws().queues().list(&queue(&local, "FailureQueue")).unwrap();
    assert_eq!(failures.len(), 1);
    let notice: Value = serde_json::from_str(&failures[0].body).unwrap();
    assert_eq!(notice["DDBStreamBatchInfo"]["batchSize"], 1);
    assert_eq!(notice["requestContext"]["condition"], "RetryAttemptsExhausted");
}

#[tokio::test]
async fn goes_on_after_a_restart_where_it_was() {
    let home = Home::new();
    let data = |fresh| Data::Directory {
        path: home.path("data"),
        fresh,
    };
    let options = Options {
        data: data(false),
        ..home.options(&Output::default())
    };
    let local = start(&options).await;
    let tokens = local.tokens().clone();
    put(&local, "first", "work");
    settled(&local).await;
    assert!(matches!(
        Local::start(&options).await,
        Err(StartError::Data(DataError::InUse(_)))
    ));
    local.shutdown().await;

    let local = start(&options).await;
    put(&local, "second", "work");
    settled(&local).await;
    let ids: Vec<Value> = home
        .records()
        .iter()
        .map(|record| record["dynamodb"]["Keys"]["id"]["S"].clone())
        .collect();
    assert_eq!(ids, ["first", "second"]);
    local.shutdown().await;

    let local = start(&Options {
        data: data(true),
        ..home.options(&Output::default())
    })
    .await;
    assert_ne!(local.tokens().user, tokens.user);
    put(&local, "first", "work");
    settled(&local).await;
    assert_eq!(home.records().len(), 3);
}

#[tokio::test]
async fn does_not_empty_a_directory_that_is_not_its_own() {
    let home = Home::new();
    let data = Data::Directory {
        path: home.0.path().to_owned(),
        fresh: true,
    };
    let error = Local::start(&Options {
        data,
        ..home.options(&Output::default())
    })
    .await
    .err();
    assert!(
        matches!(error, Some(StartError::Data(DataError::NotOurs(_)))),
        "{error:?}"
    );
    assert!(home.path("template.yaml").exists());
}

#[tokio::test]
async fn says_which_option_changes_a_taken_port() {
    let home = Home::new();
    let taken = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = Local::start(&Options {
        port,
        ..home.options(&Output::default())
    })
    .await
    .err()
    .unwrap();
    assert!(
        error.to_string().contains(&format!("port {port} is taken")),
        "{error}"
    );
    assert!(error.to_string().contains("--port"), "{error}");
}

#[tokio::test]
async fn names_the_binary_that_was_not_built() {
    let home = Home::new();
    let options = Options {
        build: Build::Prebuilt(home.0.path().to_owned()),
        ..home.options(&Output::default())
    };
    let error = Local::start(&options).await.err().unwrap();
    assert!(
        error.to_string().contains("`probe`, which was not built"),
        "{error}"
    );
}
