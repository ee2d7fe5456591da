//! The four providers behind one door.

use std::time::Duration;

use ::http::HeaderValue;
use chrono::{DateTime, Utc};
use domain::search::SearchFilter;
use domain::sync::{SliceCategory, Window};
use domain::{EventKey, ExternalEvent, ExternalEventCategory, Source};

use crate::error::ProviderError;
use crate::http::{Http, Limits, Noticed};
use crate::page::{SearchPage, SlicePage};
use crate::{seatgeek, ticketmaster};

/// Which providers are there, and how they are called.
#[derive(Debug, Clone)]
pub struct Config {
    /// Ticketmaster, if there is a key.
    pub ticketmaster: Option<ticketmaster::Config>,
    /// SeatGeek, if there is a client id.
    pub seatgeek: Option<seatgeek::Config>,
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
}

impl Providers {
    /// Clients of the providers in `config`; the others answer [`ProviderError::NotConfigured`].
    pub fn new(config: Config) -> Self {
        let http = Http::new(config.user_agent.clone());
        Self { config, http }
    }

    /// Whether `source` can be called.
    pub fn is_configured(&self, source: Source) -> bool {
        match source {
            Source::Ticketmaster => self.config.ticketmaster.is_some(),
            Source::SeatGeek => self.config.seatgeek.is_some(),
            Source::Eventbrite | Source::Meetup => false,
        }
    }

    /// What was noticed at calls of `source` since this was asked last: how many requests they took, and what the
    /// answers said of the quota.
    pub fn take_noticed(&self, source: Source) -> Noticed {
        self.http.take_noticed(source.as_str())
    }

    /// Searches `source` for what `filter` asks. Without a date in it, events from `now` on are meant.
    ///
    /// What the provider cannot filter by is completed here; add-ons are left among the events.
    pub async fn search(
        &self,
        source: Source,
        filter: &SearchFilter,
        now: DateTime<Utc>,
    ) -> Result<SearchPage, ProviderError> {
        let limits = self.limits(Limits::INTERACTIVE);
        match source {
            Source::Ticketmaster => self.ticketmaster()?.search(filter, now, limits).await,
            Source::SeatGeek => self.seatgeek()?.search(filter, now, limits).await,
            Source::Eventbrite | Source::Meetup => Err(ProviderError::NotConfigured),
        }
    }

    /// The event with this key, `None` if the provider says that there is none.
    pub async fn event(&self, key: &EventKey) -> Result<Option<ExternalEvent>, ProviderError> {
        let limits = self.limits(Limits::INTERACTIVE);
        match key.source {
            Source::Ticketmaster => self.ticketmaster()?.event(&key.id, limits).await,
            Source::SeatGeek => self.seatgeek()?.event(&key.id, limits).await,
            Source::Eventbrite | Source::Meetup => Err(ProviderError::NotConfigured),
        }
    }

    /// A page (counted from 0) of the events of `category` that start within `window`.
    ///
    /// After those, Ticketmaster's slices go on to the events of `category` whose date is still to be announced.
    pub async fn slice_page(
        &self,
        source: Source,
        category: &SliceCategory,
        window: Window,
        page: u32,
    ) -> Result<SlicePage, ProviderError> {
        let limits = self.limits(Limits::BACKGROUND);
        match source {
            Source::Ticketmaster => {
                self.ticketmaster()?
                    .slice_page(category, window, page, limits)
                    .await
            }
            Source::SeatGeek => self.seatgeek()?.slice_page(category, window, page, limits).await,
            Source::Eventbrite | Source::Meetup => Err(ProviderError::NotConfigured),
        }
    }

    /// The provider's categories, those at the top first, each name once.
    pub async fn categories(&self, source: Source) -> Result<Vec<ExternalEventCategory>, ProviderError> {
        let limits = self.limits(Limits::INTERACTIVE);
        match source {
            Source::Ticketmaster => self.ticketmaster()?.categories(limits).await,
            Source::SeatGeek => self.seatgeek()?.categories(limits).await,
            Source::Eventbrite | Source::Meetup => Err(ProviderError::NotConfigured),
        }
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
