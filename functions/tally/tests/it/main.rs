//! From the stream of ExternalEvents to counters.
#![expect(
    clippy::unwrap_used,
    reason = "a test's helper fails by panicking, as the test does"
)]

use aws_lambda_events::event::dynamodb::Event;
use domain::tally::{Counter, Step};
use domain::{Category, Source};
use edge::Invocation;
use serde_json::{Value, json};
use storage::Store;
use tally::context::Context;
use tally::handler::handle;
use test_case::test_case;
use testkit::call::sample;
use testkit::dynamodb::{self, Dynamo};
use testkit::{event, now};

/// Counts a batch; the sequence number from which on it comes again, if it does.
async fn count(store: Store, batch: Event) -> Option<String> {
    let invocation = Invocation {
        request_id: "invocation".to_owned(),
        now: now(),
    };
    let context = Context { store };
    let response = handle(&context, batch, invocation).await.unwrap();
    let mut failures = response.batch_item_failures.into_iter();
    let first = failures.next();
    assert!(failures.next().is_none(), "one place says it all");
    first.map(|failure| failure.item_identifier.unwrap())
}

fn batch(records: &[Value]) -> Event {
    serde_json::from_value(json!({"Records": records})).unwrap()
}

fn sequence_number(record: &Value) -> String {
    record["dynamodb"]["SequenceNumber"].as_str().unwrap().to_owned()
}

/// What the counters of a source and of a category say.
async fn totals(dynamo: &Dynamo, source: Source, category: Category) -> [(i64, i64); 2] {
    let counters = dynamo.store().counters().await.unwrap();
    [Counter::Source(source), Counter::Category(category)].map(|counter| {
        let Step { events, imported } = counters.get(&counter).copied().unwrap_or_default();
        (events, imported)
    })
}

/// A store in which three concerts came in and one of them was imported, and the records that tell of it.
async fn history() -> (Dynamo, Vec<Value>) {
    let dynamo = dynamodb::start().await;
    let events = ["seatgeek#1", "seatgeek#2", "seatgeek#3"].map(|key| event(key).build());
    dynamo.store().record(&events, now()).await.unwrap();
    dynamo.import(&events[0], now()).await;
    let records = dynamo.records();
    assert_eq!(records.len(), 4);
    (dynamo, records)
}

#[tokio::test]
async fn counts_what_came_in_and_what_was_imported() {
    let (dynamo, records) = history().await;
    assert_eq!(count(dynamo.store(), batch(&records)).await, None);
    let totals = totals(&dynamo, Source::SeatGeek, Category::Music).await;
    assert_eq!(totals, [(3, 1), (3, 1)]);
}

#[tokio::test]
async fn a_batch_that_comes_again_counts_once() {
    let (dynamo, records) = history().await;
    for _ in 0..3 {
        assert_eq!(count(dynamo.store(), batch(&records)).await, None);
    }
    // As after a batch was halved: what it told before is among what it tells now.
    assert_eq!(count(dynamo.store(), batch(&records[1..])).await, None);
    let totals = totals(&dynamo, Source::SeatGeek, Category::Music).await;
    assert_eq!(totals, [(3, 1), (3, 1)]);
}

#[tokio::test]
async fn what_expires_is_no_longer_counted() {
    let (dynamo, mut records) = history().await;
    let is_second = |record: &&Value| record["dynamodb"]["Keys"]["event_key"]["S"] == "seatgeek#2";
    let mut removal = records.iter().find(is_second).unwrap().clone();
    removal["eventID"] = json!("removal");
    removal["dynamodb"]["SequenceNumber"] = json!("9".repeat(21));
    removal["eventName"] = json!("REMOVE");
    removal["dynamodb"]["OldImage"] = removal["dynamodb"]["NewImage"].take();
    removal["dynamodb"].as_object_mut().unwrap().remove("NewImage");
    records.push(removal);
    assert_eq!(count(dynamo.store(), batch(&records)).await, None);
    let totals = totals(&dynamo, Source::SeatGeek, Category::Music).await;
    assert_eq!(totals, [(2, 1), (2, 1)]);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_named_and_what_came_before_it_is_counted() {
    let (dynamo, mut records) = history().await;
    records[2]["dynamodb"]["NewImage"]["summary"] = json!({"S": "no event"});
    let again = count(dynamo.store(), batch(&records)).await;
    assert_eq!(again, Some(sequence_number(&records[2])));
    let totals = totals(&dynamo, Source::SeatGeek, Category::Music).await;
    assert_eq!(totals, [(2, 0), (2, 0)]);
}

#[tokio::test]
async fn the_whole_batch_comes_again_when_the_store_fails_and_counts_then() {
    let (dynamo, records) = history().await;
    let again = count(dynamodb::nowhere(), batch(&records)).await;
    assert_eq!(again, Some(sequence_number(&records[0])));
    assert_eq!(count(dynamo.store(), batch(&records)).await, None);
    let totals = totals(&dynamo, Source::SeatGeek, Category::Music).await;
    assert_eq!(totals, [(3, 1), (3, 1)]);
}

#[tokio::test]
async fn an_empty_batch_is_done() {
    assert_eq!(count(dynamodb::nowhere(), batch(&[])).await, None);
}

#[test_case(&["created"], (1, 0))]
#[test_case(&["created", "imported"], (1, 1))]
#[test_case(&["created", "imported", "created"], (1, 1); "created is told again")]
#[test_case(&["created", "expired"], (0, 0))]
#[tokio::test]
async fn counts_the_sample_events(names: &[&str], total: (i64, i64)) {
    let dynamo = dynamodb::start().await;
    for name in names {
        let batch = sample(&format!("tally/{name}"));
        assert_eq!(count(dynamo.store(), batch).await, None, "{name}");
    }
    let totals = totals(&dynamo, Source::Ticketmaster, Category::Music).await;
    assert_eq!(totals, [total, total]);
}

#[tokio::test]
async fn tells_where_the_sample_of_an_unreadable_change_is() {
    let dynamo = dynamodb::start().await;
    let again = count(dynamo.store(), sample("tally/unreadable")).await;
    assert_eq!(again.as_deref(), Some("400000000000000000002"));
    let totals = totals(&dynamo, Source::Ticketmaster, Category::Music).await;
    assert_eq!(totals, [(1, 0), (1, 0)]);
}
