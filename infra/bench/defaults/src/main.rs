//! One read from DynamoDB on the SDK's defaults, as its first page of documentation shows it.

use aws_sdk_dynamodb::types::AttributeValue;
use lambda_http::{Body, Error, Request, Response, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let client = aws_sdk_dynamodb::Client::new(&aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await);
    let table = std::env::var("EVENTS_TABLE")?;
    let (client, table) = (&client, &table);
    run(service_fn(move |_request: Request| async move {
        let key = AttributeValue::S("ticketmaster#none".to_owned());
        let answer = client.get_item().table_name(table).key("event_key", key).send().await?;
        Ok::<_, Error>(Response::new(Body::Text(format!("{{\"found\":{}}}", answer.item.is_some()))))
    }))
    .await
}
