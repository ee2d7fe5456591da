//! Ticketmaster Discovery API v2.

use domain::ExternalEvent;
use secrecy::SecretString;

use crate::base_url::BaseUrl;
use crate::error::ProviderError;
use crate::page::SearchPage;

/// How Ticketmaster is reached.
#[derive(Debug, Clone)]
pub struct Config {
    /// `https://app.ticketmaster.com/discovery/v2/`, or an imitation.
    pub base_url: BaseUrl,
    /// The consumer key.
    pub api_key: SecretString,
}

/// Reads the answer of an event search.
pub fn parse_events(_body: &[u8]) -> Result<SearchPage, ProviderError> {
    Ok(SearchPage::default())
}

/// Reads the answer of an event's own route.
pub fn parse_event(_body: &[u8]) -> Result<ExternalEvent, ProviderError> {
    Err(ProviderError::NotConfigured)
}
