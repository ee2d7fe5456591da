//! Ticketmaster Discovery API v2.

mod classification;
mod event;
mod query;
mod wire;

use std::time::Duration;

use ::http::StatusCode;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::search::SearchFilter;
use domain::sync::{Area, SliceCategory, Window};
use domain::{ExternalEvent, ExternalEventCategory, ExternalId};
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::base_url::BaseUrl;
use crate::document::{self, Format, Listing};
use crate::error::{Fault, ProviderError};
use crate::http::{Call, Credentials, Http, Limits};
use crate::lenient::Object;
use crate::page::{SearchPage, Skipped, SlicePage};
use crate::search::Rest;
use crate::verdict::{judge, required};

/// How Ticketmaster is reached.
#[derive(Debug, Clone)]
pub struct Config {
    /// `https://app.ticketmaster.com/discovery/v2/`, or an imitation.
    pub base_url: BaseUrl,
    /// The consumer key.
    pub api_key: SecretString,
}

/// Reads the answer of `GET /events`.
pub fn parse_events(body: &[u8]) -> Result<SearchPage, ProviderError> {
    Ok(document::parse_page::<Json>(body)?)
}

/// Reads the answer of `GET /events/{id}`.
pub fn parse_event(body: &[u8]) -> Result<ExternalEvent, ProviderError> {
    Ok(document::parse_event::<Json>(body)?)
}

struct Json;

impl Format for Json {
    type Event<'de> = wire::Event<'de>;
    type Page<'de, E: Deserialize<'de> + Default> = wire::Page<E>;

    fn listing<'de, E: Deserialize<'de> + Default>(page: wire::Page<E>) -> Option<Listing<E>> {
        let total = page.page.total_elements.count();
        let events = page.embedded.into_inner().events;
        // Without results there is no list, but a page that says so.
        (events.is_list() || total.is_some()).then_some(Listing {
            events,
            total,
            more: None,
        })
    }

    fn event(wire: &wire::Event<'_>) -> Result<ExternalEvent, Skipped> {
        event::event(wire)
    }
}

/// Whether the gateway before the API refuses a burst, rather than what is over the day's quota.
fn is_spike_arrest(body: &[u8]) -> bool {
    let refusal: Object<wire::Refusal<'_>> = serde_json::from_slice(body).unwrap_or_default();
    refusal.fault.detail.errorcode.get() == Some("policies.ratelimit.SpikeArrestViolation")
}

/// Ticketmaster, ready to be called.
pub(crate) struct Client<'a> {
    pub(crate) config: &'a Config,
    pub(crate) http: &'a Http,
}

impl Client<'_> {
    pub(crate) async fn search(
        &self,
        filter: &SearchFilter,
        page: u32,
        now: DateTime<Utc>,
        limits: Limits,
    ) -> Result<(SearchPage, Rest), ProviderError> {
        let place = query::Place::of(page);
        let mut url = self.config.base_url.join(["events"]);
        let Some(size) = query::search(&mut url, filter, place, now) else {
            return Ok((SearchPage::default(), Rest::Nothing));
        };
        let found = parse_events(&required(self.get(url, limits).await?)?)?;
        let rest = place.rest(size, filter, &found)?;
        Ok((found, rest))
    }

    pub(crate) async fn event(
        &self,
        id: &ExternalId,
        limits: Limits,
    ) -> Result<Option<ExternalEvent>, ProviderError> {
        let mut url = self.config.base_url.join(["events", id.as_str()]);
        query::any_locale(&mut url);
        let body = self.get(url, limits).await?;
        body.map(|body| parse_event(&body)).transpose()
    }

    pub(crate) async fn slice_page(
        &self,
        category: &SliceCategory,
        area: Option<&Area>,
        window: Window,
        page: u32,
        limits: Limits,
    ) -> Result<SlicePage, ProviderError> {
        let place = query::Place::of(page);
        let mut url = self.config.base_url.join(["events"]);
        query::slice(&mut url, category, window, place);
        query::area(&mut url, area);
        let found = parse_events(&required(self.get(url, limits).await?)?)?;
        let count = found.events.len() + found.skipped.len();
        let next = place.next(count, found.total)?;
        Ok(SlicePage {
            events: found.events,
            skipped: found.skipped,
            total: found.total,
            next,
            token: None,
        })
    }

    pub(crate) async fn categories(
        &self,
        limits: Limits,
    ) -> Result<Vec<ExternalEventCategory>, ProviderError> {
        let url = self.config.base_url.join(["classifications"]);
        let body = required(self.get(url, limits).await?)?;
        let tree: Object<wire::Classifications<'_>> = serde_json::from_slice(&body).map_err(Fault::from)?;
        let categories = classification::flatten(&tree);
        if categories.is_empty() {
            return Err(Fault::Shape.into());
        }
        Ok(categories)
    }

    async fn get(&self, url: Url, limits: Limits) -> Result<Option<Bytes>, ProviderError> {
        let call = Call {
            name: "ticketmaster",
            url,
            credentials: Credentials::Query(&[("apikey", &self.config.api_key)]),
            limits,
        };
        let answer = self.http.get(&call).await?;
        let is_burst = answer.status == StatusCode::TOO_MANY_REQUESTS && is_spike_arrest(&answer.body);
        judge(answer, |_| false).map_err(|error| match error {
            // No header says when a burst is over; its limit goes by the second.
            ProviderError::RateLimited { retry_after: None } if is_burst => ProviderError::RateLimited {
                retry_after: Some(Duration::from_secs(1)),
            },
            error => error,
        })
    }
}
