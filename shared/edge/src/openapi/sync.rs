//! The operations of the sync.

use chrono::DateTime;
use domain::sync::RunId;
use http::StatusCode;
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use super::{Operation, get, reference, text};
use crate::route::Route;
use crate::view;

/// The control of the sync.
pub(super) fn operations() -> [Operation; 2] {
    [
        Operation {
            method: HttpMethod::Post,
            body: Some(request()),
            success: (StatusCode::ACCEPTED, reference::<view::SyncStartedResponse<'_>>()),
            failures: &[
                StatusCode::PAYLOAD_TOO_LARGE,
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                StatusCode::SERVICE_UNAVAILABLE,
            ],
            ..get(
                Route::Sync,
                "sync",
                "Sync now; a run of the same that is under way is joined",
                reference::<view::SyncStartedResponse<'_>>(),
            )
        },
        Operation {
            failures: &[StatusCode::NOT_FOUND],
            ..get(
                Route::SyncRun(RunId::of_request(DateTime::UNIX_EPOCH, "example")),
                "syncRun",
                "How far a sync is",
                reference::<view::SyncRunResponse<'_>>(),
            )
        },
    ]
}

/// The body that starts a sync: what to read, everything if nothing is said.
fn request() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("source", view::source())
        .property("category", text())
        .property("force", ObjectBuilder::new().schema_type(Type::Boolean))
        .build()
}
