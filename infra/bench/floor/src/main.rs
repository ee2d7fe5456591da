//! An empty function: it answers, and does nothing else.

use std::convert::Infallible;

use lambda_http::{Body, Error, Request, Response, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(async |_request: Request| {
        Ok::<_, Infallible>(Response::new(Body::Text("{}".to_owned())))
    }))
    .await
}
