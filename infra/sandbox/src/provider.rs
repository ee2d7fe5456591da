//! The four providers and the keys that their imitations accept.

use std::{fmt, net::SocketAddr, str::FromStr};

use serde::{Deserialize, Serialize};

/// A provider that the sandbox imitates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Ticketmaster Discovery API v2.
    Ticketmaster,
    /// SeatGeek Platform API v2.
    SeatGeek,
    /// Eventbrite API v3.
    Eventbrite,
    /// Meetup GraphQL (gql-ext).
    Meetup,
}

/// Not the name of a provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown provider `{0}`: expected ticketmaster, seatgeek, eventbrite or meetup")]
pub struct UnknownProviderError(String);

impl Provider {
    /// Every provider.
    pub const ALL: [Self; 4] = [Self::Ticketmaster, Self::SeatGeek, Self::Eventbrite, Self::Meetup];

    /// The name in addresses and JSON: `ticketmaster`, `seatgeek`, `eventbrite`, `meetup`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ticketmaster => "ticketmaster",
            Self::SeatGeek => "seatgeek",
            Self::Eventbrite => "eventbrite",
            Self::Meetup => "meetup",
        }
    }

    /// Where the provider's base address begins below the sandbox's own.
    pub(crate) const fn base_path(self) -> &'static str {
        match self {
            Self::Ticketmaster => "/ticketmaster/discovery/v2/",
            Self::SeatGeek => "/seatgeek/2/",
            Self::Eventbrite => "/eventbrite/v3/",
            Self::Meetup => "/meetup/gql-ext",
        }
    }

    /// The base address of the provider's imitation in a sandbox.
    pub(crate) fn url(self, sandbox: SocketAddr) -> String {
        format!("http://{sandbox}{}", self.base_path())
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Provider {
    type Err = UnknownProviderError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|provider| provider.name() == name)
            .ok_or_else(|| UnknownProviderError(name.to_owned()))
    }
}

/// The credentials that the imitations accept; anything else is refused as the real provider refuses it.
///
/// They open nothing but a sandbox. Serialised, they have the shape of the service's provider secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Keys {
    /// Ticketmaster's `apikey`.
    pub ticketmaster_api_key: &'static str,
    /// SeatGeek's `client_id`.
    pub seatgeek_client_id: &'static str,
    /// SeatGeek's `client_secret`; optional there, but checked when it is sent.
    pub seatgeek_client_secret: &'static str,
    /// Eventbrite's private token.
    pub eventbrite_token: &'static str,
    /// Meetup's OAuth client key (`iss` of the assertion).
    pub meetup_client_key: &'static str,
    /// Meetup's member id (`sub` of the assertion).
    pub meetup_member_id: &'static str,
    /// Meetup's signing-key id (`kid` of the assertion).
    pub meetup_signing_key_id: &'static str,
    /// The RSA key, PKCS #8 PEM, with which the assertion must be signed.
    pub meetup_private_key: &'static str,
}

/// See [`Keys`].
pub const KEYS: Keys = Keys {
    ticketmaster_api_key: "sandbox-ticketmaster-key",
    seatgeek_client_id: "sandbox-seatgeek-client",
    seatgeek_client_secret: "sandbox-seatgeek-secret",
    eventbrite_token: "SANDBOXEVENTBRITETOKEN",
    meetup_client_key: "sandbox-meetup-client",
    meetup_member_id: "400000001",
    meetup_signing_key_id: "sandbox-meetup-signing-key",
    meetup_private_key: include_str!("meetup/signing_key.pem"),
};
