//! What is stored: events, browsing, categories, local events; and the answer to unknown routes.

use std::process::ExitCode;

use detail::context::Context;
use detail::handler::handle;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    edge::start(async |environment| {
        let (context, gate) = Context::build(&environment).await?;
        edge::serve(gate, |call| handle(&context, call)).await
    })
    .await
}
