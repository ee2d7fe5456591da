use std::cell::RefCell;
use std::time::Duration;

use aws_lambda_events::sqs::SqsEvent;
use domain::Source;
use domain::sync::{Slice, Window};
use edge::batch::{self, Delivery, Outcome};
use edge::by_source::BySource;
use edge::config::{self, Environment};
use edge::queue::{JobQueue, QueueError, QueueUrls, SyncJob, SyncQueues, Task};
use edge::trace::Trace;
use serde_json::{Value, json};
use storage::Connection;
use wiremock::matchers::header;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

fn job(run_id: &str) -> SyncJob {
    let from = crate::token::now();
    SyncJob {
        run_id: run_id.to_owned(),
        task: Task::slice(Slice {
            source: Source::Ticketmaster,
            category: "music".parse().unwrap(),
            window: Window::next_days(from, 90),
            area: None,
        }),
    }
}

/// An SQS that does what `answer` says to each operation.
async fn sqs(answer: fn(&str, &Value) -> ResponseTemplate) -> (MockServer, JobQueue) {
    let server = MockServer::start().await;
    Mock::given(header("content-type", "application/x-amz-json-1.0"))
        .respond_with(move |request: &Request| {
            let target = request.headers["x-amz-target"].to_str().unwrap();
            answer(
                target.trim_start_matches("AmazonSQS."),
                &request.body_json().unwrap(),
            )
        })
        .mount(&server)
        .await;
    let address = server.uri();
    let connection = connection(&server);
    let urls = QueueUrls {
        jobs: format!("{address}/1/jobs").parse().unwrap(),
        dead_letters: format!("{address}/1/dead").parse().unwrap(),
    };
    let queue = JobQueue::new(&connection, urls);
    (server, queue)
}

fn connection(server: &MockServer) -> Connection {
    let environment = Environment::of([
        ("AWS_ENDPOINT_URL", server.uri().as_str()),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "key"),
    ]);
    config::connection(&environment).unwrap()
}

fn ids(batch: &Value) -> Vec<Value> {
    let entries = batch["Entries"].as_array().unwrap();
    entries.iter().map(|entry| entry["Id"].clone()).collect()
}

fn take_all(operation: &str, request: &Value) -> ResponseTemplate {
    let body = match operation {
        "SendMessageBatch" => {
            let sent = |id| json!({"Id": id, "MessageId": "m", "MD5OfMessageBody": "0"});
            json!({"Successful": ids(request).into_iter().map(sent).collect::<Vec<_>>(), "Failed": []})
        }
        _ => json!({"MessageId": "m"}),
    };
    ResponseTemplate::new(200).set_body_json(body)
}

async fn requests(server: &MockServer) -> Vec<(String, Value)> {
    let requests = server.received_requests().await.unwrap();
    requests
        .iter()
        .map(|request| {
            let target = request.headers["x-amz-target"].to_str().unwrap();
            (
                target.trim_start_matches("AmazonSQS.").to_owned(),
                request.body_json().unwrap(),
            )
        })
        .collect()
}

fn event(bodies: &[&str]) -> SqsEvent {
    let records: Vec<_> = bodies
        .iter()
        .enumerate()
        .map(|(index, body)| json!({"messageId": format!("m{index}"), "receiptHandle": format!("r{index}"), "body": body}))
        .collect();
    serde_json::from_value(json!({"Records": records})).unwrap()
}

#[test]
fn writes_a_job_as_one_flat_object() {
    let text = serde_json::to_value(job("run-1")).unwrap();
    assert_eq!(
        text,
        json!({
            "run_id": "run-1", "task": "slice", "source": "ticketmaster", "category": "music",
            "window": {"from": "2026-09-21T14:13:20Z", "to": "2026-12-20T23:59:59Z"},
            "cursor": {
                "windows": [{"from": "2026-09-21T14:13:20Z", "to": "2026-12-20T23:59:59Z"}], "page": 0, "read": 0,
                "cut": false, "seen": null, "noted": false, "lookups": null, "force": false
            }
        })
    );
    assert_eq!(serde_json::from_value::<SyncJob>(text).unwrap(), job("run-1"));
}

#[tokio::test]
async fn sends_jobs_by_tens() {
    let (server, queue) = sqs(take_all).await;
    let jobs: Vec<_> = (0..23).map(|number| job(&number.to_string())).collect();
    queue.send_all(&jobs).await.unwrap();
    let sizes: Vec<_> = requests(&server)
        .await
        .iter()
        .map(|(_, batch)| ids(batch).len())
        .collect();
    assert_eq!(sizes, [10, 10, 3]);
}

#[tokio::test]
async fn sends_again_what_sqs_left() {
    // The job with number 1 gets through only when it comes alone.
    let (server, queue) = sqs(|_, batch| {
        let (left, taken) = ids(batch)
            .into_iter()
            .partition::<Vec<_>, _>(|id| id == "1" && ids(batch).len() > 1);
        let failed = |id| json!({"Id": id, "Code": "InternalError", "SenderFault": false});
        let sent = |id| json!({"Id": id, "MessageId": "m", "MD5OfMessageBody": "0"});
        ResponseTemplate::new(200).set_body_json(json!({
            "Successful": taken.into_iter().map(sent).collect::<Vec<_>>(),
            "Failed": left.into_iter().map(failed).collect::<Vec<_>>(),
        }))
    })
    .await;
    queue.send_all(&[job("a"), job("b"), job("c")]).await.unwrap();
    let sent: Vec<_> = requests(&server)
        .await
        .iter()
        .map(|(_, batch)| ids(batch))
        .collect();
    assert_eq!(sent, [vec!["0", "1", "2"], vec!["1"]]);
}

#[tokio::test]
async fn says_how_many_jobs_did_not_get_through() {
    let (_server, queue) = sqs(|_, batch| {
        let failed = |id| json!({"Id": id, "Code": "InvalidMessageContents", "SenderFault": true});
        let failed: Vec<_> = ids(batch).into_iter().map(failed).collect();
        ResponseTemplate::new(200).set_body_json(json!({"Successful": [], "Failed": failed}))
    })
    .await;
    let error = queue.send_all(&[job("a"), job("b")]).await.unwrap_err();
    assert!(matches!(error, QueueError::Unsent { count: 2, .. }), "{error:?}");
}

#[tokio::test]
async fn settles_each_message_alone() {
    let (server, queue) = sqs(take_all).await;
    let bodies = ["done", "retry", "later", "poison"].map(|id| serde_json::to_string(&job(id)).unwrap());
    let seen = RefCell::new(Vec::new());
    let response = batch::run(
        &queue,
        event(&bodies.each_ref().map(String::as_str)),
        async |Delivery { job, .. }: Delivery<SyncJob>| {
            seen.borrow_mut().push(job.run_id.clone());
            match job.run_id.as_str() {
                "retry" => Outcome::Retry { after: None },
                "later" => Outcome::Retry {
                    after: Some(Duration::from_mins(15)),
                },
                "poison" => Outcome::Poison {
                    reason: "asks for a category that is gone".to_owned(),
                },
                _ => Outcome::Done,
            }
        },
    )
    .await;
    assert_eq!(seen.into_inner(), ["done", "retry", "later", "poison"]);
    let failed: Vec<_> = response
        .batch_item_failures
        .iter()
        .map(|failure| &failure.item_identifier)
        .collect();
    assert_eq!(failed, ["m1", "m2"]);
    let requests = requests(&server).await;
    let [(change, postponed), (send, buried)] = &requests[..] else {
        panic!("{requests:?}")
    };
    assert_eq!(
        (change.as_str(), send.as_str()),
        ("ChangeMessageVisibility", "SendMessage")
    );
    assert_eq!(
        (&postponed["ReceiptHandle"], &postponed["VisibilityTimeout"]),
        (&json!("r2"), &json!(900))
    );
    assert!(buried["QueueUrl"].as_str().unwrap().ends_with("/dead"));
    assert_eq!(buried["MessageBody"], bodies[3]);
    assert_eq!(
        buried["MessageAttributes"][JobQueue::REASON]["StringValue"],
        "asks for a category that is gone"
    );
}

#[tokio::test]
async fn buries_what_is_no_job() {
    let (server, queue) = sqs(take_all).await;
    let response = batch::run(
        &queue,
        event(&["{\"run_id\": 5}", "nonsense"]),
        async |_: Delivery<SyncJob>| Outcome::Done,
    )
    .await;
    assert!(response.batch_item_failures.is_empty());
    let buried: Vec<_> = requests(&server)
        .await
        .iter()
        .map(|(_, letter)| letter["MessageBody"].clone())
        .collect();
    assert_eq!(buried, ["{\"run_id\": 5}", "nonsense"]);
}

#[tokio::test]
async fn keeps_a_message_that_cannot_be_buried() {
    let (_server, queue) =
        sqs(|_, _| ResponseTemplate::new(400).set_body_json(json!({"__type": "QueueDoesNotExist"}))).await;
    let response = batch::run(&queue, event(&["nonsense"]), async |_: Delivery<SyncJob>| {
        Outcome::Done
    })
    .await;
    assert_eq!(response.batch_item_failures[0].item_identifier, "m0");
}

#[tokio::test]
async fn reports_a_message_that_cannot_be_postponed_as_coming_again() {
    let (_server, queue) =
        sqs(|_, _| ResponseTemplate::new(400).set_body_json(json!({"__type": "ReceiptHandleIsInvalid"})))
            .await;
    let body = serde_json::to_string(&job("a")).unwrap();
    let later = async |_: Delivery<SyncJob>| Outcome::Retry {
        after: Some(Duration::from_secs(5)),
    };
    let response = batch::run(&queue, event(&[&body]), later).await;
    assert_eq!(response.batch_item_failures.len(), 1);
}

#[tokio::test]
async fn tells_how_often_a_message_was_delivered() {
    let (_server, queue) = sqs(take_all).await;
    let mut event = event(&[&serde_json::to_string(&job("a")).unwrap()]);
    let attributes = &mut event.records[0].attributes;
    attributes.insert("ApproximateReceiveCount".to_owned(), "3".to_owned());
    let seen = RefCell::new(0);
    batch::run(&queue, event, async |delivery: Delivery<SyncJob>| {
        *seen.borrow_mut() = delivery.receive_count;
        Outcome::Done
    })
    .await;
    assert_eq!(seen.into_inner(), 3);
}

#[tokio::test]
async fn sends_a_job_for_later_within_what_sqs_allows() {
    let (server, queue) = sqs(take_all).await;
    queue
        .send_later(&job("a"), Duration::from_secs(90))
        .await
        .unwrap();
    queue
        .send_later(&job("a"), Duration::from_hours(5))
        .await
        .unwrap();
    let delays: Vec<_> = requests(&server)
        .await
        .iter()
        .map(|(_, message)| message["DelaySeconds"].clone())
        .collect();
    assert_eq!(delays, [90, 900]);
}

#[tokio::test]
async fn hands_the_trace_on_with_every_message() {
    const HEADER: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
    let (server, queue) = sqs(take_all).await;
    let work = async {
        queue.send_all(&[job("a")]).await.unwrap();
        queue.send_later(&job("b"), Duration::ZERO).await.unwrap();
        queue.bury("c", "a reason").await.unwrap();
    };
    Trace::within(Some(Trace::of(HEADER)), work).await;
    for (operation, request) in requests(&server).await {
        let message = request.pointer("/Entries/0").unwrap_or(&request);
        let attribute = &message["MessageSystemAttributes"]["AWSTraceHeader"];
        assert_eq!(attribute["StringValue"], HEADER, "{operation} {request}");
    }
}

#[tokio::test]
async fn works_on_each_message_as_a_piece_of_its_own_trace() {
    let (_server, queue) = sqs(take_all).await;
    let body = serde_json::to_string(&job("a")).unwrap();
    let mut event = event(&[&body, &body]);
    let attribute = ("AWSTraceHeader".to_owned(), "Root=1-2-3".to_owned());
    event.records[0].attributes.extend([attribute]);
    let traces = RefCell::new(Vec::new());
    let poller = Some(Trace::of("Root=1-of-poller"));
    let batch = batch::run(&queue, event, async |_: Delivery<SyncJob>| {
        traces
            .borrow_mut()
            .push(Trace::current().unwrap().id().to_owned());
        Outcome::Done
    });
    Trace::within(poller, batch).await;
    assert_eq!(traces.into_inner(), ["1-2-3", "1-of-poller"]);
}

#[tokio::test]
async fn a_job_goes_to_the_queue_of_its_source_and_a_message_is_known_by_where_it_came_from() {
    let (server, _) = sqs(take_all).await;
    let address = |name: &str| format!("{}/1/{name}", server.uri()).parse().unwrap();
    let queues = SyncQueues::new(
        &connection(&server),
        QueueUrls {
            jobs: BySource::new(|source| address(source.as_str())),
            dead_letters: address("dead"),
        },
    );
    let of = |source| SyncJob {
        run_id: "run".to_owned(),
        task: Task::Categories { source },
    };
    let (meetup, seatgeek) = (of(Source::Meetup), of(Source::SeatGeek));
    queues.send_all(&[seatgeek, meetup.clone()]).await.unwrap();
    queues.send_later(&meetup, Duration::ZERO).await.unwrap();
    let message =
        json!({"eventSourceARN": "arn:aws:sqs:eu-central-1:1:eventbrite", "receiptHandle": "receipt"});
    let event = serde_json::from_value(json!({"Records": [message]})).unwrap();
    let queue = queues.behind(&event);
    queue.postpone("receipt", Duration::from_secs(1)).await.unwrap();

    let requests = server.received_requests().await.unwrap();
    let asked: Vec<_> = requests
        .iter()
        .map(|request| request.body_json::<Value>().unwrap()["QueueUrl"].clone())
        .collect();
    let expected = ["meetup", "seatgeek", "meetup", "eventbrite"];
    assert_eq!(
        asked,
        expected.map(|name| json!(format!("{}/1/{name}", server.uri())))
    );
}
