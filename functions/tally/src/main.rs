//! DynamoDB stream to exact counters.

use std::process::ExitCode;

use tally::context::Context;
use tally::handler::handle;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    edge::start(async |environment| {
        let context = Context::build(&environment)?;
        edge::serve_events(|event, invocation| handle(&context, event, invocation)).await
    })
    .await
}
