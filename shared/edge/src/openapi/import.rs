//! Imports, and what becomes of local events after them.

use domain::{ContentField, EventKey, LocalEventId};
use http::StatusCode;
use utoipa::openapi::Required;
use utoipa::openapi::path::{HttpMethod, Parameter};
use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, Object, ObjectBuilder, SchemaFormat, Type};

use super::{Operation, get, header, query, reference, text, with_default};
use crate::route::Route;
use crate::view;

/// The operations on this event of a source and on this one of the platform, which stand for all.
pub(super) fn operations(key: EventKey, id: LocalEventId) -> impl Iterator<Item = Operation> {
    imports(key).into_iter().chain(local_events(id))
}

fn imports(key: EventKey) -> [Operation; 2] {
    [
        Operation {
            method: HttpMethod::Post,
            parameters: import_parameters(),
            body: Some(overrides()),
            success: (StatusCode::CREATED, reference::<view::ImportResponse>()),
            preview: Some(reference::<view::ImportResult<'_>>()),
            failures: &[
                StatusCode::NOT_FOUND,
                StatusCode::PAYLOAD_TOO_LARGE,
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                StatusCode::UNPROCESSABLE_ENTITY,
                StatusCode::TOO_MANY_REQUESTS,
                StatusCode::SERVICE_UNAVAILABLE,
            ],
            ..get(
                Route::Import(key),
                "import",
                "Make an event of a source one of the platform's own",
                reference::<view::ImportResponse>(),
            )
        },
        Operation {
            method: HttpMethod::Post,
            parameters: import_parameters(),
            body: Some(bulk_import()),
            failures: &[
                StatusCode::PAYLOAD_TOO_LARGE,
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                StatusCode::UNPROCESSABLE_ENTITY,
                StatusCode::SERVICE_UNAVAILABLE,
            ],
            ..get(
                Route::BulkImport,
                "bulkImport",
                "Make up to a hundred events of sources the platform's own; one that fails spoils no other",
                reference::<view::BulkImportResponse<'_>>(),
            )
        },
    ]
}

fn local_events(id: LocalEventId) -> [Operation; 5] {
    let not_found = &[StatusCode::NOT_FOUND];
    let changed = &[
        StatusCode::NOT_FOUND,
        StatusCode::PRECONDITION_FAILED,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        StatusCode::PRECONDITION_REQUIRED,
    ];
    [
        Operation {
            method: HttpMethod::Patch,
            parameters: vec![if_match(Required::True)],
            body: Some(overrides()),
            failures: changed,
            ..get(
                Route::EditLocalEvent(id),
                "editLocalEvent",
                "Change an event of the platform as it was read",
                reference::<view::LocalEventResponse<'_>>(),
            )
        },
        Operation {
            method: HttpMethod::Delete,
            parameters: vec![if_match(Required::False)],
            success: (StatusCode::NO_CONTENT, ObjectBuilder::new().build().into()),
            failures: &[
                StatusCode::FORBIDDEN,
                StatusCode::NOT_FOUND,
                StatusCode::PRECONDITION_FAILED,
            ],
            ..get(
                Route::WithdrawLocalEvent(id),
                "withdrawLocalEvent",
                "Take an import back, as its creator or an admin: the event can be imported again, its id is not used again",
                reference::<view::LocalEventResponse<'_>>(),
            )
        },
        Operation {
            failures: not_found,
            ..get(
                Route::Changes(id),
                "changes",
                "What the source says otherwise than at the import, and nobody has decided on",
                reference::<view::ChangesResponse<'_>>(),
            )
        },
        Operation {
            method: HttpMethod::Post,
            parameters: vec![if_match(Required::False)],
            body: Some(review()),
            failures: &changed[..3],
            ..get(
                Route::ReviewChanges(id),
                "reviewChanges",
                "Take over or dismiss what the source says; answers what stays pending",
                reference::<view::ChangesResponse<'_>>(),
            )
        },
        Operation {
            failures: not_found,
            ..get(
                Route::History(id),
                "history",
                "Who imported, changed, accepted, rejected and withdrew what, for a year",
                reference::<view::HistoryResponse<'_>>(),
            )
        },
    ]
}

fn import_parameters() -> Vec<Parameter> {
    let dry_run = ObjectBuilder::new().schema_type(Type::Boolean).build();
    let key = ObjectBuilder::from(text())
        .min_length(Some(1))
        .max_length(Some(255))
        .build();
    vec![
        query(
            "dry_run",
            "Whether to answer what would be created, and write nothing",
            with_default(dry_run, false),
        ),
        header(
            "Idempotency-Key",
            "A name for the request: sent again within a day, it gets the same answer",
            key,
        ),
    ]
}

fn if_match(required: Required) -> Parameter {
    let mut parameter = header("If-Match", "The ETag of what was read, or `*`", text());
    parameter.required = required;
    parameter
}

/// The body of a review.
fn review() -> Object {
    let fields = || {
        let field = ObjectBuilder::from(text())
            .enum_values(Some(ContentField::ALL.map(ContentField::as_str)))
            .build();
        ArrayBuilder::new().items(field)
    };
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("accept", fields())
        .property("reject", fields())
        .build()
}

/// The body of a bulk import.
fn bulk_import() -> Object {
    let event = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("source", view::source())
        .required("source")
        .property("external_id", text())
        .required("external_id");
    let events = ArrayBuilder::new()
        .items(event)
        .min_items(Some(1))
        .max_items(Some(100));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("events", events)
        .required("events")
        .build()
}

/// The body of an import: what the local event shall say instead of what the source says.
fn overrides() -> Object {
    let time = || {
        ObjectBuilder::from(text())
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .build()
    };
    ["title", "description", "location", "venue_name", "venue_address"]
        .into_iter()
        .map(|name| (name, text()))
        .chain([("start_time", time()), ("end_time", time())])
        .fold(
            ObjectBuilder::new().schema_type(Type::Object),
            |object, (name, schema)| object.property(name, schema),
        )
        .build()
}
