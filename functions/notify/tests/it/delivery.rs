//! What becomes of a queued notification.

use edge::webhook::Notification;
use serde_json::{Value, json};
use test_case::test_case;
use testkit::call::sample;
use testkit::queue::Request;
use wiremock::matchers::{header, method};
use wiremock::{Mock, ResponseTemplate};

use crate::{World, invoke, nothing, webhook};

fn notification() -> Notification {
    Notification::new("a cause", r#"{"type":"external_event.imported"}"#.to_owned())
}

/// A message as SQS hands it over for the given time.
fn message(receive_count: u32) -> Value {
    json!({"Records": [{
        "messageId": "m", "receiptHandle": "receipt", "eventSource": "aws:sqs",
        "body": serde_json::to_string(&notification()).unwrap(),
        "attributes": {"ApproximateReceiveCount": receive_count.to_string()},
    }]})
}

fn again() -> Value {
    json!({"batchItemFailures": [{"itemIdentifier": "m"}]})
}

impl World {
    async fn receiver_answers(&self, answer: ResponseTemplate) {
        self.receiver.reset().await;
        Mock::given(method("POST"))
            .respond_with(answer)
            .mount(&self.receiver)
            .await;
    }

    async fn posts(&self) -> usize {
        self.receiver.received_requests().await.unwrap().len()
    }
}

#[tokio::test]
async fn a_signed_notification_that_is_taken_is_done() {
    let world = World::start().await;
    Mock::given(header("webhook-id", notification().id))
        .and(header("content-type", "application/json"))
        .and(header(
            "webhook-timestamp",
            testkit::now().timestamp().to_string(),
        ))
        .respond_with(ResponseTemplate::new(204))
        .mount(&world.receiver)
        .await;
    assert_eq!(invoke(&world.context, message(1)).await, nothing());
    let posts = world.receiver.received_requests().await.unwrap();
    let signature = posts[0].headers["webhook-signature"].to_str().unwrap();
    assert!(signature.starts_with("v1,"), "{signature}");
    assert_eq!(posts[0].body, notification().body.as_bytes());
    assert_eq!(world.queues.take(), []);
}

#[tokio::test]
async fn what_fails_comes_again_after_growing_pauses() {
    let world = World::start().await;
    world.receiver_answers(ResponseTemplate::new(500)).await;
    let mut pauses = Vec::new();
    for receive_count in 1..=8 {
        assert_eq!(invoke(&world.context, message(receive_count)).await, again());
        pauses.extend(world.queues.take().into_iter().map(|request| match request {
            Request::Postpone(receipt, seconds) if receipt == "receipt" => seconds,
            other => panic!("{other:?}"),
        }));
    }
    let hour = 3_600;
    assert_eq!(
        pauses,
        [5, 300, 1_800, 2 * hour, 5 * hour, 10 * hour, 10 * hour, 10 * hour]
    );
}

#[test_case(ResponseTemplate::new(302).insert_header("location", "/elsewhere"), 5; "redirects")]
#[test_case(ResponseTemplate::new(401), 5; "refuses")]
#[test_case(ResponseTemplate::new(429).insert_header("retry-after", "90"), 90; "is busy for a while")]
#[test_case(ResponseTemplate::new(503).insert_header("retry-after", "1"), 5; "is busy for a moment")]
#[tokio::test]
async fn comes_again_when_the_receiver(answer: ResponseTemplate, pause: i64) {
    let world = World::start().await;
    world.receiver_answers(answer).await;
    assert_eq!(invoke(&world.context, message(1)).await, again());
    assert_eq!(
        world.queues.take(),
        [Request::Postpone("receipt".to_owned(), pause)]
    );
    assert_eq!(world.posts().await, 1, "one attempt, and no redirect is followed");
}

#[tokio::test]
async fn comes_again_when_nobody_answers() {
    let mut world = World::start().await;
    world.context.webhook = Some(webhook("http://127.0.0.1:1/"));
    assert_eq!(invoke(&world.context, message(1)).await, again());
    assert_eq!(world.queues.take(), [Request::Postpone("receipt".to_owned(), 5)]);
}

#[tokio::test]
async fn after_410_nothing_is_posted_there_any_more() {
    let mut world = World::start().await;
    world.receiver_answers(ResponseTemplate::new(410)).await;
    assert_eq!(invoke(&world.context, message(1)).await, nothing());
    world.receiver_answers(ResponseTemplate::new(204)).await;
    assert_eq!(invoke(&world.context, message(1)).await, nothing());
    assert_eq!(world.posts().await, 0);
    let buried = world.queues.take();
    assert_eq!(buried.len(), 2);
    for request in buried {
        let Request::Bury(body, reason) = request else {
            panic!("{request:?}");
        };
        assert_eq!(
            serde_json::from_str::<Notification>(&body).unwrap(),
            notification()
        );
        assert!(reason.contains("410"), "{reason}");
    }
    // Another address is another receiver.
    world.context.webhook = Some(webhook(&format!("{}/moved", world.receiver.uri())));
    assert_eq!(invoke(&world.context, message(1)).await, nothing());
    assert_eq!(world.posts().await, 1);
}

#[tokio::test]
async fn is_not_posted_while_it_is_not_known_whether_the_receiver_is_gone() {
    let mut world = World::start().await;
    world.context.store = testkit::dynamodb::nowhere();
    assert_eq!(invoke(&world.context, message(1)).await, again());
    assert_eq!(world.posts().await, 0);
}

#[tokio::test]
async fn what_was_queued_before_the_webhook_was_taken_away_is_dropped() {
    let mut world = World::start().await;
    world.context.webhook = None;
    assert_eq!(invoke(&world.context, message(1)).await, nothing());
    assert_eq!((world.queues.take(), world.posts().await), (vec![], 0));
}

#[tokio::test]
async fn what_is_no_notification_rests_with_its_reason() {
    let world = World::start().await;
    let mut message = message(1);
    message["Records"][0]["body"] = json!("{}");
    assert_eq!(invoke(&world.context, message).await, nothing());
    assert!(matches!(&world.queues.take()[..], [Request::Bury(body, _)] if body == "{}"));
}

#[tokio::test]
async fn posts_the_sample() {
    let world = World::start().await;
    world.receiver_answers(ResponseTemplate::new(200)).await;
    assert_eq!(invoke(&world.context, sample("notify/message")).await, nothing());
    assert_eq!(world.posts().await, 1);
}
