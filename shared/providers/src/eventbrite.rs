//! Eventbrite API v3: no public search; events by id, organization, organizer, venue and series.

mod category;
mod event;
mod query;
mod wire;

use ::http::StatusCode;
use bytes::Bytes;
use domain::import::MAX_DESCRIPTION_LENGTH;
use domain::sync::{SliceCategory, Window};
use domain::{ExternalEvent, ExternalEventCategory, ExternalId};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::base_url::BaseUrl;
use crate::document::{self, Format, Listing};
use crate::error::{Fault, ProviderError};
use crate::http::{Answer, Call, Credentials, Http, Limits};
use crate::lenient::Object;
use crate::markup;
use crate::page::{More, Place, SearchPage, Skipped, SlicePage};
use crate::verdict::{self, judge, required};

/// How Eventbrite is reached.
#[derive(Debug, Clone)]
pub struct Config {
    /// `https://www.eventbriteapi.com/v3/`, or an imitation.
    pub base_url: BaseUrl,
    /// A private token. The API key is none.
    pub token: SecretString,
}

/// Reads an answer that lists events. Series' parents and drafts are passed over.
pub fn parse_events(body: &[u8]) -> Result<SearchPage, ProviderError> {
    Ok(document::parse_page::<Json>(body)?)
}

/// Reads the answer of `GET /events/{id}/`; `None` for the parent of a series and for a draft.
pub fn parse_event(body: &[u8]) -> Result<Option<ExternalEvent>, ProviderError> {
    let text = document::text(body);
    let wire: Object<wire::Event<'_>> = document::read(&text)?;
    if !event::is_listed(&wire) {
        return Ok(None);
    }
    let event = event::event(&wire).map_err(|_| Fault::Shape)?;
    Ok(Some(event))
}

struct Json;

impl Format for Json {
    type Event<'de> = wire::Event<'de>;
    type Page<'de, E: Deserialize<'de> + Default> = wire::Page<'de, E>;

    fn listing<'de, E: Deserialize<'de> + Default>(page: wire::Page<'de, E>) -> Option<Listing<E>> {
        let total = page.pagination.object_count.count();
        let more = more(&page.pagination);
        let events = page.events;
        events.is_list().then_some(Listing { events, total, more })
    }

    fn is_listed(wire: &wire::Event<'_>) -> bool {
        event::is_listed(wire)
    }

    fn event(wire: &wire::Event<'_>) -> Result<ExternalEvent, Skipped> {
        event::event(wire)
    }
}

/// Whether a page follows is in the flag: the token may be there without one.
fn more(pagination: &wire::Pagination<'_>) -> Option<More> {
    let token = pagination.continuation.get();
    let more = token.map_or(More::Number, |token| More::Token(token.to_owned()));
    pagination.has_more_items.0.then_some(more)
}

/// The most pages read of a slice: 10,000 events.
const MAX_SLICE_PAGES: u32 = 200;

/// The most pages of categories read: the 197 subcategories are on 4.
const MAX_CATEGORY_PAGES: u32 = 20;

/// How many descriptions are fetched at once.
const CONCURRENCY: usize = 4;

/// Eventbrite, ready to be called.
pub(crate) struct Client<'a> {
    pub(crate) config: &'a Config,
    pub(crate) http: &'a Http,
}

impl Client<'_> {
    /// An event that only its organizer may see is none.
    pub(crate) async fn event(
        &self,
        id: &ExternalId,
        limits: Limits,
    ) -> Result<Option<ExternalEvent>, ProviderError> {
        let url = self.config.base_url.join(["events", id.as_str(), ""]);
        let body = match self.get_expanded(&url, limits).await {
            Err(ProviderError::Refused { status: 403, .. }) => return Ok(None),
            answer => answer?,
        };
        match body.map(|body| parse_event(&body)).transpose()?.flatten() {
            Some(event) => self.described(event, limits).await.map(Some),
            None => Ok(None),
        }
    }

    /// A page of a slice, each event with its whole description: one call for the page and one an event.
    pub(crate) async fn slice_page(
        &self,
        category: &SliceCategory,
        window: Window,
        place: Place<'_>,
        limits: Limits,
    ) -> Result<SlicePage, ProviderError> {
        let url = query::slice(&self.config.base_url, category, window, place)?;
        let found = parse_events(&required(self.get_expanded(&url, limits).await?)?)?;
        let beyond = |event: &ExternalEvent| event.earliest_start().is_some_and(|start| start > window.to);
        // They come by start time: behind one after the window there is nothing for it.
        let is_past_end = found.events.last().is_some_and(beyond);
        let mut page = SlicePage::told(found, place.page, MAX_SLICE_PAGES);
        if is_past_end {
            page.end();
        }
        page.events.retain(|event| {
            let has_begun = event.latest_start().is_some_and(|start| start < window.from);
            !has_begun && !beyond(event)
        });
        let events = stream::iter(page.events)
            .map(|event| self.described(event, limits))
            .buffered(CONCURRENCY);
        page.events = events.try_collect().await?;
        Ok(page)
    }

    pub(crate) async fn categories(
        &self,
        limits: Limits,
    ) -> Result<Vec<ExternalEventCategory>, ProviderError> {
        let mut categories = self.list("categories", limits).await?;
        if categories.is_empty() {
            return Err(Fault::Shape.into());
        }
        categories.extend(self.list("subcategories", limits).await?);
        Ok(ExternalEventCategory::unique(categories))
    }

    /// All pages of a list of categories.
    async fn list(&self, route: &str, limits: Limits) -> Result<Vec<ExternalEventCategory>, ProviderError> {
        let mut categories = Vec::new();
        let mut token = None;
        for page in 0..MAX_CATEGORY_PAGES {
            let mut url = self.config.base_url.join([route, ""]);
            let place = Place {
                page,
                token: token.as_deref(),
            };
            query::go_on(&mut url, place);
            let body = required(self.get(url, limits).await?)?;
            let list: Object<wire::Categories<'_>> = serde_json::from_slice(&body).map_err(Fault::from)?;
            let items = list.categories.items();
            categories.extend(items.iter().filter_map(|one| category::own(one)));
            token = match more(&list.pagination) {
                Some(_) if items.is_empty() => break,
                Some(More::Token(token)) => Some(token),
                Some(More::Number) => None,
                None => break,
            };
        }
        Ok(categories)
    }

    /// The event with its whole description, of which it carries a summary only. Without one the summary stays.
    async fn described(
        &self,
        mut event: ExternalEvent,
        limits: Limits,
    ) -> Result<ExternalEvent, ProviderError> {
        let id = event.key.id.as_str();
        let url = self.config.base_url.join(["events", id, "description", ""]);
        let body = match self.get(url, limits).await {
            Err(ProviderError::Refused { .. }) => None,
            answer => answer?,
        };
        if let Some(body) = body {
            let wire: Object<wire::Description<'_>> = serde_json::from_slice(&body).map_err(Fault::from)?;
            let text = markup::to_text(wire.description.get().unwrap_or_default());
            let text = domain::text::clean_to(&text, MAX_DESCRIPTION_LENGTH);
            if !text.is_empty() {
                event.description = text;
            }
        }
        Ok(event)
    }

    /// Asks with all expansions, and with fewer where one of them breaks the call.
    async fn get_expanded(&self, url: &Url, limits: Limits) -> Result<Option<Bytes>, ProviderError> {
        let mut failed = None;
        for expansions in query::EXPANSIONS {
            let mut url = url.clone();
            if !expansions.is_empty() {
                url.query_pairs_mut().append_pair("expand", expansions);
            }
            let answer = self.send(url, limits).await?;
            let is_broken = answer.status == StatusCode::INTERNAL_SERVER_ERROR
                && verdict::code(&answer.body).as_deref() == Some("EXPANSION_FAILED");
            if !is_broken {
                return read(answer);
            }
            failed = Some(answer);
        }
        failed.map_or(Ok(None), read)
    }

    async fn get(&self, url: Url, limits: Limits) -> Result<Option<Bytes>, ProviderError> {
        read(self.send(url, limits).await?)
    }

    async fn send(&self, url: Url, limits: Limits) -> Result<Answer, ProviderError> {
        let call = Call {
            name: "eventbrite",
            url,
            credentials: Credentials::Bearer(&self.config.token),
            limits,
        };
        Ok(self.http.get(&call).await?)
    }
}

/// Here 403 is about what was asked for, not about who asks; and what has moved (merged accounts) is gone.
fn read(answer: Answer) -> Result<Option<Bytes>, ProviderError> {
    match answer.status {
        StatusCode::MOVED_PERMANENTLY => Ok(None),
        StatusCode::FORBIDDEN if !answer.is("html") => Err(ProviderError::Refused {
            status: answer.status.as_u16(),
            code: verdict::code(&answer.body),
        }),
        _ => judge(answer, |_| false),
    }
}
