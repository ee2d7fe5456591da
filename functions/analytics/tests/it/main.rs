//! Analytics, from API Gateway's event to the answer, over what a sync and imports left in the store.
#![expect(
    clippy::unwrap_used,
    reason = "a test's helper fails by panicking, as the test does"
)]

use std::time::Duration;

use analytics::context::Context;
use analytics::handler::handle;
use chrono::{DateTime, Days, TimeDelta, Utc};
use domain::health::{Admission, Budget, Health, Purpose};
use domain::performance::{Calls, Performance};
use domain::{Category, Source};
use edge::{Budgets, RecentSources};
use serde_json::{Value, json};
use storage::{ImportFailure, ImportFailures, StoredHealth};
use testkit::call::{self, Reply, sample_call};
use testkit::dynamodb::{self, Dynamo};
use testkit::{event, now};

/// Ticketmaster's calls a day are counted; of the others nothing is known.
fn budgets() -> Budgets {
    Budgets {
        ticketmaster: Budget {
            per_window: Some((5_000, Duration::from_hours(24))),
            ..Budget::default()
        },
        ..Budgets::default()
    }
}

fn context(dynamo: &Dynamo) -> Context {
    Context {
        store: dynamo.store(),
        sources: RecentSources::new(dynamo.store()),
        budgets: budgets(),
    }
}

async fn answer(dynamo: &Dynamo, sample: &str) -> Reply {
    let context = context(dynamo);
    call::answer(|call| handle(&context, call), sample_call(sample)).await
}

/// The answer once the stream of the table is counted.
async fn analytics(dynamo: &Dynamo) -> Value {
    let store = dynamo.store();
    store.apply_changes(&dynamo.changes(), now()).await.unwrap();
    let reply = answer(dynamo, "analytics/all").await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body
}

fn of_source(source: &str, count: u64, imported_count: u64) -> Value {
    json!({"source": source, "count": count, "imported_count": imported_count})
}

#[tokio::test]
async fn says_that_there_is_nothing() {
    let dynamo = dynamodb::start().await;
    let sources = ["eventbrite", "meetup", "seatgeek", "ticketmaster"];
    assert_eq!(
        analytics(&dynamo).await,
        json!({
            "source_stats": sources.map(|source| of_source(source, 0, 0)),
            "category_stats": [],
            "import_stats": {"total_external_events": 0, "total_imported": 0, "import_rate": 0.0},
            "recent_imports": [],
            "import_success": {"attempted": 0, "succeeded": 0, "rate": 0.0, "failures": {}},
            "source_performance": [],
            "category_popularity": [],
            "geographic_distribution": [],
            "sync": [],
        })
    );
}

#[tokio::test]
async fn counts_what_is_stored_and_what_is_imported() {
    let dynamo = dynamodb::start().await;
    let events = [
        event("ticketmaster#1").build(),
        event("ticketmaster#2").category(Category::Sports).build(),
        event("seatgeek#3").build(),
    ];
    dynamo.store().record(&events, now()).await.unwrap();
    dynamo.import(&events[2], now()).await;
    let analytics = analytics(&dynamo).await;
    assert_eq!(
        analytics["source_stats"],
        json!([
            of_source("ticketmaster", 2, 0),
            of_source("seatgeek", 1, 1),
            of_source("eventbrite", 0, 0),
            of_source("meetup", 0, 0),
        ])
    );
    assert_eq!(
        analytics["category_stats"],
        json!([{"category": "Music", "count": 2}, {"category": "Sports", "count": 1}])
    );
    assert_eq!(
        analytics["import_stats"],
        json!({"total_external_events": 3, "total_imported": 1, "import_rate": 33.33})
    );
    assert_eq!(analytics["recent_imports"][0]["external_id"], "3");
}

#[tokio::test]
async fn counts_an_event_where_it_is_now() {
    let dynamo = dynamodb::start().await;
    let store = dynamo.store();
    store.record(&[event("seatgeek#1").build()], now()).await.unwrap();
    let moved = event("seatgeek#1").category(Category::Comedy).build();
    store.record(&[moved], now()).await.unwrap();
    let analytics = analytics(&dynamo).await;
    assert_eq!(
        analytics["category_stats"],
        json!([{"category": "Comedy", "count": 1}])
    );
}

#[tokio::test]
async fn shows_the_ten_largest_categories() {
    let dynamo = dynamodb::start().await;
    let mut events = Vec::new();
    for (number, category) in Category::ALL.into_iter().take(12).enumerate() {
        // One event in the first two categories, then two in each pair, and so on.
        events.extend((0..=number / 2).map(|copy| {
            let key = format!("ticketmaster#{number}-{copy}");
            event(&key).category(category).build()
        }));
    }
    dynamo.store().record(&events, now()).await.unwrap();
    let analytics = analytics(&dynamo).await;
    let stats = analytics["category_stats"].as_array().unwrap();
    let counts: Vec<_> = stats.iter().map(|stat| stat["count"].as_u64().unwrap()).collect();
    assert_eq!(counts, [6, 6, 5, 5, 4, 4, 3, 3, 2, 2]);
    let names = [&stats[0]["category"], &stats[1]["category"]];
    assert!(
        names[0].as_str() < names[1].as_str(),
        "equal ones by name: {names:?}"
    );
}

#[tokio::test]
async fn shows_the_ten_latest_imports_across_months() {
    let dynamo = dynamodb::start().await;
    for number in 0..12 {
        // Four days apart, from the middle of one month into the one after the next.
        let imported_at = now() - TimeDelta::days(48) + Days::new(4 * number);
        dynamo
            .import(&event(&format!("seatgeek#{number}")).build(), imported_at)
            .await;
    }
    let analytics = analytics(&dynamo).await;
    let imports = analytics["recent_imports"].as_array().unwrap();
    let ids: Vec<_> = imports
        .iter()
        .map(|import| import["external_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["11", "10", "9", "8", "7", "6", "5", "4", "3", "2"]);
    assert!(imports.iter().all(|import| import["is_imported"] == true));
    assert_eq!(analytics["import_stats"]["import_rate"], 100.0);
}

#[tokio::test]
async fn ranks_categories_and_cities_by_imports() {
    let dynamo = dynamodb::start().await;
    let imports = [
        event("seatgeek#1").city("Zürich").build(),
        event("seatgeek#2")
            .city("ZURICH")
            .category(Category::Comedy)
            .build(),
        event("seatgeek#3").city("Bern").build(),
        event("seatgeek#4").city("").build(),
    ];
    for import in &imports {
        dynamo.import(import, now()).await;
    }
    let analytics = analytics(&dynamo).await;
    assert_eq!(
        analytics["category_popularity"],
        json!([
            {"category": "Music", "imported_count": 3},
            {"category": "Comedy", "imported_count": 1},
        ])
    );
    assert_eq!(
        analytics["geographic_distribution"],
        json!([
            {"city": "Zürich", "country": "CH", "imported_count": 2},
            {"city": "Bern", "country": "CH", "imported_count": 1},
        ])
    );
}

#[tokio::test]
async fn shows_the_ten_cities_with_most_imports_of_however_many() {
    let dynamo = dynamodb::start().await;
    for city in 0..12 {
        for copy in 0..=(city / 4) {
            let event = event(&format!("seatgeek#{city}-{copy}"))
                .city(&format!("City {city:02}"))
                .build();
            dynamo.import(&event, now()).await;
        }
    }
    let analytics = analytics(&dynamo).await;
    let cities = analytics["geographic_distribution"].as_array().unwrap();
    let counts: Vec<_> = cities
        .iter()
        .map(|city| city["imported_count"].as_u64().unwrap())
        .collect();
    assert_eq!(counts, [3, 3, 3, 3, 2, 2, 2, 2, 1, 1]);
    assert_eq!(cities[0]["city"], "City 08");
}

#[tokio::test]
async fn tells_what_came_of_attempts_to_import() {
    let dynamo = dynamodb::start().await;
    let store = dynamo.store();
    for attempts in [
        ImportFailures::from([(ImportFailure::NotFound, 1)]),
        ImportFailures::from([(ImportFailure::AlreadyImported, 1)]),
    ] {
        store.count_import_failures(&attempts).await.unwrap();
    }
    for number in 1..=2 {
        let event = event(&format!("seatgeek#{number}")).build();
        dynamo.import(&event, now()).await;
    }
    assert_eq!(
        analytics(&dynamo).await["import_success"],
        json!({
            "attempted": 4,
            "succeeded": 2,
            "rate": 50.0,
            "failures": {"already_imported": 1, "not_found": 1},
        })
    );
}

#[tokio::test]
async fn tells_how_the_sources_perform() {
    let dynamo = dynamodb::start().await;
    let store = dynamo.store();
    let mut performance = Performance {
        failed: 2,
        rate_limited: 1,
        ..Performance::default()
    };
    for ms in (1..=100).map(|call| call * 10) {
        performance.latencies.record(Duration::from_millis(ms));
    }
    let calls = Calls::from([(Source::SeatGeek, performance)]);
    // Two processes, this week and the week before; what is older is not told.
    for weeks in [0, 0, 1, 2] {
        store
            .note_calls(&calls, now() - TimeDelta::weeks(weeks))
            .await
            .unwrap();
    }
    let unknown = StoredHealth::default();
    let admission = unknown
        .health
        .admit(Purpose::Live, budgets().of(Source::Ticketmaster), now());
    let Admission::Granted(health) = admission else {
        panic!("nothing is used up");
    };
    store
        .change_health(Source::Ticketmaster, &unknown, &health)
        .await
        .unwrap();
    let analytics = analytics(&dynamo).await;
    let [seatgeek, ticketmaster] = analytics["source_performance"].as_array().unwrap().as_slice() else {
        panic!("{}", analytics["source_performance"]);
    };
    assert_eq!(
        *ticketmaster,
        json!({
            "source": "ticketmaster", "calls": 0, "success_rate": 0.0, "p50_ms": null, "p95_ms": null,
            "rate_limited": 0, "quota_used": 1, "quota_limit": 5000
        })
    );
    assert_eq!(
        (&seatgeek["calls"], &seatgeek["rate_limited"]),
        (&json!(300), &json!(3))
    );
    assert_eq!(seatgeek["success_rate"], 98.0);
    let near = |name: &str, ms: u64| seatgeek[name].as_u64().unwrap().abs_diff(ms) * 100 <= ms * 7;
    assert!(near("p50_ms", 500) && near("p95_ms", 950), "{seatgeek}");
    assert_eq!(seatgeek["quota_used"], Value::Null);
}

#[tokio::test]
async fn is_for_admins_only() {
    let dynamo = dynamodb::start().await;
    for (sample, status) in [
        ("analytics/unauthenticated", 401),
        ("analytics/not-an-admin", 403),
        ("search/concert", 404),
    ] {
        assert_eq!(answer(&dynamo, sample).await.status, status, "{sample}");
    }
}

#[tokio::test]
async fn what_is_known_of_the_sources_is_good_for_five_seconds() {
    let dynamo = dynamodb::start().await;
    let context = context(&dynamo);
    let quota = async |clock: fn() -> DateTime<Utc>| {
        let reply = call::answer_at(clock, |call| handle(&context, call), sample_call("analytics/all")).await;
        reply.body["source_performance"][0]["quota_used"].clone()
    };
    assert_eq!(quota(now).await, Value::Null);
    let Admission::Granted(health) = Health::default().admit(Purpose::Live, &budgets().ticketmaster, now())
    else {
        panic!("the first call is within the budget");
    };
    let unknown = StoredHealth::default();
    let store = dynamo.store();
    let changed = store.change_health(Source::Ticketmaster, &unknown, &health).await;
    changed.unwrap();
    assert_eq!(quota(|| now() + TimeDelta::seconds(4)).await, Value::Null);
    assert_eq!(quota(|| now() + TimeDelta::seconds(5)).await, 1);
}

#[tokio::test]
async fn a_store_that_fails_is_a_dependency_that_fails() {
    let context = Context {
        store: dynamodb::nowhere(),
        sources: RecentSources::new(dynamodb::nowhere()),
        budgets: budgets(),
    };
    let reply = call::answer(|call| handle(&context, call), sample_call("analytics/all")).await;
    assert_eq!((reply.status, &reply.body["retry_after"]), (503, &json!(1)));
}
