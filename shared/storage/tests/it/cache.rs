use std::time::Duration;

use storage::CachedAnswer;
use testkit::dynamodb::{self, tables};
use testkit::now;

const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn gives_back_what_was_cached() {
    let dynamo = dynamodb::start().await;
    let store = dynamo.store();
    let key = "a search of any length ".repeat(500);
    assert_eq!(store.cached_answer(&key).await.unwrap(), None);
    let body = br#"{"events": []}"#.repeat(10_000);
    assert!(store.cache_answer(&key, &body, now(), DAY).await.unwrap());
    let expected = CachedAnswer {
        body: body.clone(),
        stored_at: now(),
    };
    assert_eq!(store.cached_answer(&key).await.unwrap(), Some(expected));
    let items = dynamo.items(&tables().state);
    let expiry = (now() + DAY).timestamp().to_string();
    assert_eq!(items[0]["expires_at"]["N"], expiry);
    assert!(items[0].to_string().len() < body.len() / 10, "it is compressed");
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
    assert!(!store.cache_answer("large", &noise, now(), DAY).await.unwrap());
    assert_eq!(store.cached_answer("large").await.unwrap(), None);
    assert!(
        store
            .cache_answer("large enough", &noise[..390_000], now(), Duration::MAX)
            .await
            .unwrap()
    );
    assert!(store.cached_answer("large enough").await.unwrap().is_some());
}
