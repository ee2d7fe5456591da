//! POST /external-events/sync/: admins start a sync and follow it.

use std::process::ExitCode;

use sync_control::context::Context;
use sync_control::handler::handle;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    edge::start(async |environment| {
        let (context, gate) = Context::build(&environment).await?;
        edge::serve(gate, |call| handle(&context, call)).await
    })
    .await
}
