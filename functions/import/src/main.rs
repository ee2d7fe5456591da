//! External events become events of the platform, once.

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
