//! What is stored, one route each.

use domain::browse::BrowseQuery;
use domain::parameter::Parameters;
use domain::search::SourceSet;
use domain::{EventKey, FieldErrors, LocalEventId};
use edge::view::{BrowseResponse, CategoriesResponse, ExternalEventResponse, LocalEventResponse};
use edge::{Answer, ApiError, Call, Route};

use crate::context::Context;

/// Answers a call; routes of other functions, which do not come here, are unknown here.
pub async fn handle(context: &Context, call: Call) -> Result<Answer, ApiError> {
    match &call.route {
        Route::Event(key) => event(context, &call, key).await,
        Route::Browse => browse(context, &call).await,
        Route::Categories => categories(context, &call).await,
        Route::LocalEvent(id) => local_event(context, &call, *id).await,
        Route::OpenApi => Ok(Answer::document(edge::openapi::PUBLISHED)),
        Route::Search
        | Route::Analytics
        | Route::Sync
        | Route::SyncRun(_)
        | Route::Import(_)
        | Route::BulkImport
        | Route::EditLocalEvent(_)
        | Route::WithdrawLocalEvent(_)
        | Route::Changes(_)
        | Route::ReviewChanges(_)
        | Route::History(_) => Err(ApiError::NotFound("Not found")),
    }
}

/// The stored event, else the provider's, else 404.
async fn event(context: &Context, call: &Call, key: &EventKey) -> Result<Answer, ApiError> {
    let store = &context.store;
    let (stored, coverage) = tokio::try_join!(store.event(key), context.syncs.coverage(call.now))?;
    if let Some(stored) = stored {
        return Answer::ok(&ExternalEventResponse::stored(&stored, &coverage))?.revalidated(call);
    }
    let found = context.providers.event(key).await;
    context.providers.report_calls().await;
    match found? {
        Some(event) => Answer::ok(&ExternalEventResponse::live(&event)),
        None => Err(ApiError::NotFound("Event not found")),
    }
}

async fn browse(context: &Context, call: &Call) -> Result<Answer, ApiError> {
    let query = BrowseQuery::read(call.query(), call.now)?;
    let position = query
        .page_token
        .as_deref()
        .map(|token| context.page_tokens.open(token, &query))
        .transpose()
        .map_err(|rule| FieldErrors::of("page_token", rule))?;
    let (page, coverage) = tokio::try_join!(
        context.store.browse(&query, position.as_ref()),
        context.syncs.coverage(call.now)
    )?;
    let shown = page
        .events
        .iter()
        .map(|stored| ExternalEventResponse::stored(stored, &coverage));
    let token = page.next.map(|next| context.page_tokens.seal(&next, &query));
    let answer = Answer::ok(&BrowseResponse {
        events: shown.collect(),
        next_page_token: token.clone(),
    })?;
    match token {
        Some(token) => answer.with_next_page(call, &token),
        None => Ok(answer),
    }
}

async fn categories(context: &Context, call: &Call) -> Result<Answer, ApiError> {
    let mut given = Parameters::read(call.query(), &["source"]);
    let sources = given.parse("source").unwrap_or_else(SourceSet::all);
    let sources = given.finish(Some(sources))?;
    let categories = context.store.categories(&sources).await?;
    Answer::ok(&CategoriesResponse::from(categories.as_slice()))
}

async fn local_event(context: &Context, call: &Call, id: LocalEventId) -> Result<Answer, ApiError> {
    let event = context
        .store
        .local_event(id)
        .await?
        .ok_or(ApiError::NotFound("Event not found"))?;
    Answer::ok(&LocalEventResponse::from(&event))?.revalidated(call)
}
