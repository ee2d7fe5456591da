//! The sandbox on its own: `cargo run -p sandbox -- --port 4000`.

use std::{io::Write as _, net::Ipv4Addr};

use chrono::{NaiveDate, Utc};
use clap::Parser;
use sandbox::{Config, Provider, Sandbox};
use tokio::net::TcpListener;

/// Imitations of Ticketmaster, SeatGeek, Eventbrite and Meetup on this machine
#[derive(Debug, Parser)]
struct Cli {
    /// Where to listen on 127.0.0.1; 0 takes a free port
    #[arg(long, default_value_t = 4000)]
    port: u16,
    /// The day around which the events lie, as YYYY-MM-DD; today unless given
    #[arg(long)]
    today: Option<NaiveDate>,
    /// Another seed makes another catalogue
    #[arg(long, default_value_t = Config::default().seed)]
    seed: u64,
    /// How many times as many events as usual
    #[arg(long, default_value_t = Config::default().density)]
    density: u64,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let cli = Cli::parse();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, cli.port)).await?;
    let today = cli.today.unwrap_or_else(|| Utc::now().date_naive());
    let sandbox = sandbox::start(
        listener,
        Config {
            today,
            seed: cli.seed,
            density: cli.density,
        },
    )
    .await?;

    let keys = Sandbox::keys();
    let mut out = anstream::stdout();
    for (provider, key) in [
        (Provider::Ticketmaster, keys.ticketmaster_api_key),
        (Provider::SeatGeek, keys.seatgeek_client_id),
        (Provider::Eventbrite, keys.eventbrite_token),
        (Provider::Meetup, keys.meetup_client_key),
    ] {
        writeln!(out, "{provider:<13} {}  ({key})", sandbox.base_url(provider))?;
    }
    writeln!(out, "{:<13} {}", "control", sandbox.control_url())?;
    writeln!(out, "Ctrl-C ends it.")?;
    tokio::signal::ctrl_c().await
}
