//! What reading a provider's page takes.

use std::hint::black_box;

use serde::de::IgnoredAny;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::cold::milliseconds;
use crate::error::BenchError;
use crate::imitation::Imitation;
use crate::process::cpu_of_thread;
use crate::report::{Table, figure, times};
use crate::sample::{Sample, ratio};

/// Prints how the parser of Ticketmaster's pages compares with skipping over the same bytes, and with a tree of them.
pub(crate) async fn measure(iterations: usize) -> Result<(), BenchError> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await;
    let listener = listener.map_err(BenchError::io("no port for the imitated provider"))?;
    let sandbox = sandbox::start(listener, sandbox::Config::default()).await;
    let sandbox = sandbox.map_err(BenchError::io("the imitated provider does not start"))?;
    let body = Imitation::new(&sandbox).page().await?;
    let (mut skip, mut ours, mut tree) = (Sample::default(), Sample::default(), Sample::default());
    let mut events = 0;
    for _ in 0..iterations {
        skip.add(timed(|| serde_json::from_slice::<IgnoredAny>(&body).is_ok())?);
        ours.add(timed(|| {
            let page = providers::ticketmaster::parse_events(&body);
            events = page.as_ref().map_or(0, |page| page.events.len());
            page
        })?);
        tree.add(timed(|| serde_json::from_slice::<Value>(&body).is_ok())?);
    }
    let title = format!(
        "A page of Ticketmaster: {events} events, {} bytes (medians)",
        body.len()
    );
    let mut table = Table::new(title, &["how", "CPU, ms", "of skipping", "faster than the tree"]);
    for (how, sample) in [
        ("skipped over (serde's IgnoredAny)", &skip),
        ("as events of the domain", &ours),
        ("as a tree (serde_json::Value)", &tree),
    ] {
        table.row([
            how.to_owned(),
            figure(sample.median()),
            times(ratio(sample, &skip)),
            times(ratio(&tree, sample)),
        ]);
    }
    table.print()
}

/// The CPU time that `work` takes, in milliseconds; what it makes is dropped after it. It is done once before, so that
/// each finds the caches and the heap as it leaves them itself, not as its neighbour in the table does.
fn timed<T>(mut work: impl FnMut() -> T) -> Result<f64, BenchError> {
    drop(black_box(work()));
    let started = cpu_of_thread()?;
    let made = black_box(work());
    let took = cpu_of_thread()?.saturating_sub(started);
    drop(made);
    Ok(milliseconds(took))
}
