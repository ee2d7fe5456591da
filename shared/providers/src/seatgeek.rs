//! SeatGeek Platform API v2.

mod event;
mod query;
mod taxonomy;
mod wire;

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
use crate::http::{Answer, Call, Credentials, Http, Limits};
use crate::lenient::Object;
use crate::page::{SearchPage, Skipped, SlicePage};
use crate::search::Rest;
use crate::verdict::{judge, required};

/// How SeatGeek is reached.
#[derive(Debug, Clone)]
pub struct Config {
    /// `https://api.seatgeek.com/2/`, or an imitation.
    pub base_url: BaseUrl,
    /// The client id, which every call needs.
    pub client_id: SecretString,
    /// The client secret, which accounts may do without.
    pub client_secret: Option<SecretString>,
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
        let total = page.meta.total.count();
        page.events.is_list().then_some(Listing {
            events: page.events,
            total,
            more: None,
        })
    }

    fn event(wire: &wire::Event<'_>) -> Result<ExternalEvent, Skipped> {
        event::event(wire)
    }
}

/// SeatGeek's network filter answers bots and bursts with 406, or with a captcha page instead of JSON.
fn is_throttling(answer: &Answer) -> bool {
    let captcha = answer.is("html") && !answer.status.is_server_error();
    captcha || answer.status == StatusCode::NOT_ACCEPTABLE
}

/// The most pages of taxonomies read: there are 62 taxonomies.
const MAX_TAXONOMY_PAGES: u32 = 10;

/// SeatGeek, ready to be called.
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
        let mut url = self.config.base_url.join(["events"]);
        let Some(size) = query::search(&mut url, filter, page, now) else {
            return Ok((SearchPage::default(), Rest::Nothing));
        };
        let found = parse_events(&required(self.get(url, limits).await?)?)?;
        let rest = Rest::numbered(page, size, &found)?;
        Ok((found, rest))
    }

    pub(crate) async fn event(
        &self,
        id: &ExternalId,
        limits: Limits,
    ) -> Result<Option<ExternalEvent>, ProviderError> {
        let url = self.config.base_url.join(["events", id.as_str()]);
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
        let mut url = self.config.base_url.join(["events"]);
        query::slice(&mut url, category, window, page);
        query::area(&mut url, area);
        let found = parse_events(&required(self.get(url, limits).await?)?)?;
        let count = found.events.len() + found.skipped.len();
        let next = query::next(page, count, found.total)?;
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
        let mut nodes = Vec::new();
        for page in 0..MAX_TAXONOMY_PAGES {
            let mut url = self.config.base_url.join(["taxonomies"]);
            query::page(&mut url, page, query::PAGE_SIZE);
            let body = required(self.get(url, limits).await?)?;
            let list: Object<wire::Taxonomies<'_>> = serde_json::from_slice(&body).map_err(Fault::from)?;
            nodes.extend(
                list.taxonomies
                    .items()
                    .iter()
                    .filter_map(|one| taxonomy::Node::read(one)),
            );
            let seen = u64::from(page + 1) * u64::from(query::PAGE_SIZE);
            if list.taxonomies.items().is_empty() || list.meta.total.count().is_none_or(|total| total <= seen)
            {
                break;
            }
        }
        if nodes.is_empty() {
            return Err(Fault::Shape.into());
        }
        Ok(taxonomy::flatten(&nodes))
    }

    async fn get(&self, url: Url, limits: Limits) -> Result<Option<Bytes>, ProviderError> {
        let id = Some(("client_id", &self.config.client_id));
        let secret = self
            .config
            .client_secret
            .as_ref()
            .map(|secret| ("client_secret", secret));
        let credentials: Vec<_> = id.into_iter().chain(secret).collect();
        let call = Call {
            name: "seatgeek",
            url,
            credentials: Credentials::Query(&credentials),
            limits,
        };
        judge(self.http.get(&call).await?, is_throttling)
    }
}
