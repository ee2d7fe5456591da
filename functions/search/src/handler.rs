//! `GET /external-events/search/`.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::search::{SearchQuery, Sort};
use domain::sync::Coverage;
use domain::{EventKey, ExternalEvent, StoredOutline};
use edge::error::chain;
use edge::metric;
use edge::view::{ExternalEventResponse, ImportedEventResponse, SearchResponse};
use edge::{Answer, ApiError, Call, Route};
use futures_util::future::try_join;
use tokio::time::{Instant, timeout_at};

use crate::ask::ask;
use crate::context::Context;
use crate::outcome::{Found, Outcome, all_failed};

/// The part of the time that is kept for what the store knows of the events found: one in so many.
const STORES_PART: u32 = 10;

/// Answers a search: all sources at once, one deadline for the whole.
pub async fn handle(context: &Context, call: Call) -> Result<Answer, ApiError> {
    let Route::Search = call.route else {
        return Err(ApiError::NotFound("Not found"));
    };
    let deadline = Instant::now() + context.settings.deadline;
    let sources_deadline = deadline - context.settings.deadline / STORES_PART;
    let query = SearchQuery::read(call.query())?;
    let mut outcomes = ask(context, &query, call.now, sources_deadline).await;
    for outcome in &outcomes {
        metric::cache_answer(outcome.source, outcome.state);
    }
    if let Some(error) = all_failed(&outcomes) {
        context.providers.report_calls().await;
        return Err(error);
    }
    let events = merge(&mut outcomes, query.filter.sort, query.filter.size);
    let (stored, (), _) = tokio::join!(
        stored(context, &events, call.now, deadline),
        context.answers.flush(&context.store, deadline),
        timeout_at(deadline, context.providers.report_calls())
    );
    let imports_known = stored.is_some();
    let shown: Vec<_> = events.iter().map(|found| show(found, stored.as_ref())).collect();
    let count = |source| shown.iter().filter(|event| event.source == source).count();
    Answer::ok(&SearchResponse {
        total_count: shown.len(),
        imported_events: shown.iter().filter_map(imported).collect(),
        imports_known,
        sources: outcomes
            .iter()
            .map(|outcome| (outcome.source, outcome.report(count(outcome.source))))
            .collect(),
        events: shown,
    })
}

/// What the store knows of events, and until when that is known to be right.
struct Stored {
    outlines: HashMap<EventKey, StoredOutline>,
    coverage: Coverage,
}

/// What the store knows of `events`; nothing if it does not say by `deadline`: what the sources found is worth telling all
/// the same.
async fn stored(
    context: &Context,
    events: &[Found],
    now: DateTime<Utc>,
    deadline: Instant,
) -> Option<Stored> {
    let unread = events.iter().filter(|found| found.stored.is_none());
    let keys: Vec<EventKey> = unread.map(|found| found.event.key.clone()).collect();
    let both = try_join(context.store.outlines(&keys), context.syncs.coverage(now));
    let error = match timeout_at(deadline, both).await {
        Ok(Ok((outlines, coverage))) => return Some(Stored { outlines, coverage }),
        Ok(Err(error)) => Some(error),
        Err(_) => None,
    };
    let error = error.as_ref().map(|error| chain(error));
    tracing::error!(error, "what is imported of the events found is not known in time");
    None
}

/// One list of at most `size` events: by start time, or the sources taking turns with what they find most relevant.
/// A source that shows an event twice shows it once here.
fn merge(outcomes: &mut [Outcome], sort: Sort, size: u32) -> Vec<Found> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let mut lists: Vec<_> = outcomes
        .iter_mut()
        .map(|outcome| std::mem::take(&mut outcome.events).into_iter())
        .collect();
    let mut events: Vec<Found> = Vec::new();
    let mut seen = HashSet::new();
    loop {
        let turn: Vec<_> = lists.iter_mut().filter_map(Iterator::next).collect();
        if turn.is_empty() {
            break;
        }
        events.extend(
            turn.into_iter()
                .filter(|found| seen.insert(found.event.key.clone())),
        );
    }
    if sort == Sort::Date {
        events.sort_by(|one, other| ExternalEvent::by_start(&one.event, &other.event));
    }
    events.truncate(size);
    events
}

/// An event as its source tells it, with what only the store knows.
fn show<'a>(found: &'a Found, stored: Option<&Stored>) -> ExternalEventResponse<'a> {
    let event = &found.event;
    let known = stored.and_then(|stored| {
        let outline = found
            .stored
            .as_ref()
            .or_else(|| stored.outlines.get(&event.key))?;
        Some((outline, &stored.coverage))
    });
    match known {
        Some((outline, coverage)) => ExternalEventResponse::known(event, outline, coverage),
        None => ExternalEventResponse::live(event),
    }
}

fn imported<'a>(event: &ExternalEventResponse<'a>) -> Option<ImportedEventResponse<'a>> {
    let local_event = event.imported_event.as_ref()?.local_event_id.into();
    Some(ImportedEventResponse {
        source: event.source,
        external_id: event.external_id,
        local_event,
    })
}
