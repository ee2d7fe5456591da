//! What is written down of calls.

use domain::Source;
use domain::performance::Performance;
use testkit::dynamodb::{self, Dynamo, connection, tables};

use super::{Budgets, Store, alone, answering, process, search, sync};

/// What is written of Ticketmaster: calls, failed ones, and those that met a limited rate.
async fn written(dynamo: &Dynamo) -> (u64, u64, u64) {
    let figures = dynamo.store().figures().await.unwrap();
    let calls = figures.calls.recent(chrono::Utc::now());
    let Performance {
        latencies,
        failed,
        rate_limited,
    } = calls.get(&Source::Ticketmaster).cloned().unwrap_or_default();
    (latencies.calls(), failed, rate_limited)
}

#[tokio::test]
async fn the_first_calls_are_written_at_once_and_later_ones_together() {
    let (server, dynamo) = (answering(200, &[]).await, dynamodb::start().await);
    let process = alone(&server, &dynamo);
    for _ in 0..5 {
        search(&process).await.unwrap();
        process.report_calls().await;
    }
    assert_eq!(written(&dynamo).await, (1, 0, 0));
    // A sync's calls are not left lying, nor is what lies beside them.
    sync(&process).await.unwrap();
    process.report_calls().await;
    assert_eq!(written(&dynamo).await, (6, 0, 0));
    process.report_calls().await;
    assert_eq!(written(&dynamo).await, (6, 0, 0));
}

#[tokio::test]
async fn a_limited_rate_is_told_from_other_failures_and_what_is_not_called_is_no_call() {
    for (status, failed, rate_limited) in [(503, 1, 0), (429, 1, 1)] {
        let (server, dynamo) = (answering(status, &[]).await, dynamodb::start().await);
        let process = alone(&server, &dynamo);
        assert!(search(&process).await.is_err());
        process.report_calls().await;
        assert_eq!(written(&dynamo).await, (1, failed, rate_limited), "{status}");
    }
    let (server, dynamo) = (answering(429, &[]).await, dynamodb::start().await);
    let process = alone(&server, &dynamo);
    for _ in 0..2 {
        assert!(sync(&process).await.is_err());
    }
    process.report_calls().await;
    assert_eq!(written(&dynamo).await, (1, 1, 1), "the second is not let out");
}

#[tokio::test]
async fn a_store_that_fails_fails_no_call() {
    let server = answering(200, &[]).await;
    let nowhere = Store::new(&connection("http://127.0.0.1:1"), tables());
    let process = process(&server, nowhere, Budgets::default());
    search(&process).await.unwrap();
    process.report_calls().await;
    search(&process).await.unwrap();
}
