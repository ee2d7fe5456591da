//! DynamoDB streams to signed webhooks, through a queue.

use std::process::ExitCode;

use notify::context::Context;
use notify::handler::handle;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    edge::start(async |environment| {
        let context = Context::build(&environment).await?;
        edge::serve_events(|event, invocation| handle(&context, event, invocation)).await
    })
    .await
}
