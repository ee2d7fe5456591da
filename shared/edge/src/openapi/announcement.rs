//! What the platform receives: a webhook for each kind of announcement.

use http::StatusCode;
use http::header::RETRY_AFTER;
use providers::webhook::Receiver;
use serde_json::{Value, json};
use utoipa::PartialSchema as _;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, Parameter, PathItemBuilder, Paths, PathsBuilder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Content, RefOr, Required, ResponseBuilder};

use super::{JSON, header, number, text};
use crate::queue::JobQueue;
use crate::webhook::Announcement;

/// The webhooks, made of what the type of all announcements derives for each of its variants.
pub(super) fn webhooks() -> Paths {
    let kinds = match Announcement::schema() {
        RefOr::T(Schema::OneOf(kinds)) => kinds.items,
        one => vec![one],
    };
    let webhooks = kinds.into_iter().fold(PathsBuilder::new(), |webhooks, kind| {
        let derived = json!(kind);
        let text = |pointer| {
            derived
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let name = text("/properties/type/enum/0");
        let operation = post(kind)
            .operation_id(Some(name))
            .summary(Some(text("/description").trim_end_matches('.')));
        let item = PathItemBuilder::new().operation(HttpMethod::Post, operation);
        webhooks.path(name, item.build())
    });
    webhooks.build()
}

/// A post whose body has this schema, with the answers that make a difference to `notify`.
fn post(body: RefOr<Schema>) -> OperationBuilder {
    let description = format!(
        "Posted to `WebhookUrl`, at least once and not in order: ignore a `webhook-id` that you know. There is no token; \
         nothing but the signature proves who posts, so verify it first, by any library of the Standard Webhooks \
         specification (<https://www.standardwebhooks.com>). Answer within {} seconds; redirects are not followed.",
        Receiver::TIMEOUT.as_secs()
    );
    let retry_after = HeaderBuilder::new()
        .schema(Some(text()))
        .description(Some(format!(
            "Seconds, or an HTTP date: the next attempt waits for it, where that is later than it would be, up to {} hours",
            JobQueue::MAX_POSTPONEMENT.as_secs() / 3_600
        )))
        .build();
    let taken = ResponseBuilder::new().description("Taken, and not posted again");
    let gone = ResponseBuilder::new().description(
        "Nothing is posted to this address any more: this announcement and those that follow are set aside, until an \
         operator resumes",
    );
    let other = ResponseBuilder::new()
        .description(
            "Not taken, whatever the status (redirects, 429 and 503 among them): posted again after growing pauses, \
             as where there is no answer in time, and set aside when the last attempt fails",
        )
        .header(RETRY_AFTER.as_str(), retry_after);
    OperationBuilder::new()
        .description(Some(description))
        .parameters(Some(headers()))
        .request_body(Some(
            RequestBodyBuilder::new()
                .content(JSON, Content::new(Some(body)))
                .required(Some(Required::True))
                .build(),
        ))
        .response("2XX", taken)
        .response(StatusCode::GONE.as_str(), gone)
        .response("default", other)
}

/// The headers by which a receiver knows the sender and repetitions.
fn headers() -> [Parameter; 3] {
    [
        header(
            "webhook-id",
            "The announcement's id, the same at each attempt",
            text(),
        ),
        header(
            "webhook-timestamp",
            "When this attempt was made, in seconds of Unix time",
            number(0, None),
        ),
        header(
            "webhook-signature",
            "`v1,` and the HMAC-SHA256 of id, timestamp and body with dots between them, in base64; while the secret \
             changes, one by each secret, with a space between them",
            text(),
        ),
    ]
    .map(|mut header| {
        header.required = Required::True;
        header
    })
}
