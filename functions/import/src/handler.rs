//! `POST /external-events/{source}/{external_id}/import/`.

use domain::import::{ImportOverrides, draft};
use domain::{EventKey, ExternalEvent, LocalEvent, StoredEvent};
use edge::view::ImportResponse;
use edge::{Answer, ApiError, Call, Route};
use storage::{Basis, ImportOutcome, NewImport};

use crate::context::Context;

/// How often an event may change between validation and import before the caller is asked to try again: a sync
/// rewrites an event at most once a run, so that a second change in a row is already a rarity.
const ATTEMPTS: usize = 3;

/// What the caller learns of an event that neither the store nor its source knows.
const NOT_FOUND: &str = "External event not found";

/// Answers an import.
pub async fn handle(context: &Context, call: Call) -> Result<Answer, ApiError> {
    let Route::Import(key) = &call.route else {
        return Err(ApiError::NotFound("Not found"));
    };
    let overrides = call.json::<ImportOverrides>()?.unwrap_or_default();
    let event = import(context, &call, key, &overrides).await?;
    tracing::info!(event.key = %key, local_event.id = %event.id, "imported");
    Answer::created(event.id, &ImportResponse::from(event.id))
}

async fn import(
    context: &Context,
    call: &Call,
    key: &EventKey,
    overrides: &ImportOverrides,
) -> Result<LocalEvent, ApiError> {
    for _ in 0..ATTEMPTS {
        let found = find(context, key).await?;
        if let Found::Stored(StoredEvent {
            import: Some(import), ..
        }) = &found
        {
            return Err(ApiError::AlreadyImported(import.local_event_id));
        }
        let draft = draft(found.event(), overrides, call.now).map_err(ApiError::ValidationFailed)?;
        let import = NewImport {
            basis: found.basis(),
            draft,
            created_by: call.caller()?.id.to_string(),
            now: call.now,
        };
        match context.store.import(import).await? {
            ImportOutcome::Imported(event) => return Ok(event),
            ImportOutcome::AlreadyImported(id) => return Err(ApiError::AlreadyImported(id)),
            ImportOutcome::Changed => {}
        }
    }
    Err(ApiError::Unavailable { retry_after: None })
}

/// The event as it was found, and where.
enum Found {
    Stored(StoredEvent),
    Fetched(ExternalEvent),
}

impl Found {
    fn event(&self) -> &ExternalEvent {
        match self {
            Self::Stored(stored) => &stored.event,
            Self::Fetched(event) => event,
        }
    }

    fn basis(&self) -> Basis<'_> {
        match self {
            Self::Stored(stored) => Basis::Stored(stored),
            Self::Fetched(event) => Basis::Fetched(event),
        }
    }
}

async fn find(context: &Context, key: &EventKey) -> Result<Found, ApiError> {
    if let Some(stored) = context.store.event(key).await? {
        return Ok(Found::Stored(stored));
    }
    match context.providers.event(key).await? {
        Some(event) => Ok(Found::Fetched(event)),
        None => Err(ApiError::NotFound(NOT_FOUND)),
    }
}
