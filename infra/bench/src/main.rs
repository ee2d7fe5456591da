//! `cargo run --release -p bench -- cold | warm | parse | units | load`: tables for docs/PERFORMANCE.md.
//!
//! Everything is measured in one run, interleaved with what it is compared with: ours beside an empty function, the
//! SDK's defaults, and the least that any parser must do.

mod api;
mod cold;
mod error;
mod executable;
mod imitation;
mod parse;
mod process;
mod report;
mod sample;
mod tls;
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

#[derive(Debug, Clone, Copy, Subcommand)]
enum Mode {
    /// What the start of a function costs: CPU, instructions, memory, size.
    Cold,
    /// What an answer of a started function takes.
    Warm,
    /// What reading a provider's page takes.
    Parse,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let iterations = arguments.iterations as usize;
    let outcome = match arguments.mode {
        Mode::Cold => cold::measure(iterations).await,
        Mode::Warm => warm::measure(iterations).await,
        Mode::Parse => parse::measure(iterations).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            local::console::Console::stderr().error(&error);
            ExitCode::FAILURE
        }
    }
}
