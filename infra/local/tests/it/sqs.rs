//! SQS through the real SDK.

use std::time::Duration;

use aws_sdk_sqs::{
    error::{ProvideErrorMetadata, SdkError},
    types::{
        DeleteMessageBatchRequestEntry, Message, MessageAttributeValue, MessageSystemAttributeName,
        QueueAttributeName, SendMessageBatchRequestEntry,
    },
};
use local::aws::{Storage, sqs::Depth};

use crate::emulator::Emulator;

/// A queue whose messages show again at once, one where they rest, and one with SQS's defaults.
const QUEUES: &str = "
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 0
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}
  Dead: {Type: AWS::SQS::Queue}
  Plain: {Type: AWS::SQS::Queue, Properties: {QueueName: plain}}
";

async fn start() -> Emulator {
    Emulator::start(QUEUES, Storage::Memory).await
}

async fn send(emulator: &Emulator, queue: &str, body: &str) -> String {
    let sent = emulator
        .sqs()
        .send_message()
        .queue_url(emulator.queue_url(queue))
        .message_body(body)
        .send()
        .await;
    sent.unwrap().message_id.unwrap()
}

async fn receive(emulator: &Emulator, queue: &str) -> Vec<Message> {
    let request = emulator
        .sqs()
        .receive_message()
        .queue_url(emulator.queue_url(queue))
        .max_number_of_messages(10);
    let request = request.message_system_attribute_names(MessageSystemAttributeName::All);
    request
        .message_attribute_names("All")
        .send()
        .await
        .unwrap()
        .messages
        .unwrap_or_default()
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.body().unwrap()).collect()
}

fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> &str {
    error.as_service_error().and_then(|error| error.code()).unwrap()
}

#[tokio::test]
async fn gives_a_message_back_as_it_was_sent() {
    let emulator = start().await;
    let attribute = |kind: &str| MessageAttributeValue::builder().data_type(kind);
    let origin = attribute("String").string_value("scheduler").build().unwrap();
    let seal = attribute("Binary")
        .binary_value(aws_sdk_sqs::primitives::Blob::new([0, 255]))
        .build()
        .unwrap();
    let request = emulator
        .sqs()
        .send_message()
        .queue_url(emulator.queue_url("Plain"))
        .message_body("abc");
    let sent = request
        .message_attributes("origin", origin.clone())
        .message_attributes("seal", seal.clone());
    let sent = sent.send().await.unwrap();
    assert_eq!(
        sent.md5_of_message_body(),
        Some("900150983cd24fb0d6963f7d28e17f72")
    );

    let messages = receive(&emulator, "Plain").await;
    let [message] = messages.as_slice() else {
        panic!("{messages:?}")
    };
    assert_eq!(message.message_id(), sent.message_id());
    assert_eq!(message.body(), Some("abc"));
    assert_eq!(message.md5_of_body(), Some("900150983cd24fb0d6963f7d28e17f72"));
    assert_eq!(
        message.md5_of_message_attributes(),
        sent.md5_of_message_attributes()
    );
    let attributes = message.message_attributes().unwrap();
    assert_eq!((&attributes["origin"], &attributes["seal"]), (&origin, &seal));
    let attributes = message.attributes().unwrap();
    assert_eq!(
        attributes[&MessageSystemAttributeName::ApproximateReceiveCount],
        "1"
    );
    let sent_at: i64 = attributes[&MessageSystemAttributeName::SentTimestamp]
        .parse()
        .unwrap();
    assert!(sent_at > 1_700_000_000_000, "milliseconds since 1970: {sent_at}");
}

#[tokio::test]
async fn gives_only_the_attributes_asked_for() {
    let emulator = start().await;
    send(&emulator, "Plain", "job").await;
    let request = emulator
        .sqs()
        .receive_message()
        .queue_url(emulator.queue_url("Plain"));
    let request = request.message_system_attribute_names(MessageSystemAttributeName::SentTimestamp);
    let messages = request.send().await.unwrap().messages.unwrap();
    let names: Vec<_> = messages[0].attributes().unwrap().keys().collect();
    assert_eq!(names, [&MessageSystemAttributeName::SentTimestamp]);
}

#[tokio::test]
async fn hides_a_received_message_from_others_until_it_is_given_back() {
    let emulator = start().await;
    send(&emulator, "Plain", "job").await;
    let first = receive(&emulator, "Plain").await;
    assert_eq!(bodies(&first), ["job"]);
    assert_eq!(receive(&emulator, "Plain").await, []);

    let give_back = emulator
        .sqs()
        .change_message_visibility()
        .queue_url(emulator.queue_url("Plain"));
    let handle = first[0].receipt_handle().unwrap();
    give_back
        .receipt_handle(handle)
        .visibility_timeout(0)
        .send()
        .await
        .unwrap();
    assert_eq!(bodies(&receive(&emulator, "Plain").await), ["job"]);
}

#[tokio::test]
async fn shows_a_message_again_when_its_visibility_timeout_ends() {
    let emulator = start().await;
    send(&emulator, "Plain", "job").await;
    let request = || {
        emulator
            .sqs()
            .receive_message()
            .queue_url(emulator.queue_url("Plain"))
    };
    let first = request()
        .visibility_timeout(1)
        .send()
        .await
        .unwrap()
        .messages
        .unwrap();
    let second = request()
        .wait_time_seconds(20)
        .send()
        .await
        .unwrap()
        .messages
        .unwrap();
    assert_eq!(first[0].message_id(), second[0].message_id());
    assert_ne!(first[0].receipt_handle(), second[0].receipt_handle());
}

#[tokio::test]
async fn a_waiting_receiver_gets_what_is_sent_meanwhile() {
    let emulator = start().await;
    let url = emulator.queue_url("Plain");
    let waiting = emulator
        .sqs()
        .receive_message()
        .queue_url(url)
        .wait_time_seconds(20)
        .send();
    let (received, _) = tokio::join!(waiting, send(&emulator, "Plain", "late"));
    assert_eq!(bodies(&received.unwrap().messages.unwrap()), ["late"]);
}

#[tokio::test]
async fn counts_a_delayed_message_as_delayed_and_shows_it_later() {
    let emulator = start().await;
    let url = emulator.queue_url("Plain");
    let delayed = emulator
        .sqs()
        .send_message()
        .queue_url(url)
        .message_body("later")
        .delay_seconds(1);
    delayed.send().await.unwrap();
    let queue = &emulator.stack.queue("Plain").unwrap().name;
    assert_eq!(
        emulator.aws.queues().depth(queue).unwrap(),
        Depth {
            delayed: 1,
            ..Depth::default()
        }
    );
    let received = emulator
        .aws
        .queues()
        .receive(queue, 1, Duration::from_secs(20))
        .await
        .unwrap();
    assert_eq!(received[0].body, "later");
}

#[tokio::test]
async fn an_older_receipt_handle_deletes_nothing() {
    let emulator = start().await;
    let url = emulator.queue_url("Jobs");
    send(&emulator, "Jobs", "job").await;
    let first = receive(&emulator, "Jobs").await;
    let second = receive(&emulator, "Jobs").await;
    let delete = |message: &Message| {
        emulator
            .sqs()
            .delete_message()
            .queue_url(url)
            .receipt_handle(message.receipt_handle().unwrap())
            .send()
    };
    delete(&first[0]).await.unwrap();
    let queue = &emulator.stack.queue("Jobs").unwrap().name;
    assert_eq!(emulator.aws.queues().list(queue).unwrap().len(), 1);
    delete(&second[0]).await.unwrap();
    assert_eq!(emulator.aws.queues().list(queue).unwrap().len(), 0);
}

#[tokio::test]
async fn moves_a_message_received_too_often_to_the_dead_letter_queue_as_it_was() {
    let emulator = start().await;
    let id = send(&emulator, "Jobs", "poison").await;
    for attempt in ["1", "2"] {
        let messages = receive(&emulator, "Jobs").await;
        let attributes = messages[0].attributes().unwrap();
        assert_eq!(
            attributes[&MessageSystemAttributeName::ApproximateReceiveCount],
            attempt
        );
    }
    assert_eq!(receive(&emulator, "Jobs").await, []);

    let dead = receive(&emulator, "Dead").await;
    assert_eq!(bodies(&dead), ["poison"]);
    assert_eq!(dead[0].message_id(), Some(id.as_str()));
    let source = &dead[0].attributes().unwrap()[&MessageSystemAttributeName::DeadLetterQueueSourceArn];
    assert_eq!(*source, emulator.stack.queue("Jobs").unwrap().arn);
}

#[tokio::test]
async fn one_bad_entry_of_a_batch_spoils_no_other() {
    let emulator = start().await;
    let url = emulator.queue_url("Plain");
    let entry = |id: &str, delay| {
        let entry = SendMessageBatchRequestEntry::builder()
            .id(id)
            .message_body(id)
            .delay_seconds(delay);
        entry.build().unwrap()
    };
    let batch = emulator.sqs().send_message_batch().queue_url(url);
    let sent = batch
        .entries(entry("good", 0))
        .entries(entry("bad", 901))
        .send()
        .await
        .unwrap();
    assert_eq!(sent.successful()[0].id(), "good");
    assert_eq!(
        (sent.failed()[0].id(), sent.failed()[0].code()),
        ("bad", "InvalidParameterValue")
    );
    assert!(sent.failed()[0].sender_fault());

    let received = receive(&emulator, "Plain").await;
    assert_eq!(bodies(&received), ["good"]);
    let entry = |id: &str, handle: &str| {
        DeleteMessageBatchRequestEntry::builder()
            .id(id)
            .receipt_handle(handle)
            .build()
            .unwrap()
    };
    let batch = emulator
        .sqs()
        .delete_message_batch()
        .queue_url(url)
        .entries(entry("bad", "invented"));
    let batch = batch.entries(entry("good", received[0].receipt_handle().unwrap()));
    let deleted = batch.send().await.unwrap();
    assert_eq!(deleted.successful()[0].id(), "good");
    assert_eq!(deleted.failed()[0].code(), "ReceiptHandleIsInvalid");
}

#[tokio::test]
async fn refuses_a_batch_with_an_id_twice() {
    let emulator = start().await;
    let entry = SendMessageBatchRequestEntry::builder()
        .id("same")
        .message_body("job")
        .build()
        .unwrap();
    let batch = emulator
        .sqs()
        .send_message_batch()
        .queue_url(emulator.queue_url("Plain"));
    let error = batch
        .entries(entry.clone())
        .entries(entry)
        .send()
        .await
        .unwrap_err();
    let error = error.into_service_error();
    assert!(error.is_batch_entry_ids_not_distinct(), "{error:?}");
}

#[tokio::test]
async fn names_the_error_as_the_sdk_knows_it() {
    let emulator = start().await;
    let sqs = emulator.sqs();
    let missing = format!("{}/000000000000/missing", emulator.endpoint);
    let error = sqs
        .send_message()
        .queue_url(missing)
        .message_body("job")
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&error), "AWS.SimpleQueueService.NonExistentQueue");

    let url = emulator.queue_url("Plain");
    let request = sqs
        .change_message_visibility()
        .queue_url(url)
        .receipt_handle("invented")
        .visibility_timeout(1);
    let error = request.send().await.unwrap_err().into_service_error();
    assert!(error.is_receipt_handle_is_invalid(), "{error:?}");

    send(&emulator, "Plain", "job").await;
    let received = receive(&emulator, "Plain").await;
    let handle = received[0].receipt_handle().unwrap();
    sqs.delete_message()
        .queue_url(url)
        .receipt_handle(handle)
        .send()
        .await
        .unwrap();
    let request = sqs
        .change_message_visibility()
        .queue_url(url)
        .receipt_handle(handle)
        .visibility_timeout(1);
    let error = request.send().await.unwrap_err().into_service_error();
    assert!(error.is_message_not_inflight(), "{error:?}");

    let error = sqs.create_queue().queue_name("new").send().await.unwrap_err();
    assert_eq!(code(&error), "UnsupportedOperation");
}

#[tokio::test]
async fn refuses_values_that_sqs_refuses() {
    let emulator = start().await;
    let url = emulator.queue_url("Plain");
    let too_long = emulator
        .sqs()
        .send_message()
        .queue_url(url)
        .message_body("x".repeat((1 << 20) + 1));
    assert_eq!(code(&too_long.send().await.unwrap_err()), "InvalidParameterValue");
    let too_many = emulator
        .sqs()
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(11);
    assert_eq!(code(&too_many.send().await.unwrap_err()), "InvalidParameterValue");
    let empty = emulator.sqs().send_message().queue_url(url).message_body("");
    assert_eq!(code(&empty.send().await.unwrap_err()), "MissingParameter");
}

#[tokio::test]
async fn lists_purges_and_describes_queues() {
    let emulator = start().await;
    let sqs = emulator.sqs();
    let url = emulator.queue_url("Jobs");
    assert_eq!(sqs.list_queues().send().await.unwrap().queue_urls().len(), 3);
    let found = sqs.get_queue_url().queue_name("plain").send().await.unwrap();
    assert_eq!(found.queue_url(), Some(emulator.queue_url("Plain")));

    send(&emulator, "Jobs", "job").await;
    let request = || {
        sqs.get_queue_attributes()
            .queue_url(url)
            .attribute_names(QueueAttributeName::All)
            .send()
    };
    let attributes = request().await.unwrap().attributes.unwrap();
    assert_eq!(attributes[&QueueAttributeName::ApproximateNumberOfMessages], "1");
    assert_eq!(attributes[&QueueAttributeName::VisibilityTimeout], "0");
    assert!(attributes[&QueueAttributeName::RedrivePolicy].contains(r#""maxReceiveCount":2"#));

    sqs.purge_queue().queue_url(url).send().await.unwrap();
    let attributes = request().await.unwrap().attributes.unwrap();
    assert_eq!(attributes[&QueueAttributeName::ApproximateNumberOfMessages], "0");
}

#[tokio::test]
async fn a_restart_loses_no_message_and_shows_those_in_flight() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::Directory(directory.path().to_owned());
    let emulator = Emulator::start(QUEUES, storage.clone()).await;
    for body in ["deleted", "in flight", "waiting"] {
        send(&emulator, "Plain", body).await;
    }
    let request = emulator
        .sqs()
        .receive_message()
        .queue_url(emulator.queue_url("Plain"));
    let received = request
        .max_number_of_messages(2)
        .send()
        .await
        .unwrap()
        .messages
        .unwrap();
    let delete = emulator
        .sqs()
        .delete_message()
        .queue_url(emulator.queue_url("Plain"));
    delete
        .receipt_handle(received[0].receipt_handle().unwrap())
        .send()
        .await
        .unwrap();
    drop(emulator);

    let emulator = Emulator::start(QUEUES, storage).await;
    let received = receive(&emulator, "Plain").await;
    assert_eq!(bodies(&received), ["in flight", "waiting"]);
    let count = |message: &Message| {
        message.attributes().unwrap()[&MessageSystemAttributeName::ApproximateReceiveCount].clone()
    };
    assert_eq!(received.iter().map(count).collect::<Vec<_>>(), ["2", "1"]);
}

#[tokio::test]
async fn a_journal_line_cut_off_by_a_crash_is_no_damage_but_any_other_is() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::Directory(directory.path().to_owned());
    let emulator = Emulator::start(QUEUES, storage.clone()).await;
    send(&emulator, "Plain", "kept").await;
    drop(emulator);
    let path = directory.path().join("queues.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();

    std::fs::write(&path, format!("{text}{}", &text[..text.len() / 2])).unwrap();
    let emulator = Emulator::start(QUEUES, storage.clone()).await;
    assert_eq!(bodies(&receive(&emulator, "Plain").await), ["kept"]);
    drop(emulator);

    std::fs::write(&path, format!("{}\n{text}", &text[..text.len() / 2])).unwrap();
    let error = Emulator::try_start(QUEUES, storage).await.err().unwrap();
    assert!(
        error.contains("queues.jsonl is damaged; start with --fresh"),
        "{error}"
    );
}

#[tokio::test]
async fn the_journal_does_not_grow_with_what_is_history() {
    let directory = tempfile::tempdir().unwrap();
    let emulator = Emulator::start(QUEUES, Storage::Directory(directory.path().to_owned())).await;
    let queues = emulator.aws.queues();
    let kept = queues.send("plain", "kept".to_owned().into()).unwrap();
    queues.receive("plain", 1, Duration::ZERO).await.unwrap();
    for _ in 0..5_000 {
        queues.send("plain", "job".to_owned().into()).unwrap();
        let received = queues.receive("plain", 1, Duration::ZERO).await.unwrap();
        queues.delete("plain", &received[0].receipt_handle).unwrap();
    }
    let journal = std::fs::read_to_string(directory.path().join("queues.jsonl")).unwrap();
    assert!(
        journal.lines().count() <= 10_001,
        "{} lines",
        journal.lines().count()
    );
    assert!(journal.contains(&kept));
}
