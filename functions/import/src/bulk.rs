//! Many imports at once, none of which is the others' concern.

use std::collections::HashSet;
use std::time::Duration;

use domain::{EventKey, ExternalId, FieldErrors, LocalEventId, Source};
use edge::ApiError;
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::order::{Found, Order};

/// The most events of one request: the contract's limit, and that of one batch read.
const MAX_EVENTS: usize = 100;

/// How many providers' answers are waited for at once: what their limits of calls a second bear.
const CALLS: usize = 8;

/// How many transactions are under way at once.
const WRITES: usize = 16;

/// What stays of the function's time for the answer.
const RESERVE: Duration = Duration::from_millis(1500);

/// The part of the time, in percent, that finding the events may take; the rest is for writing.
const FINDING: u32 = 70;

/// The body of a bulk import.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulkImportRequest {
    /// The events, each read by itself, so that one that makes no sense spoils no other.
    events: Vec<Value>,
}

/// An event as the caller names it, and what is meant by that.
pub(crate) struct Entry {
    pub(crate) source: String,
    pub(crate) external_id: String,
    pub(crate) key: Result<EventKey, FieldErrors>,
}

impl BulkImportRequest {
    /// The events, each once, in the order of their first mention.
    pub(crate) fn entries(self) -> Result<Vec<Entry>, FieldErrors> {
        if !(1..=MAX_EVENTS).contains(&self.events.len()) {
            let rule = format_args!("must have 1 to {MAX_EVENTS} entries");
            return Err(FieldErrors::of("events", rule));
        }
        let mut seen = HashSet::new();
        let entries = self.events.into_iter().map(Entry::from);
        Ok(entries
            .filter(|entry| {
                entry.key.is_err() || seen.insert((entry.source.clone(), entry.external_id.clone()))
            })
            .collect())
    }
}

impl From<Value> for Entry {
    fn from(value: Value) -> Self {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Named {
            source: String,
            external_id: String,
        }
        let text = |name| {
            value
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let (source, external_id) = (text("source"), text("external_id"));
        let key = match serde_json::from_value::<Named>(value) {
            Ok(named) => event_key(&named.source, &named.external_id),
            Err(rule) => Err(FieldErrors::of("event", rule)),
        };
        Self {
            source,
            external_id,
            key,
        }
    }
}

fn event_key(source: &str, external_id: &str) -> Result<EventKey, FieldErrors> {
    let mut errors = FieldErrors::new();
    let source = errors.check("source", source.parse::<Source>());
    let id = errors.check("external_id", external_id.parse::<ExternalId>());
    source
        .zip(id)
        .map(|(source, id)| EventKey::new(source, id))
        .ok_or(errors)
}

/// By when what is done.
pub(crate) struct Schedule {
    found: Instant,
    written: Instant,
}

impl Schedule {
    /// The schedule of a function that has this much time.
    pub(crate) fn of(time: Duration) -> Self {
        let time = time.saturating_sub(RESERVE);
        let now = Instant::now();
        Self {
            found: now + time * FINDING / 100,
            written: now + time,
        }
    }
}

/// Finds the events of `entries`: one batch read, and a bounded number of calls at once for what is not stored.
pub(crate) async fn find(
    order: Order<'_>,
    entries: &[Entry],
    schedule: &Schedule,
) -> Result<Vec<Result<Found, ApiError>>, ApiError> {
    let keys: Vec<EventKey> = entries
        .iter()
        .filter_map(|entry| entry.key.clone().ok())
        .collect();
    let mut stored = order.context.store.events(&keys).await?;
    let found = entries.iter().map(|entry| {
        let stored = entry.key.as_ref().ok().and_then(|key| stored.remove(key));
        async move {
            match (stored, &entry.key) {
                (Some(stored), _) => Ok(Found::Stored(stored)),
                (None, Ok(key)) => in_time(schedule.found, order.fetch(key)).await,
                (None, Err(errors)) => Err(ApiError::BadRequest(errors.clone())),
            }
        }
    });
    let found: Vec<_> = found.collect();
    Ok(stream::iter(found).buffered(CALLS).collect().await)
}

/// Imports what can be, in the order of `entries`. All ids are drawn in one step.
pub(crate) async fn import(
    order: Order<'_>,
    entries: &[Entry],
    schedule: &Schedule,
) -> Result<Vec<Result<LocalEventId, ApiError>>, ApiError> {
    let found = find(order, entries, schedule).await?;
    let checked: Vec<_> = found
        .into_iter()
        .map(|found| {
            let found = found?;
            let draft = order.check(&found)?;
            Ok((found, draft))
        })
        .collect();
    let ready = checked.iter().filter(|one| one.is_ok()).count();
    let mut ids = order.context.ids.draw(ready).await?.into_iter();
    let writes: Vec<_> = entries
        .iter()
        .zip(checked)
        .map(|(entry, checked)| {
            let checked = checked.map(|ready| (ready, ids.next()));
            in_time(schedule.written, write(order, entry, checked))
        })
        .collect();
    Ok(stream::iter(writes).buffered(WRITES).collect().await)
}

type Ready = (Found, domain::LocalEventDraft);

async fn write(
    order: Order<'_>,
    entry: &Entry,
    checked: Result<(Ready, Option<LocalEventId>), ApiError>,
) -> Result<LocalEventId, ApiError> {
    let outcome = match checked {
        Ok(((found, draft), Some(id))) => order.write(&found, draft, id).await.transpose(),
        Ok((_, None)) => Some(Err(ApiError::internal("fewer ids than events"))),
        Err(error) => Some(Err(error)),
    };
    match (outcome, &entry.key) {
        // What a sync changed in the meantime is found and checked again.
        (None, Ok(key)) => order.import(key).await,
        (None, Err(errors)) => Err(ApiError::BadRequest(errors.clone())),
        (Some(outcome), _) => order.settle(outcome).await,
    }
}

/// What is cut off may have been done: asked for again, it is found done.
async fn in_time<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    timeout_at(deadline, work)
        .await
        .unwrap_or(Err(ApiError::OutOfTime))
}
