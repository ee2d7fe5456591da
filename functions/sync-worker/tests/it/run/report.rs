use domain::sync::Effort;
use serde_json::json;

use super::World;

#[tokio::test]
async fn a_run_tells_what_it_took_and_one_without_changes_takes_next_to_nothing() {
    let world = World::start().await;
    let first = world.sync("first").await.report();
    let calls = world.imitations.calls("seatgeek").await.len() as u64;
    let Effort {
        bytes, write_units, ..
    } = first.effort;
    assert_eq!(first.effort.calls, calls);
    assert!(bytes > 100_000, "{first:?}");
    #[expect(clippy::cast_precision_loss, reason = "there are a few hundred")]
    let created = first.counts.created as f64;
    assert!(write_units > 4.0 * created, "{first:?}");

    let second = world.sync("second").await.report();
    assert_eq!(second.counts.unchanged, first.counts.created);
    assert_eq!(second.effort.calls, calls);
    assert!(
        second.effort.read_units + second.effort.write_units < 40.0,
        "{second:?}"
    );
}

#[tokio::test]
async fn an_attempt_that_failed_is_part_of_what_a_run_took() {
    let world = World::start().await;
    let job = world.plan("first", false).await;
    world.imitations.fault("seatgeek", json!({"status": 400})).await;
    world.deliver(&job, 1).await;
    let report = world.run("first").await.report();
    assert_eq!(report.effort.calls, 1, "{report:?}");
    assert!(report.effort.read_units > 0.0);
}
