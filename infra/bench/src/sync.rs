//! What a sync takes: a first one, and one that finds nothing changed.

use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::sync::RunStatus;
use serde_json::json;
use storage::SliceRun;

use crate::error::BenchError;
use crate::group::{Bill, Group};
use crate::imitation::Imitation;
use crate::report::{Table, count, figure};
use crate::world::{Setting, World, tables};

/// The functions that a sync takes.
pub(crate) const SYNCING: [&str; 2] = ["sync-scheduler", "sync-worker"];

/// What a run of the sync did and took.
pub(crate) struct Run {
    /// How many events its slices had.
    pub(crate) events: u64,
    /// From the schedule to the last message.
    pub(crate) took: Duration,
    /// Calls of providers.
    pub(crate) calls: u64,
    /// Requests to DynamoDB.
    pub(crate) bill: Bill,
}

/// Where syncs are measured: no slice is cut off, and no call waits for the budget of a second, which would be all that
/// is seen.
pub(crate) fn setting(density: u64) -> Setting {
    let parameters = [
        ("MaxEventsPerSync", "1000000"),
        ("TicketmasterCallsPerSecond", "50"),
        ("LiveSharePercent", "0"),
    ];
    Setting {
        catalogue: sandbox::Config {
            density,
            ..sandbox::Config::default()
        },
        parameters: parameters
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..Setting::default()
    }
}

/// Syncs `sources`, to the end.
pub(crate) async fn run(world: &World, group: &Group<'_>, sources: &[&str]) -> Result<Run, BenchError> {
    let imitation = Imitation::new(&world.sandbox);
    imitation.forget().await?;
    drop(group.take_bill());
    let started = Instant::now();
    let event = Bytes::from(json!({ "sources": sources }).to_string());
    let report = group.invoke("sync-scheduler", event).await?;
    group.settled().await;
    let took = started.elapsed();
    let bill = group.take_bill();
    let run = report["run_id"].as_str().unwrap_or_default();
    let run = world.store.run(run).await;
    let run = run.map_err(BenchError::measured("reading a run"))?;
    let slices = run.map_or_else(Vec::new, |run| run.slices);
    let succeeded = |slice: &SliceRun| slice.status == RunStatus::Succeeded;
    if slices.is_empty() || !slices.iter().all(succeeded) {
        return Err(BenchError::Function {
            function: "sync-worker".to_owned(),
            fault: format!("not every slice was read to its end: {slices:?}"),
        });
    }
    Ok(Run {
        events: slices.iter().map(|slice| slice.report.counts.read()).sum(),
        took,
        calls: imitation.calls().await?,
        bill,
    })
}

/// Prints what a first and a repeated sync of catalogues of these densities take.
pub(crate) async fn measure(densities: &[u64]) -> Result<(), BenchError> {
    let executables = crate::executable::functions().await?;
    let mut table = Table::new(
        "Syncs of Ticketmaster and SeatGeek that wait for no budget (one run each)",
        &[
            "what",
            "events",
            "seconds",
            "provider calls",
            "read units",
            "for 1,000 events",
            "write units on events",
            "on state",
            "all for 1,000 events",
        ],
    );
    for &density in densities {
        let setting = Setting {
            streams: false,
            ..setting(density)
        };
        let world = World::empty(setting).await?;
        let names = tables(&world.stack);
        let group = Group::start(&world, &executables, &SYNCING).await?;
        for what in ["a first sync", "a repeated sync"] {
            let run = run(&world, &group, &["ticketmaster", "seatgeek"]).await?;
            table.row([
                what.to_owned(),
                count(run.events),
                figure(run.took.as_secs_f64()),
                count(run.calls),
                figure(run.bill.read()),
                figure(for_thousand(run.bill.read(), run.events)),
                figure(run.bill.written_to(&names.events)),
                figure(run.bill.written_to(&names.state)),
                figure(for_thousand(run.bill.written(), run.events)),
            ]);
        }
    }
    table.print()
}

/// What `units` for so many events are for a thousand.
#[expect(clippy::cast_precision_loss, reason = "no catalogue has 2^52 events")]
pub(crate) fn for_thousand(units: f64, events: u64) -> f64 {
    units * 1_000.0 / events as f64
}
