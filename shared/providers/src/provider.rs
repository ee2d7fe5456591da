//! The four providers behind one door.

use std::time::Duration;

use ::http::HeaderValue;
use chrono::{DateTime, Utc};
use domain::search::SearchFilter;
use domain::sync::{Slice, Window};
use domain::{EventKey, ExternalEvent, ExternalEventCategory, Source};

use crate::error::ProviderError;
use crate::http::{Http, Limits, Noticed};
use crate::page::{Place, SearchPage, SlicePage};
use crate::search::{Rest, Search};
use crate::{eventbrite, meetup, seatgeek, ticketmaster};

/// Which providers are there, and how they are called.
#[derive(Debug, Clone)]
pub struct Config {
    /// Ticketmaster, if there is a key.
    pub ticketmaster: Option<ticketmaster::Config>,
    /// SeatGeek, if there is a client id.
    pub seatgeek: Option<seatgeek::Config>,
    /// Eventbrite, if there is a token.
    pub eventbrite: Option<eventbrite::Config>,
    /// Meetup, if there is a client with a signing key.
    pub meetup: Option<meetup::Config>,
    /// Who we say we are: SeatGeek turns away callers without a name.
    pub user_agent: HeaderValue,
    /// The longest that one call takes, retries included.
    pub timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            ticketmaster: None,
            seatgeek: None,
            eventbrite: None,
            meetup: None,
            user_agent: HeaderValue::from_static(Http::USER_AGENT),
            timeout: Limits::TIMEOUT,
        }
    }
}

/// The clients. Cheap to build: the connection pool and TLS come with the first call.
#[derive(Debug)]
pub struct Providers {
    config: Config,
    http: Http,
    meetup_tokens: meetup::TokenCache,
}

impl Providers {
    /// Clients of the providers in `config`; the others answer [`ProviderError::NotConfigured`].
    pub fn new(config: Config) -> Self {
        let http = Http::new(config.user_agent.clone());
        Self {
            config,
            http,
            meetup_tokens: meetup::TokenCache::default(),
        }
    }

    /// Whether `source` can be called.
    pub fn is_configured(&self, source: Source) -> bool {
        match source {
            Source::Ticketmaster => self.config.ticketmaster.is_some(),
            Source::SeatGeek => self.config.seatgeek.is_some(),
            Source::Eventbrite => self.config.eventbrite.is_some(),
            Source::Meetup => self.config.meetup.is_some(),
        }
    }

    /// Whether `source` can be searched for what `filter` asks. Eventbrite never; Meetup near a position, and without
    /// words in a city.
    pub fn has_search(&self, source: Source, filter: &SearchFilter) -> bool {
        match source {
            Source::Ticketmaster | Source::SeatGeek => true,
            Source::Eventbrite => false,
            Source::Meetup => meetup::has_search(filter),
        }
    }

    /// What was noticed at calls of `source` since this was asked last: how many requests they took, and what the
    /// answers said of the quota.
    pub fn take_noticed(&self, source: Source) -> Noticed {
        self.http.take_noticed(source.as_str())
    }

    /// A search of `source` for what `filter` asks, of which nothing is read yet. Without a date in it, events from
    /// `now` on are meant. What the provider cannot filter by is completed here.
    pub fn search<'a>(&'a self, source: Source, filter: &'a SearchFilter, now: DateTime<Utc>) -> Search<'a> {
        Search::new(self, source, filter, now)
    }

    /// One page of a search, and what it leaves unread.
    pub(crate) async fn search_page(
        &self,
        source: Source,
        filter: &SearchFilter,
        place: Place<'_>,
        now: DateTime<Utc>,
    ) -> Result<(SearchPage, Rest), ProviderError> {
        let limits = self.limits(Limits::INTERACTIVE);
        match source {
            Source::Ticketmaster => self.ticketmaster()?.search(filter, place.page, now, limits).await,
            Source::SeatGeek => self.seatgeek()?.search(filter, place.page, now, limits).await,
            Source::Eventbrite => self.eventbrite().and(Err(ProviderError::NotSearchable)),
            Source::Meetup => self.meetup()?.search(filter, place, now, limits).await,
        }
    }

    /// The event with this key, `None` if the provider says that there is none.
    pub async fn event(&self, key: &EventKey) -> Result<Option<ExternalEvent>, ProviderError> {
        let limits = self.limits(Limits::INTERACTIVE);
        match key.source {
            Source::Ticketmaster => self.ticketmaster()?.event(&key.id, limits).await,
            Source::SeatGeek => self.seatgeek()?.event(&key.id, limits).await,
            Source::Eventbrite => self.eventbrite()?.event(&key.id, limits).await,
            Source::Meetup => self.meetup()?.event(&key.id, limits).await,
        }
    }

    /// A page of the events of `slice` that start within `window`, a part of its own.
    ///
    /// After those, Ticketmaster's slices go on to the events of `category` whose date is still to be announced.
    pub async fn slice_page(
        &self,
        slice: &Slice,
        window: Window,
        place: Place<'_>,
    ) -> Result<SlicePage, ProviderError> {
        let limits = self.limits(Limits::BACKGROUND);
        let Slice {
            source,
            category,
            area,
            ..
        } = slice;
        let area = area.as_ref();
        let mut page = match source {
            Source::Ticketmaster => {
                let client = self.ticketmaster()?;
                client
                    .slice_page(category, area, window, place.page, limits)
                    .await?
            }
            Source::SeatGeek => {
                let client = self.seatgeek()?;
                client
                    .slice_page(category, area, window, place.page, limits)
                    .await?
            }
            Source::Eventbrite => {
                let client = self.eventbrite()?;
                client.slice_page(category, window, place, limits).await?
            }
            Source::Meetup => self.meetup()?.slice_page(category, window, place, limits).await?,
        };
        // What the provider cannot filter by is completed here.
        page.events
            .retain(|event| area.is_none_or(|area| area.admits(event)));
        Ok(page)
    }

    /// The provider's categories, those at the top first, each name once.
    pub async fn categories(&self, source: Source) -> Result<Vec<ExternalEventCategory>, ProviderError> {
        let limits = self.limits(Limits::INTERACTIVE);
        match source {
            Source::Ticketmaster => self.ticketmaster()?.categories(limits).await,
            Source::SeatGeek => self.seatgeek()?.categories(limits).await,
            Source::Eventbrite => self.eventbrite()?.categories(limits).await,
            Source::Meetup => self.meetup()?.categories(limits).await,
        }
    }

    fn eventbrite(&self) -> Result<eventbrite::Client<'_>, ProviderError> {
        let config = self.config.eventbrite.as_ref();
        let client = config.map(|config| eventbrite::Client {
            config,
            http: &self.http,
        });
        client.ok_or(ProviderError::NotConfigured)
    }

    fn meetup(&self) -> Result<meetup::Client<'_>, ProviderError> {
        let config = self.config.meetup.as_ref();
        let client = config.map(|config| meetup::Client {
            config,
            http: &self.http,
            tokens: &self.meetup_tokens,
        });
        client.ok_or(ProviderError::NotConfigured)
    }

    fn ticketmaster(&self) -> Result<ticketmaster::Client<'_>, ProviderError> {
        let config = self.config.ticketmaster.as_ref();
        let client = config.map(|config| ticketmaster::Client {
            config,
            http: &self.http,
        });
        client.ok_or(ProviderError::NotConfigured)
    }

    fn seatgeek(&self) -> Result<seatgeek::Client<'_>, ProviderError> {
        let config = self.config.seatgeek.as_ref();
        let client = config.map(|config| seatgeek::Client {
            config,
            http: &self.http,
        });
        client.ok_or(ProviderError::NotConfigured)
    }

    fn limits(&self, limits: Limits) -> Limits {
        Limits {
            timeout: self.config.timeout,
            ..limits
        }
    }
}
