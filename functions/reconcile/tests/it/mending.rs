//! What a comparison finds and mends.

use domain::reconciliation::Findings;
use domain::{Category, ExternalEvent};
use serde_json::json;
use testkit::{dynamodb, event, now};

use crate::World;

fn events(ids: std::ops::Range<u32>) -> Vec<ExternalEvent> {
    ids.map(|id| event(&format!("seatgeek#{id}")).build()).collect()
}

#[tokio::test]
async fn finds_nothing_where_all_is_right_in_pieces_of_bounded_size() {
    let world = World::start(3, 10).await;
    world.context.store.record(&events(0..100), now()).await.unwrap();
    world.dynamo.import(&events(100..101)[0], now()).await;
    world.tally().await;
    let before = world.context.store.counters().await.unwrap();
    let (messages, findings) = world.reconcile("first").await;
    let expected = Findings {
        events: 101,
        markers: 101,
        ..Findings::default()
    };
    assert_eq!(findings, expected);
    assert!(messages > 20, "{messages}");
    assert_eq!(world.context.store.counters().await.unwrap(), before);
    world.assert_counted().await;
}

#[tokio::test]
async fn mends_what_was_never_counted_what_changed_unseen_and_what_is_gone() {
    let world = World::start(20, 500).await;
    let store = &world.context.store;
    store.record(&events(0..30), now()).await.unwrap();
    world.tally().await;
    // From here on, no change is counted.
    store.record(&events(30..35), now()).await.unwrap();
    let changed = event("seatgeek#1").category(Category::Comedy).build();
    store.record(&[changed], now()).await.unwrap();
    world.dynamo.import(&events(2..3)[0], now()).await;
    for gone in ["seatgeek#3", "seatgeek#4", "seatgeek#5"] {
        world
            .dynamo
            .delete("external-events", &json!({"event_key": {"S": gone}}));
    }
    let (_, findings) = world.reconcile("first").await;
    assert_eq!((findings.miscounted, findings.gone), (5 + 2, 3));
    assert_eq!((findings.counters, findings.unsettled), (0, false));
    world.assert_counted().await;
    let (_, again) = world.reconcile("second").await;
    assert_eq!((again.miscounted, again.gone, again.counters), (0, 0, 0));
    // The changes themselves, counted late, move nothing that is right.
    world.tally().await;
    world.assert_counted().await;
}

#[tokio::test]
async fn mends_counters_that_somebody_tampered_with() {
    let world = World::start(20, 500).await;
    world.context.store.record(&events(0..30), now()).await.unwrap();
    world.dynamo.import(&events(30..31)[0], now()).await;
    world.tally().await;
    for mut item in world.dynamo.items("state") {
        if item["sk"]["S"] == "source#seatgeek" || item["sk"]["S"] == "city#CH#zurich" {
            item["events"]["N"] = json!("7");
            world.dynamo.put("state", &item);
        }
        if item["sk"]["S"] == "category#music" {
            world
                .dynamo
                .delete("state", &json!({"pk": item["pk"], "sk": item["sk"]}));
        }
    }
    world.dynamo.put(
        "state",
        &json!({"pk": {"S": "COUNTERS"}, "sk": {"S": "category#film"}, "events": {"N": "4"}, "imported": {"N": "0"}}),
    );
    let (_, findings) = world.reconcile("first").await;
    assert_eq!((findings.miscounted, findings.counters), (0, 4));
    world.assert_counted().await;
    let (_, again) = world.reconcile("second").await;
    assert_eq!(again.counters, 0);
}

#[tokio::test]
async fn counters_that_move_meanwhile_are_summed_again_and_at_last_left_alone() {
    let world = World::start(1, 500).await;
    let store = &world.context.store;
    store.record(&events(0..30), now()).await.unwrap();
    world.tally().await;
    let mut next = world.begin("once").await;
    // One event comes in while the markers are summed, then none.
    for step in 0.. {
        let Some(message) = next else { break };
        if step == 10 {
            store.record(&events(100..101), now()).await.unwrap();
            world.tally().await;
        }
        next = world.deliver(&message).await;
    }
    assert!(!world.findings().await.unsettled);
    world.assert_counted().await;
    // Events that never rest.
    let mut next = world.begin("never").await;
    for step in 0_u32.. {
        let Some(message) = next else { break };
        if step.is_multiple_of(30) {
            store
                .record(&events(200 + step..201 + step), now())
                .await
                .unwrap();
            world.tally().await;
        }
        next = world.deliver(&message).await;
    }
    assert!(world.findings().await.unsettled);
    world.assert_counted().await;
}

#[tokio::test]
async fn one_comparison_is_under_way_at_a_time_and_a_message_that_comes_twice_does_no_harm() {
    let world = World::start(2, 500).await;
    world.context.store.record(&events(0..30), now()).await.unwrap();
    let first = world.begin("first").await.unwrap();
    assert_eq!(world.begin("second").await, None, "the first is under way");
    let repeated = world.begin("first").await;
    assert_eq!(repeated, Some(first.clone()), "Lambda tries again");
    // Both messages go on; whoever is second to note that ends.
    let mut messages = vec![first.clone(), first];
    for _ in 0..200 {
        let Some(message) = messages.pop() else { break };
        messages.extend(world.deliver(&message).await);
    }
    assert!(messages.is_empty());
    world.assert_counted().await;
    assert_eq!(world.findings().await.miscounted, 30);
}

#[tokio::test]
async fn a_store_that_fails_brings_the_message_again() {
    let mut world = World::start(2, 500).await;
    world.context.store.record(&events(0..3), now()).await.unwrap();
    let message = world.begin("first").await.unwrap();
    world.context.store = dynamodb::nowhere();
    let body = serde_json::to_string(&message).unwrap();
    let event = json!({"Records": [{"messageId": "1", "receiptHandle": "receipt", "body": body}]});
    let trigger = serde_json::from_value(event).unwrap();
    let report = reconcile::handler::handle(&world.context, trigger, World::invocation("again")).await;
    let answer = serde_json::to_value(report.unwrap()).unwrap();
    assert_eq!(answer["batchItemFailures"][0]["itemIdentifier"], "1");
}

#[tokio::test]
async fn takes_the_sample_events() {
    let world = World::start(100, 500).await;
    world.context.store.record(&events(0..3), now()).await.unwrap();
    for (name, expected) in [("reconcile/start", 3), ("reconcile/continue", 3)] {
        let trigger = testkit::call::sample(name);
        let report = reconcile::handler::handle(&world.context, trigger, World::invocation(name)).await;
        report.unwrap();
        assert_eq!(world.findings().await.events, expected, "{name}");
    }
    world.assert_counted().await;
}
