//! `POST /external-events/{source}/{external_id}/import/` and `POST /external-events/import/`.

use std::time::Duration;

use domain::import::ImportOverrides;
use domain::parameter::Parameters;
use domain::{EventKey, FieldErrors, LocalEventId};
use edge::error::chain;
use edge::view::{BulkImportResponse, ImportResponse, ImportResult, ProposedEvent};
use edge::{Answer, ApiError, Call, Route, answer_once};
use storage::{ImportFailure, ImportFailures};
use tokio::time::timeout;

use crate::bulk::{self, BulkImportRequest, Entry, Schedule};
use crate::context::Context;
use crate::order::{Found, Order};

/// How long counting failures may take: the answer waits for it.
const PATIENCE: Duration = Duration::from_millis(250);

/// Answers an import. A dry run answers what would come of it, and writes nothing.
pub async fn handle(context: &Context, call: Call) -> Result<Answer, ApiError> {
    let mut given = Parameters::read(call.query(), &["dry_run"]);
    let dry_run = given.parse("dry_run").unwrap_or(false);
    let dry_run = given.finish(Some(dry_run))?;
    let answer = match (&call.route, dry_run) {
        (Route::Import(key), true) => preview(context, &call, key).await,
        (Route::BulkImport, true) => bulk(context, &call, true, None).await,
        (Route::Import(key), false) => {
            answer_once(&context.store, &call, async |request| {
                single(context, &call, key, request).await
            })
            .await
        }
        (Route::BulkImport, false) => {
            answer_once(&context.store, &call, async |request| {
                bulk(context, &call, false, request).await
            })
            .await
        }
        _ => Err(ApiError::NotFound("Not found")),
    };
    context.providers.report_calls().await;
    answer
}

async fn single(
    context: &Context,
    call: &Call,
    key: &EventKey,
    request: Option<String>,
) -> Result<Answer, ApiError> {
    let overrides = overrides(call)?;
    let order = order(context, call, &overrides, request.as_deref())?;
    let outcome = order.import(key).await;
    count(context, [&outcome]).await;
    let id = outcome?;
    Answer::created(id, &ImportResponse::from(id))
}

async fn preview(context: &Context, call: &Call, key: &EventKey) -> Result<Answer, ApiError> {
    let overrides = overrides(call)?;
    let order = order(context, call, &overrides, None)?;
    let found = order.find(key).await?;
    let result = previewed(order, key.source.as_str(), key.id.as_str(), &Ok(found));
    Answer::ok(&result)
}

async fn bulk(
    context: &Context,
    call: &Call,
    dry_run: bool,
    request: Option<String>,
) -> Result<Answer, ApiError> {
    let body = call.json::<BulkImportRequest>()?;
    let entries = body
        .ok_or_else(|| FieldErrors::of("events", "must be given"))?
        .entries()?;
    let overrides = ImportOverrides::default();
    let order = order(context, call, &overrides, request.as_deref())?;
    let schedule = Schedule::of(call.time);
    let results: Vec<_> = if dry_run {
        let found = bulk::find(order, &entries, &schedule).await?;
        entries
            .iter()
            .zip(&found)
            .map(|(entry, found)| previewed(order, &entry.source, &entry.external_id, found))
            .collect()
    } else {
        let outcomes = bulk::import(order, &entries, &schedule).await?;
        count(context, &outcomes).await;
        entries
            .iter()
            .zip(&outcomes)
            .map(|(entry, outcome)| imported(entry, outcome))
            .collect()
    };
    let is_final = results.iter().all(|result| result.retry_after.is_none());
    let response = BulkImportResponse::from(results);
    tracing::info!(
        events.imported = response.imported,
        events.failed = response.failed,
        dry_run,
        "imported in bulk"
    );
    let answer = Answer::ok(&response)?;
    Ok(if is_final { answer } else { answer.provisional() })
}

/// Counts imports that failed for analytics; those that were made are counted with the events. Whether that can be
/// counted is nothing to the caller.
async fn count<'a>(
    context: &Context,
    outcomes: impl IntoIterator<Item = &'a Result<LocalEventId, ApiError>>,
) {
    let mut failures = ImportFailures::new();
    for error in outcomes.into_iter().filter_map(|outcome| outcome.as_ref().err()) {
        *failures.entry(failure(error)).or_default() += 1;
    }
    if failures.is_empty() {
        return;
    }
    let counted = timeout(PATIENCE, context.store.count_import_failures(&failures)).await;
    match counted {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(error = chain(&error), "failed imports are not counted"),
        Err(_) => tracing::warn!("failed imports are not counted in time"),
    }
}

const fn failure(error: &ApiError) -> ImportFailure {
    match error {
        ApiError::AlreadyImported(_) => ImportFailure::AlreadyImported,
        ApiError::NotFound(_) => ImportFailure::NotFound,
        ApiError::ValidationFailed(_) => ImportFailure::ValidationFailed,
        ApiError::BadRequest(_) => ImportFailure::Invalid,
        ApiError::RateLimited { .. } => ImportFailure::RateLimited,
        ApiError::Unavailable { .. } | ApiError::DependencyFailed { .. } | ApiError::OutOfTime => {
            ImportFailure::Unavailable
        }
        _ => ImportFailure::Internal,
    }
}

fn overrides(call: &Call) -> Result<ImportOverrides, ApiError> {
    Ok(call.json()?.unwrap_or_default())
}

fn order<'a>(
    context: &'a Context,
    call: &'a Call,
    overrides: &'a ImportOverrides,
    request: Option<&'a str>,
) -> Result<Order<'a>, ApiError> {
    Ok(Order {
        context,
        overrides,
        by: call.caller()?.id.as_str(),
        now: call.now,
        request,
    })
}

fn imported<'a>(entry: &'a Entry, outcome: &Result<LocalEventId, ApiError>) -> ImportResult<'a> {
    if let Err(error) = outcome {
        error.log();
    }
    let outcome = outcome.as_ref().map(|&id| Some(id));
    ImportResult::new(&entry.source, &entry.external_id, outcome)
}

fn previewed<'a>(
    order: Order<'a>,
    source: &'a str,
    external_id: &'a str,
    found: &Result<Found, ApiError>,
) -> ImportResult<'a> {
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            error.log();
            return ImportResult::new(source, external_id, Err(error));
        }
    };
    let checked = order.check(found);
    ImportResult {
        event: Some(ProposedEvent::new(order.proposal(found), order.by)),
        ..ImportResult::new(source, external_id, checked.as_ref().map(|_| None))
    }
}
