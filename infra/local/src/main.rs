//! `cargo run -p local`: the whole system on this machine.

use std::process::ExitCode;

use clap::Parser;
use local::cli::{self, Arguments};

#[tokio::main]
async fn main() -> ExitCode {
    match cli::run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            local::console::Console::stderr().error(&error);
            ExitCode::FAILURE
        }
    }
}
