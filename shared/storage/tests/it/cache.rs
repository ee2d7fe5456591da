use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use storage::{CachedAnswer, Store};
use testkit::dynamodb::{self, tables};
use testkit::now;
use testkit::proxy::Proxy;

const DAY: Duration = Duration::from_hours(24);

fn answer(key: &str, body: &[u8]) -> CachedAnswer {
    CachedAnswer {
        key: key.to_owned(),
        body: body.to_vec(),
        stored_at: now(),
    }
}

async fn cache(store: &Store, answers: &[&CachedAnswer]) {
    let packed = answers.iter().filter_map(|answer| answer.pack(DAY).unwrap());
    store.cache_answers(packed.collect()).await.unwrap();
}

async fn cached(store: &Store, key: &str) -> Option<CachedAnswer> {
    store.cached_answers(&[key]).await.unwrap().pop()
}

#[tokio::test]
async fn gives_back_what_was_cached() {
    let dynamo = dynamodb::start().await;
    let store = dynamo.store();
    let long = answer(
        &"a search of any length ".repeat(500),
        &br#"{"events": []}"#.repeat(10_000),
    );
    let short = answer("short", b"{}");
    assert_eq!(cached(&store, &long.key).await, None);
    let both = [long.clone(), short.clone()];
    cache(&store, &[&long, &short]).await;
    let mut found = store
        .cached_answers(&[&long.key, "unknown", "short"])
        .await
        .unwrap();
    found.sort_by_key(|answer| std::cmp::Reverse(answer.body.len()));
    assert_eq!(found, both);
    let items = dynamo.items(&tables().state);
    let expiry = (now() + DAY).timestamp().to_string();
    assert!(items.iter().all(|item| item["expires_at"]["N"] == *expiry));
    let bytes: usize = items.iter().map(|item| item.to_string().len()).sum();
    assert!(bytes < long.body.len() / 10, "it is compressed");
}

#[tokio::test]
async fn an_answer_over_the_limit_of_an_item_is_not_kept() {
    let dynamo = dynamodb::start().await;
    let store = dynamo.store();
    // Bytes that nothing compresses.
    let noise: Vec<u8> = (0..500_000_u64)
        .map(|number| {
            number
                .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                .rotate_left(17)
                .wrapping_mul(number | 1)
                .to_be_bytes()[0]
        })
        .collect();
    assert!(answer("large", &noise).pack(DAY).unwrap().is_none());
    let enough = answer("large enough", &noise[..390_000]);
    let packed = enough.pack(Duration::MAX).unwrap().unwrap();
    store.cache_answers(vec![packed]).await.unwrap();
    assert_eq!(cached(&store, "large enough").await, Some(enough));
}

#[tokio::test]
async fn nothing_is_asked_for_or_written_without_a_key() {
    let nowhere = dynamodb::nowhere();
    assert!(nowhere.cached_answers(&[]).await.unwrap().is_empty());
    assert!(nowhere.cache_answers(Vec::new()).await.is_ok());
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_spoils_no_other() {
    let dynamo = dynamodb::start().await;
    let store = dynamo.store();
    let (broken, sound) = (answer("broken", b"{}"), answer("sound", b"{}"));
    cache(&store, &[&broken]).await;
    let mut item = dynamo.items(&tables().state).remove(0);
    item["body"] = json!({"B": BASE64_STANDARD.encode("not gzip")});
    dynamo.put(&tables().state, &item);
    cache(&store, &[&sound]).await;
    assert_eq!(store.cached_answers(&["broken", "sound"]).await.unwrap(), [sound]);
}

#[tokio::test]
async fn writes_again_what_a_busy_store_leaves_out() {
    let dynamo = dynamodb::start().await;
    let mut refusals = 2;
    let proxy = Proxy::start(&dynamo, move |operation, request| {
        let is_refused = operation == "BatchWriteItem" && refusals > 0;
        is_refused.then(|| {
            refusals -= 1;
            (200, json!({"UnprocessedItems": request["RequestItems"]}))
        })
    });
    let store = proxy.await.store();
    let kept = answer("kept", b"{}");
    cache(&store, &[&kept]).await;
    assert_eq!(cached(&store, "kept").await, Some(kept));
}

#[tokio::test]
async fn tells_that_a_store_stays_too_busy_to_be_written() {
    let dynamo = dynamodb::start().await;
    let proxy = Proxy::start(&dynamo, |_, request| {
        Some((200, json!({"UnprocessedItems": request["RequestItems"]})))
    });
    let packed = answer("lost", b"{}").pack(DAY).unwrap().unwrap();
    let error = proxy.await.store().cache_answers(vec![packed]).await.unwrap_err();
    assert!(error.is_throttled());
}
