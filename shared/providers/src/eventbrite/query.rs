//! Slices in Eventbrite's parameters.

use chrono::{DateTime, Days, Utc};
use domain::ExternalId;
use domain::sync::{SliceCategory, Window};
use url::Url;

use crate::base_url::BaseUrl;
use crate::error::ProviderError;
use crate::page::Place;

/// Events a page, the most there are.
const PAGE_SIZE: &str = "50";

/// The parts of an event that are written out on demand, the essential ones alone where the others fail, and none
/// where those do: each can break a call.
pub(super) const EXPANSIONS: [&str; 3] = [
    "venue,subcategory,ticket_availability,event_sales_status",
    "venue,event_sales_status",
    "",
];

/// Whose events a slice reads: `organizer:123`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Organization,
    Organizer,
    Venue,
    Series,
}

impl Owner {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "organization" => Self::Organization,
            "organizer" => Self::Organizer,
            "venue" => Self::Venue,
            "series" => Self::Series,
            _ => return None,
        })
    }

    const fn route(self) -> &'static str {
        match self {
            Self::Organization => "organizations",
            Self::Organizer => "organizers",
            Self::Venue => "venues",
            Self::Series => "series",
        }
    }
}

/// The address of a page of the events of `category`.
///
/// Organizers and venues take dates, in local time, whence the day on either side; the others only "from today on".
/// What lies outside `window` is left out by the caller.
pub(super) fn slice(
    base: &BaseUrl,
    category: &SliceCategory,
    window: Window,
    place: Place<'_>,
) -> Result<Url, ProviderError> {
    let owner = category.as_str().split_once(':').and_then(|(owner, id)| {
        let id: ExternalId = id.parse().ok()?;
        Some((Owner::of(owner)?, id))
    });
    let (owner, id) = owner.ok_or(ProviderError::Refused {
        status: 404,
        code: Some("UNKNOWN_SLICE".to_owned()),
    })?;
    let mut url = base.join([owner.route(), id.as_str(), "events", ""]);
    let mut query = url.query_pairs_mut();
    query.append_pair("order_by", "start_asc");
    match owner {
        Owner::Organization => {
            query
                .append_pair("status", "all")
                .append_pair("time_filter", "current_future")
                .append_pair("page_size", PAGE_SIZE);
        }
        Owner::Organizer | Owner::Venue => {
            let day = Days::new(1);
            query
                .append_pair("status", "all")
                .append_pair("start_date.range_start", &local(window.from - day))
                .append_pair("start_date.range_end", &local(window.to + day));
        }
        Owner::Series => {
            query.append_pair("time_filter", "current_future");
        }
    }
    drop(query);
    go_on(&mut url, place);
    Ok(url)
}

/// Asks for a page of any list: by the token that the page before gave, else by its number.
pub(super) fn go_on(url: &mut Url, place: Place<'_>) {
    let mut query = url.query_pairs_mut();
    match place {
        Place {
            token: Some(token), ..
        } => {
            query.append_pair("continuation", token);
        }
        Place { page: 0, .. } => {}
        Place { page, .. } => {
            query.append_pair("page", &page.saturating_add(1).to_string());
        }
    }
}

/// A time without a zone.
fn local(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S").to_string()
}
