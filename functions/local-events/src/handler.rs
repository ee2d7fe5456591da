//! What becomes of a local event after its import, one route each.

use domain::{
    AuditAction, AuditEntry, Content, ContentField, Edit, FieldChange, FieldErrors, LocalEvent, LocalEventId,
    Review, StoredEvent,
};
use edge::view::{ChangesResponse, HistoryResponse, LocalEventResponse};
use edge::{Answer, ApiError, Call, Role, Route};
use http::StatusCode;
use serde::Deserialize;
use storage::Replaced;

use crate::context::Context;

/// How often something else may be written between reading and writing before the caller is asked to try again.
const ATTEMPTS: usize = 4;

/// Answers a call; routes of other functions, which do not come here, are unknown here.
pub async fn handle(context: &Context, call: Call) -> Result<Answer, ApiError> {
    match &call.route {
        Route::EditLocalEvent(id) => edit(context, &call, *id).await,
        Route::WithdrawLocalEvent(id) => withdraw(context, &call, *id).await,
        Route::Changes(id) => changes(context, &call, *id).await,
        Route::ReviewChanges(id) => review(context, &call, *id).await,
        Route::History(id) => history(context, *id).await,
        _ => Err(ApiError::NotFound("Not found")),
    }
}

const NOT_FOUND: ApiError = ApiError::NotFound("Event not found");

async fn current(context: &Context, id: LocalEventId) -> Result<LocalEvent, ApiError> {
    context.store.current_local_event(id).await?.ok_or(NOT_FOUND)
}

/// The external event that a local one was made from; an imported event never expires.
async fn source(context: &Context, event: &LocalEvent) -> Result<StoredEvent, ApiError> {
    let key = &event.content.external;
    let stored = context.store.event(key).await?;
    stored.ok_or_else(|| ApiError::internal(format!("{key} is imported and not stored")))
}

fn entry(call: &Call, action: AuditAction, changes: Vec<FieldChange>) -> Result<AuditEntry, ApiError> {
    Ok(AuditEntry {
        action,
        by: call.caller()?.id.to_string(),
        at: call.now,
        changes,
    })
}

/// Changes the event that the caller has read, and no other.
async fn edit(context: &Context, call: &Call, id: LocalEventId) -> Result<Answer, ApiError> {
    let edit = call.json::<Edit>()?.filter(|edit| !edit.is_empty());
    let edit = edit.ok_or_else(|| FieldErrors::of("body", "must name at least one field"))?;
    for _ in 0..ATTEMPTS {
        let event = current(context, id).await?;
        let shown = Answer::ok(&LocalEventResponse::from(&event))?;
        if !shown.is_read_by(call)? {
            return Err(ApiError::PreconditionRequired);
        }
        let edited = event.edited(&edit, call.now)?;
        if edited.content == event.content {
            return shown.tagged();
        }
        let changes = FieldChange::between(&event.content.content(), &edited.content.content());
        let entry = entry(call, AuditAction::Edited, changes)?;
        if context.store.replace_local_event(&edited, &[entry]).await? == Replaced::Done {
            tracing::info!(local_event.id = %id, "edited");
            return Answer::ok(&LocalEventResponse::from(&edited))?.tagged();
        }
    }
    Err(ApiError::OutOfTime)
}

/// Takes an import back, by whoever made it or an admin.
async fn withdraw(context: &Context, call: &Call, id: LocalEventId) -> Result<Answer, ApiError> {
    let caller = call.caller()?;
    for _ in 0..ATTEMPTS {
        let event = current(context, id).await?;
        if event.created_by != caller.id.as_str() && !caller.is(Role::Admin) {
            return Err(ApiError::Forbidden);
        }
        Answer::ok(&LocalEventResponse::from(&event))?.is_read_by(call)?;
        let stored = source(context, &event).await?;
        let entry = entry(call, AuditAction::Withdrawn, Vec::new())?;
        if context.store.withdraw(&event, &stored, &entry).await? == Replaced::Done {
            tracing::info!(local_event.id = %id, event.key = %stored.event.key, "withdrawn");
            return Ok(Answer::empty(StatusCode::NO_CONTENT));
        }
    }
    Err(ApiError::OutOfTime)
}

async fn changes(context: &Context, call: &Call, id: LocalEventId) -> Result<Answer, ApiError> {
    let event = current(context, id).await?;
    let stored = source(context, &event).await?;
    pending(&event, &stored)?.revalidated(call)
}

fn pending(event: &LocalEvent, stored: &StoredEvent) -> Result<Answer, ApiError> {
    let changes = event.pending_changes(&Content::of(&stored.event));
    Answer::ok(&ChangesResponse::new(event.id, stored.event.status, &changes))
}

/// What an organizer decides.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ReviewRequest {
    accept: Vec<ContentField>,
    reject: Vec<ContentField>,
}

async fn review(context: &Context, call: &Call, id: LocalEventId) -> Result<Answer, ApiError> {
    let ReviewRequest { accept, reject } = call.json()?.unwrap_or_default();
    if accept.is_empty() && reject.is_empty() {
        return Err(FieldErrors::of("body", "must accept or reject at least one field").into());
    }
    let review = Review {
        accept: accept.into_iter().collect(),
        reject: reject.into_iter().collect(),
    };
    for _ in 0..ATTEMPTS {
        let event = current(context, id).await?;
        let stored = source(context, &event).await?;
        pending(&event, &stored)?.is_read_by(call)?;
        let source = Content::of(&stored.event);
        let reviewed = event.reviewed(&review, &source, call.now)?;
        let local = event.content.content();
        let decisions = [
            (AuditAction::Accepted, &review.accept),
            (AuditAction::Rejected, &review.reject),
        ];
        let entries = decisions
            .into_iter()
            .filter(|(_, fields)| !fields.is_empty())
            .map(|(action, fields)| {
                let change = |&field| FieldChange {
                    field,
                    before: local.value(field),
                    after: source.value(field),
                };
                entry(call, action, fields.iter().map(change).collect())
            })
            .collect::<Result<Vec<_>, _>>()?;
        if context.store.replace_local_event(&reviewed, &entries).await? == Replaced::Done {
            tracing::info!(local_event.id = %id, "reviewed");
            return pending(&reviewed, &stored)?.tagged();
        }
    }
    Err(ApiError::OutOfTime)
}

/// The decisions about an event, also about one that was withdrawn.
async fn history(context: &Context, id: LocalEventId) -> Result<Answer, ApiError> {
    let entries = context.store.history(id).await?;
    if entries.is_empty() {
        return Err(NOT_FOUND);
    }
    Answer::ok(&HistoryResponse::from(entries.as_slice()))
}
