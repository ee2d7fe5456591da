//! SQS jobs to provider pages to DynamoDB.

use std::process::ExitCode;

use sync_worker::context::Context;
use sync_worker::handler::handle;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    edge::start(async |environment| {
        let context = Context::build(&environment).await?;
        edge::serve_events(|event, invocation| handle(&context, event, invocation)).await
    })
    .await
}
