//! What an answer of a started function takes.

use std::time::Instant;

use chrono::{TimeDelta, Utc};
use domain::start::Rfc3339;

use crate::cold::milliseconds;
use crate::error::BenchError;
use crate::executable::{Executables, FLOOR};
use crate::imitation::Imitation;
use crate::process::Process;
use crate::report::{Table, figure, times};
use crate::sample::Sample;
use crate::world::{EVENT, Way, World};

/// Calls before the first that counts.
const WARM_UP: usize = 5;
/// The providers whose answers a search without a place waits for.
const ASKED: [&str; 2] = ["ticketmaster", "seatgeek"];
/// How late the imitated providers answer.
const LATENCIES: [u64; 2] = [0, 100];

/// Prints how a cached search and a stored detail compare with an empty function and one round trip to DynamoDB, and
/// how much a search adds to its slowest provider.
pub(crate) async fn measure(iterations: usize) -> Result<(), BenchError> {
    let executables = crate::executable::build().await?;
    let world = World::start().await?;
    beside_the_floor(&world, &executables, iterations).await?;
    beside_the_providers(&world, &executables, iterations).await
}

async fn start(world: &World, executables: &Executables, package: &str) -> Result<Process, BenchError> {
    let command = world.command(package, &executables.of(package), Way::Plain);
    Process::start(package, command).await
}

async fn beside_the_floor(
    world: &World,
    executables: &Executables,
    iterations: usize,
) -> Result<(), BenchError> {
    let (source, id) = EVENT.split_once('#').unwrap_or_default();
    let detail = world.request("GET", &format!("/external-events/{source}/{id}/"), "");
    let search = |query| world.request("GET", "/external-events/search/", query);
    let (cached, everywhere) = (search("q=jazz&source=ticketmaster,seatgeek"), search("q=jazz"));
    let mut subjects = Vec::new();
    for (package, what, event) in [
        (FLOOR, "an empty function", &detail),
        ("detail", "a stored detail", &detail),
        ("search", "a cached search", &cached),
        (
            "search",
            "the same, and of what is stored of the others",
            &everywhere,
        ),
    ] {
        let process = start(world, executables, package).await?;
        subjects.push((what, process, event, Sample::default(), Sample::default()));
    }
    let mut round_trip = Sample::default();
    for iteration in 0..iterations + WARM_UP {
        let started = Instant::now();
        let read = world.store.event(&World::event()).await;
        let took = started.elapsed();
        read.map_err(BenchError::measured("reading an event"))?;
        let counts = iteration >= WARM_UP;
        if counts {
            round_trip.add(milliseconds(took));
        }
        for (_, process, event, latency, cpu) in &mut subjects {
            let before = process.cpu();
            let took = process.invoke(event).await?;
            if counts {
                latency.add(milliseconds(took));
                cpu.add(milliseconds(process.cpu().saturating_sub(before)));
            }
        }
    }
    let mut table = Table::new(
        "Answers of a started function (medians)",
        &["what", "latency, ms", "of the least", "CPU, ms"],
    );
    let empty = subjects[0].3.median();
    let least = empty + round_trip.median();
    let row = |what: &str, latency: f64, cpu: f64| {
        [
            what.to_owned(),
            figure(latency),
            times(latency / least),
            figure(cpu),
        ]
    };
    table.row(row("a round trip to DynamoDB", round_trip.median(), f64::NAN));
    table.row(row(
        "the least: an empty function and a round trip",
        least,
        f64::NAN,
    ));
    for (what, process, _, latency, cpu) in subjects {
        table.row(row(what, latency.median(), cpu.median()));
        process.end().await?;
    }
    table.print()
}

async fn beside_the_providers(
    world: &World,
    executables: &Executables,
    iterations: usize,
) -> Result<(), BenchError> {
    let mut table = Table::new(
        "A search that no cache knows, beside its slowest provider (medians)",
        &[
            "providers answer after",
            "slowest provider, ms",
            "search, ms",
            "difference, ms",
        ],
    );
    let client = Imitation::new(&world.sandbox);
    let mut from = Utc::now();
    let mut search = start(world, executables, "search").await?;
    for latency in LATENCIES {
        for provider in ASKED {
            client.slow_down(provider, latency).await?;
        }
        let (mut searches, mut slowest, mut difference) =
            (Sample::default(), Sample::default(), Sample::default());
        for iteration in 0..iterations + WARM_UP {
            client.forget().await?;
            // Nobody has asked for what starts after just this second.
            from += TimeDelta::seconds(1);
            let query = format!("q=jazz&source=ticketmaster,seatgeek&date_from={}", Rfc3339(from));
            let event = world.request("GET", "/external-events/search/", &query);
            let took = search.invoke(&event).await?;
            let provider = client.slowest().await?;
            if iteration >= WARM_UP {
                searches.add(milliseconds(took));
                slowest.add(milliseconds(provider));
                difference.add(milliseconds(took) - milliseconds(provider));
            }
        }
        table.row([
            format!("{latency} ms"),
            figure(slowest.median()),
            figure(searches.median()),
            figure(difference.median()),
        ]);
    }
    search.end().await?;
    table.print()
}
