use std::time::Duration;

use domain::Source;
use domain::health::{Admission, Budget, Health, Purpose, Quota, Reason, Reply, Report};
use serde_json::json;
use storage::{HealthChange, Store, StoredHealth};
use testkit::{dynamodb, now};

const BUDGET: Budget = Budget {
    per_second: Some(5),
    per_window: Some((5000, Duration::from_hours(24))),
    reserved_percent: 40,
};

/// Health with something in each of its fields.
fn limited() -> Health {
    let report = Report {
        started: now(),
        reply: Reply::RateLimited { retry_after: None },
        more_requests: 2,
        quota: Some(Quota {
            limit: Some(5000),
            remaining: 4000,
            resets_at: Some(now()),
        }),
    };
    Health::default().learn(&report, &BUDGET, now())
}

async fn store(store: &Store, seen: &StoredHealth, health: &Health) -> Option<StoredHealth> {
    match store
        .change_health(Source::Ticketmaster, seen, health)
        .await
        .unwrap()
    {
        HealthChange::Stored(stored) => Some(stored),
        HealthChange::Outdated(_) => None,
    }
}

#[tokio::test]
async fn each_provider_has_a_health_of_its_own_and_a_good_one_at_first() {
    let dynamo = dynamodb::start().await;
    let db = dynamo.store();
    assert!(db.healths().await.unwrap().is_empty());
    let unknown = StoredHealth::default();
    assert_eq!(unknown.health, Health::default());
    let stored = store(&db, &unknown, &limited()).await.unwrap();
    assert_eq!(stored.health, limited());
    let closed = stored.health.closed(now()).unwrap();
    assert_eq!(closed.reason, Reason::RateLimited);
    // One of a provider that is not known here is no fault.
    dynamo.put(
        "state",
        &json!({"pk": {"S": "SOURCES"}, "sk": {"S": "health#other"}, "health": {"M": {}}, "version": {"N": "1"}}),
    );
    let healths = db.healths().await.unwrap();
    assert_eq!(healths, [(Source::Ticketmaster, stored)].into());
}

#[tokio::test]
async fn a_change_of_what_somebody_else_changed_shows_what_they_stored() {
    let dynamo = dynamodb::start().await;
    let db = dynamo.store();
    let unknown = StoredHealth::default();
    let first = store(&db, &unknown, &limited()).await.unwrap();
    for seen in [&unknown, &first] {
        let second = store(&db, &first, &Health::default()).await;
        let late = db
            .change_health(Source::Ticketmaster, seen, &limited())
            .await
            .unwrap();
        let HealthChange::Outdated(newest) = late else {
            panic!("a change was lost: {late:?}");
        };
        assert_eq!(newest, db.healths().await.unwrap()[&Source::Ticketmaster]);
        assert!(second.is_none_or(|second| second == newest));
    }
}

#[tokio::test]
async fn of_many_processes_at_once_one_gets_the_probe() {
    let dynamo = dynamodb::start().await;
    let db = dynamo.store();
    let failed = Report {
        started: now(),
        reply: Reply::Unauthorized,
        more_requests: 0,
        quota: None,
    };
    let closed = Health::default().learn(&failed, &BUDGET, now());
    let seen = store(&db, &StoredHealth::default(), &closed).await.unwrap();
    let later = closed.closed(now()).unwrap().until;
    let Admission::Granted(probing) = closed.admit(Purpose::Live, &BUDGET, later) else {
        panic!("it is time for a probe");
    };
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (db, seen, probing) = (db.clone(), seen.clone(), probing.clone());
        tries.spawn(async move { store(&db, &seen, &probing).await.is_some() });
    }
    let won = tries.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
}
