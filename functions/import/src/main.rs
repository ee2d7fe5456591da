//! POST /external-events/{source}/{external_id}/import/: an event becomes one of the platform’s own, once.

use std::process::ExitCode;

use import::context::Context;
use import::handler::handle;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    edge::start(async |environment| {
        let (context, gate) = Context::build(&environment).await?;
        edge::serve(gate, |call| handle(&context, call)).await
    })
    .await
}
