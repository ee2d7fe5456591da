use chrono::{TimeDelta, Utc};
use domain::tally::Counter;
use domain::{EventKey, Source, Start};
use testkit::{dynamodb, event, key};

/// An event that started so many days before this moment, which is what the engine's own clock goes by.
fn past(id: &str, days: i64) -> domain::ExternalEvent {
    event(id).starts_at(Utc::now() - TimeDelta::days(days)).build()
}

#[tokio::test]
async fn what_is_over_expires_after_its_retention_unless_it_is_imported_and_is_no_longer_counted() {
    let dynamo = dynamodb::start().await;
    let store = dynamo.store().with_retention(30);
    // Imported while it was ahead; then it was moved into the past.
    dynamo
        .import(&event("seatgeek#imported").build(), testkit::now())
        .await;
    let events = [
        past("seatgeek#over", 31),
        past("seatgeek#recent", 29),
        past("seatgeek#imported", 365),
        event("seatgeek#ahead")
            .starts_at(Utc::now() + TimeDelta::days(1))
            .build(),
        event("seatgeek#unknown").start(Start::ToBeAnnounced).build(),
    ];
    store
        .record(&events, Utc::now() + TimeDelta::minutes(1))
        .await
        .unwrap();
    assert_eq!(dynamo.expire(), 1);
    let mut left: Vec<EventKey> = dynamo
        .stored_events()
        .into_iter()
        .map(|stored| stored.event.key)
        .collect();
    left.sort();
    let expected = ["ahead", "imported", "recent", "unknown"];
    assert_eq!(left, expected.map(|id| key(&format!("seatgeek#{id}"))));
    store.apply_changes(&dynamo.changes(), Utc::now()).await.unwrap();
    let counters = store.counters().await.unwrap();
    let total = counters[&Counter::Source(Source::SeatGeek)];
    assert_eq!((total.events, total.imported), (4, 1));
}
