//! EventBridge schedule to one SQS job for each slice.

use std::process::ExitCode;

use sync_scheduler::context::Context;
use sync_scheduler::handler::handle;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    edge::start(async |environment| {
        let context = Context::build(&environment)?;
        edge::serve_events(|event, invocation| handle(&context, event, invocation)).await
    })
    .await
}
