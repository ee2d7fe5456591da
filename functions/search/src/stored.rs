//! Searching the store, for sources that have no search of the kind asked for.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Days, Months, Utc};
use domain::browse::{BrowseQuery, MAX_PAGE_SIZE};
use domain::search::SearchFilter;
use domain::text::fold;
use domain::{EventStatus, ExternalEvent, Source, Venue};
use edge::error::chain;
use edge::view::SourceState;
use futures_util::future::try_join;
use providers::http::HttpError;
use storage::StorageError;
use tokio::time::{Instant, timeout_at};

use crate::context::Context;
use crate::outcome::{Found, Outcome};

/// How far ahead is searched when the caller does not say, in days: as far as a sync reads, and a bit.
const DAYS_AHEAD: u64 = 120;

/// How far ahead is searched at most, in months: the store has a partition a month.
const MAX_MONTHS: u32 = 18;

/// The most pages read of the store: some 1,000 events of a source.
const MAX_PAGES: usize = 10;

/// The outcome of searching what is stored of `source`, not later than `deadline`.
pub(crate) async fn find(
    context: &Context,
    source: Source,
    filter: &SearchFilter,
    now: DateTime<Utc>,
    deadline: Instant,
) -> Outcome {
    let started = Instant::now();
    let both = try_join(read(context, source, filter, now), age(context, source, now));
    let ((events, total), age) = match timeout_at(deadline, both).await {
        Ok(Ok(found)) => found,
        failed => {
            let error = failed.ok().and_then(Result::err);
            let error = error.as_ref().map(|error| chain(error));
            tracing::error!(provider.name = %source, error, "what is stored could not be searched");
            return Outcome::failed(source, &HttpError::Timeout.into(), started.elapsed());
        }
    };
    Outcome {
        source,
        events,
        total,
        state: SourceState::Stored,
        age,
        latency: started.elapsed(),
        retry_after: None,
    }
}

/// The first events that meet `filter`, and how many do where all were seen.
async fn read(
    context: &Context,
    source: Source,
    filter: &SearchFilter,
    now: DateTime<Utc>,
) -> Result<(Vec<Found>, Option<u64>), StorageError> {
    let query = query(source, filter, now);
    let wanted = Wanted::of(filter);
    let size = filter.size as usize;
    let mut events = Vec::new();
    let mut position = None;
    for _ in 0..MAX_PAGES {
        let page = context.store.browse(&query, position.as_ref()).await?;
        let found = page
            .events
            .into_iter()
            .filter(|stored| wanted.admits(&stored.event));
        events.extend(found.map(|stored| Found {
            stored: Some(stored.outline()),
            event: Arc::new(stored.event),
        }));
        position = page.next;
        if position.is_none() || events.len() > size {
            break;
        }
    }
    let total = position.is_none().then_some(events.len() as u64);
    events.truncate(size);
    Ok((events, total))
}

fn query(source: Source, filter: &SearchFilter, now: DateTime<Utc>) -> BrowseQuery {
    let from = filter.from.unwrap_or(now);
    let latest = from.checked_add_months(Months::new(MAX_MONTHS)).unwrap_or(from);
    let to = filter.to.unwrap_or_else(|| from + Days::new(DAYS_AHEAD));
    BrowseQuery {
        source: Some(source),
        city: filter.city.as_deref().map(fold).filter(|city| !city.is_empty()),
        category: filter.category,
        from,
        to: to.min(latest),
        status: None,
        imported: None,
        page_size: MAX_PAGE_SIZE,
        page_token: None,
    }
}

/// What the store's indexes do not answer.
struct Wanted<'a> {
    /// The words of the text, folded; none for a text such as `*`, which everything meets.
    words: Vec<String>,
    filter: &'a SearchFilter,
}

impl<'a> Wanted<'a> {
    fn of(filter: &'a SearchFilter) -> Self {
        let words = fold(filter.text.as_str());
        let words = words
            .split(' ')
            .filter(|word| word.contains(char::is_alphanumeric));
        Self {
            words: words.map(str::to_owned).collect(),
            filter,
        }
    }

    /// Whether every word occurs in title, venue or performers, and the place is certain to fit: unlike a source that
    /// filtered before it answered, the store has events of anywhere.
    fn admits(&self, event: &ExternalEvent) -> bool {
        let Venue {
            country, coordinates, ..
        } = &event.venue;
        let filter = self.filter;
        !matches!(event.status, EventStatus::Ended | EventStatus::Removed)
            && filter.admits(event)
            && filter.country.is_none_or(|wanted| *country == Some(wanted))
            && filter
                .near
                .is_none_or(|near| coordinates.is_some_and(|place| near.contains(place)))
            && self.is_named_by(event)
    }

    fn is_named_by(&self, event: &ExternalEvent) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let mut text = fold(&event.title);
        for name in std::iter::once(&event.venue.name).chain(&event.performers) {
            text.push(' ');
            text.push_str(&fold(name));
        }
        self.words.iter().all(|word| text.contains(word.as_str()))
    }
}

/// How long ago the slice of `source` was synced that was not synced for longest.
async fn age(context: &Context, source: Source, now: DateTime<Utc>) -> Result<Duration, StorageError> {
    let syncs = context.syncs.latest(now).await?;
    let successes = syncs
        .iter()
        .filter(|sync| sync.source == source)
        .filter_map(|sync| sync.last_success);
    let age = successes
        .min()
        .map(|oldest| (now - oldest).to_std().unwrap_or_default());
    Ok(age.unwrap_or_default())
}
