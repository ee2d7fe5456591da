//! `cargo run --release -p bench -- cold | warm | parse | units | load | sync`: tables for docs/PERFORMANCE.md.
//!
//! Everything is measured in one run, interleaved with what it is compared with: ours beside an empty function, the
//! SDK's defaults, and the least that any parser must do.

mod api;
mod cold;
mod engine;
mod error;
mod executable;
mod group;
mod imitation;
mod load;
mod parse;
mod process;
mod progress;
mod report;
mod sample;
mod sync;
mod tls;
mod units;
mod warm;
mod world;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measures the functions beside what they are built on.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    mode: Mode,
    /// How often each figure is taken; the table shows medians.
    #[arg(long, global = true, default_value_t = 21, value_parser = clap::value_parser!(u32).range(1..))]
    iterations: u32,
}

#[derive(Debug, Clone, Subcommand)]
enum Mode {
    /// What the start of a function costs: CPU, instructions, memory, size.
    Cold,
    /// What an answer of a started function takes.
    Warm,
    /// What reading a provider's page takes.
    Parse,
    /// What each operation costs in DynamoDB's units, and how large items are. Taken once: units do not vary.
    Units,
    /// Whether more events make reading dearer or slower.
    Load {
        /// How many events to compare, from few to many.
        #[arg(long, value_delimiter = ',', default_values_t = [1_000, 100_000, 1_000_000])]
        sizes: Vec<u64>,
    },
    /// What a first and a repeated sync take: one run each, whatever the iterations.
    Sync {
        /// How many times as many events as usual the imitated providers have: usually, there are about a thousand.
        #[arg(long, value_delimiter = ',', default_values_t = [1, 10])]
        densities: Vec<u64>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let iterations = arguments.iterations as usize;
    let outcome = match arguments.mode {
        Mode::Cold => cold::measure(iterations).await,
        Mode::Warm => warm::measure(iterations).await,
        Mode::Parse => parse::measure(iterations).await,
        Mode::Units => units::measure().await,
        Mode::Load { sizes } => load::measure(iterations, &sizes).await,
        Mode::Sync { densities } => sync::measure(&densities).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            local::console::Console::stderr().error(&error);
            ExitCode::FAILURE
        }
    }
}
