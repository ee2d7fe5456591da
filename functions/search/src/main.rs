//! GET /external-events/search/: live, over the providers.

use std::process::ExitCode;

use search::context::Context;
use search::handler::handle;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    edge::start(async |environment| {
        let (context, gate) = Context::build(&environment).await?;
        edge::serve(gate, |call| handle(&context, call)).await
    })
    .await
}
