//! Local events after their import.

use std::process::ExitCode;

use local_events::context::Context;
use local_events::handler::handle;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    edge::start(async |environment| {
        let (context, gate) = Context::build(&environment).await?;
        edge::serve(gate, |call| handle(&context, call)).await
    })
    .await
}
