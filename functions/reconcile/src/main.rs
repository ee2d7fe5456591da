//! Compares the counters with what they count, and mends them.

use std::process::ExitCode;

use reconcile::context::Context;
use reconcile::handler::handle;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    edge::start(async |environment| {
        let context = Context::build(&environment)?;
        edge::serve_events(|event, invocation| handle(&context, event, invocation)).await
    })
    .await
}
