//! GET /external-events/analytics/: what comes in and what is used, from counters.

use std::process::ExitCode;

use analytics::context::Context;
use analytics::handler::handle;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    edge::start(async |environment| {
        let (context, gate) = Context::build(&environment).await?;
        edge::serve(gate, |call| handle(&context, call)).await
    })
    .await
}
