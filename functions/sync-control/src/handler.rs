//! Starting a sync by hand, and looking at one.

use domain::sync::{RunId, SyncRequest};
use edge::sync::{self, NewRun, StartRunError};
use edge::view::{SyncRunResponse, SyncStartedResponse};
use edge::{Answer, ApiError, Call, Route};

use crate::context::Context;

/// Answers a call.
pub async fn handle(context: &Context, call: Call) -> Result<Answer, ApiError> {
    match &call.route {
        Route::Sync => start(context, &call).await,
        Route::SyncRun(id) => show_run(context, id).await,
        _ => Err(ApiError::NotFound("Not found")),
    }
}

async fn start(context: &Context, call: &Call) -> Result<Answer, ApiError> {
    let request = call.json::<SyncRequest>()?.unwrap_or_default();
    let run = NewRun {
        run_id: RunId::of_request(call.now, &call.request_id),
        at: call.now,
        slices: &request.plan(&context.chosen, call.now)?,
        force: request.force,
    };
    let started = sync::begin(&context.store, &context.jobs, run)
        .await
        .map_err(|error| match error {
            StartRunError::Store(error) => error.into(),
            StartRunError::Queue(error) => ApiError::dependency_failed(error, None),
            StartRunError::Name(error) => ApiError::internal(error),
        })?;
    let run_id = started.run_id.as_str();
    Answer::accepted(
        &format!("/external-events/sync/runs/{run_id}/"),
        &SyncStartedResponse {
            run_id,
            slices: started.slices,
        },
    )
}

async fn show_run(context: &Context, id: &RunId) -> Result<Answer, ApiError> {
    match context.store.run(id.as_str()).await? {
        Some(run) => Answer::ok(&SyncRunResponse::from(&run)),
        None => Err(ApiError::NotFound("Sync run not found")),
    }
}
