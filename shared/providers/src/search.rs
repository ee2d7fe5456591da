//! A search of one provider, page by page.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use domain::search::SearchFilter;
use domain::{EventKey, ExternalEvent, Source};

use crate::error::{Fault, ProviderError};
use crate::page::{More, Place, SearchPage, Skipped, is_cut_off};
use crate::provider::Providers;

/// The most pages that one search asks for: somebody waits for it, and each takes from the provider's budget.
const MAX_PAGES: u32 = 4;

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Findings {
    /// The events that meet the filter, each once, in the provider's order.
    pub events: Vec<ExternalEvent>,
    /// What could not be read.
    pub skipped: Vec<Skipped>,
    /// How many events there are for this search: exact where all of them were seen, else with what the provider says
    /// is still unread, of which an unknown part does not meet what is filtered by here alone.
    pub total: Option<u64>,
    /// Whether every page that was asked for came.
    pub is_whole: bool,
}

/// A search under way. A page that leaves fewer events than are wanted, because of what was filtered here, is no
/// reason to come with fewer while the provider has more.
#[derive(Debug)]
pub struct Search<'a> {
    providers: &'a Providers,
    source: Source,
    filter: &'a SearchFilter,
    now: DateTime<Utc>,
    pages: u32,
    rest: Rest,
    keys: HashSet<EventKey>,
    events: Vec<ExternalEvent>,
    skipped: Vec<Skipped>,
}

impl<'a> Search<'a> {
    pub(crate) fn new(
        providers: &'a Providers,
        source: Source,
        filter: &'a SearchFilter,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            providers,
            source,
            filter,
            now,
            pages: 0,
            rest: Rest::first(),
            keys: HashSet::new(),
            events: Vec::new(),
            skipped: Vec::new(),
        }
    }

    /// Whether a page has come.
    pub const fn has_begun(&self) -> bool {
        self.pages > 0
    }

    /// Whether fewer events are there than the filter wants, and another page may have them.
    pub fn wants_more(&self) -> bool {
        let is_short = self.events.len() < self.filter.size as usize;
        is_short && self.pages < MAX_PAGES && matches!(self.rest, Rest::Follows { .. })
    }

    /// Reads the next page, at first the first. After a failure the same page can be asked for again.
    ///
    /// A provider that has no search for this answers [`ProviderError::NotSearchable`], without a call.
    pub async fn read_on(&mut self) -> Result<(), ProviderError> {
        let Rest::Follows { page, token, .. } = &self.rest else {
            return Ok(());
        };
        let place = Place {
            page: *page,
            token: token.as_deref(),
        };
        let call = self
            .providers
            .search_page(self.source, self.filter, place, self.now);
        let (page, rest) = call.await?;
        self.pages += 1;
        self.rest = rest;
        self.skipped.extend(page.skipped);
        for event in page.events {
            // Pages overlap: at Meetup always, elsewhere when events come and go between two of them.
            if self.filter.admits(&event) && self.keys.insert(event.key.clone()) {
                self.events.push(event);
            }
        }
        Ok(())
    }

    /// What was found.
    pub fn finish(self) -> Findings {
        let seen = (self.events.len() + self.skipped.len()) as u64;
        Findings {
            total: match self.rest {
                Rest::Nothing => Some(seen),
                Rest::Follows { events, .. } => events.map(|events| seen + events),
            },
            events: self.events,
            skipped: self.skipped,
            is_whole: true,
        }
    }
}

/// What a search has not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Nothing.
    Nothing,
    /// A page.
    Follows {
        /// Its number, counted from 0.
        page: u32,
        /// The token to ask for it with, at providers that give one.
        token: Option<String>,
        /// How many events there are from it on, if the provider says so.
        events: Option<u64>,
    },
}

impl Rest {
    /// Everything.
    const fn first() -> Self {
        Self::Follows {
            page: 0,
            token: None,
            events: None,
        }
    }

    /// What follows page `number` of `size` events, at a provider that numbers its pages.
    ///
    /// Unlike a sync, which must miss nothing, a search takes a page that is not full for the last, whatever total it
    /// claims; and a full one for the last only if the total says just that.
    pub(crate) fn numbered(number: u32, size: u32, found: &SearchPage) -> Result<Self, Fault> {
        let before = u64::from(number) * u64::from(size);
        let count = found.events.len() + found.skipped.len();
        if is_cut_off(before, count, found.total) {
            return Err(Fault::Truncated);
        }
        let listed = before + count as u64;
        let is_last = count < size as usize || found.total == Some(listed);
        Ok(if is_last {
            Self::Nothing
        } else {
            Self::Follows {
                page: number + 1,
                token: None,
                events: found.total.and_then(|total| total.checked_sub(listed)),
            }
        })
    }

    /// What follows page `number` of about `size` events, at a provider that says so itself.
    pub(crate) fn told(number: u32, size: u32, found: &SearchPage) -> Self {
        let Some(more) = &found.more else {
            return Self::Nothing;
        };
        let listed = u64::from(number) * u64::from(size) + (found.events.len() + found.skipped.len()) as u64;
        Self::Follows {
            page: number + 1,
            token: match more {
                More::Number => None,
                More::Token(token) => Some(token.clone()),
            },
            events: found.total.and_then(|total| total.checked_sub(listed)),
        }
    }
}
