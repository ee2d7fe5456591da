//! Searches and slices in Ticketmaster's parameters.

use chrono::{DateTime, Utc};
use domain::search::{SearchFilter, Sort};
use domain::start::Rfc3339;
use domain::sync::{Area, SliceCategory, Window};
use url::Url;

use super::classification::{self, Asking};
use crate::error::Fault;
use crate::page::{Next, SearchPage, more_follow};
use crate::search::Rest;

/// The largest page: 201 is refused with DIS1036.
const PAGE_SIZE: u32 = 200;

/// How many pages a query has: `size * page` must stay below 1,000 (DIS1035).
const PAGES: u32 = 1000 / PAGE_SIZE;

/// From this many events on, a query cannot be paged through.
const TOO_MANY: u64 = 1000;

/// Finds what exists in any language: other values hide what is not translated, on the detail route too.
pub(super) fn any_locale(url: &mut Url) {
    url.query_pairs_mut().append_pair("locale", "*");
}

/// Asks for a page of what `filter` does, as far as Ticketmaster can; the answer is the page's size, `None` if there is
/// nothing of the kind.
///
/// Without a start past events would come as well.
pub(super) fn search(url: &mut Url, filter: &SearchFilter, place: Place, now: DateTime<Utc>) -> Option<u32> {
    let asking = filter.category.map_or(Asking::Everything, classification::asking);
    // Where more is thrown away here, more has to be asked for.
    let size = match asking {
        Asking::Everything if filter.category.is_some() => PAGE_SIZE,
        Asking::Everything if filter.include_add_ons => filter.size,
        // Extras are a small part of what is listed.
        Asking::Everything => PAGE_SIZE.min(filter.size + filter.size / 4),
        _ => PAGE_SIZE.min(filter.size * 2),
    };
    any_locale(url);
    let mut query = url.query_pairs_mut();
    let mut set = |name: &str, value: &str| {
        query.append_pair(name, value);
    };
    set("keyword", filter.text.as_str());
    match place.part {
        Part::Dated => {
            set("startDateTime", &instant(filter.from.unwrap_or(now)));
            if let Some(to) = filter.to {
                set("endDateTime", &instant(to));
            }
        }
        Part::DateAnnouncedLater => set("includeTBA", "only"),
        Part::DateDeterminedLater => set("includeTBD", "only"),
    }
    if let Some(city) = &filter.city {
        set("city", city);
    }
    if let Some(country) = filter.country {
        set("countryCode", country.as_str());
    }
    if let Some(near) = filter.near {
        let (latitude, longitude) = (near.centre.latitude(), near.centre.longitude());
        set("latlong", &format!("{latitude},{longitude}"));
        set("radius", &near.radius_km.to_string());
        set("unit", "km");
    }
    match asking {
        Asking::Segment(id) => set("segmentId", id),
        Asking::Genres(category) => {
            let ids: Vec<_> = classification::genres(category).collect();
            set("classificationId", &ids.join(","));
        }
        Asking::Everything => {}
        Asking::Nothing => return None,
    }
    set(
        "sort",
        match filter.sort {
            Sort::Date => "date,asc",
            Sort::Relevance => "relevance,desc",
        },
    );
    set("size", &size.to_string());
    if place.page > 0 {
        set("page", &place.page.to_string());
    }
    Some(size)
}

/// What part of the events of a slice or a search a query reads. The default, and every query with dates, hides events
/// whose date is to be announced (postponed shows are among them); each kind of those takes a query of its own, without
/// dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Those within the window.
    Dated,
    /// Those whose date is to be announced.
    DateAnnouncedLater,
    /// Those whose date is to be determined.
    DateDeterminedLater,
}

/// A page of a slice or a search: the parts follow one another, each with the same number of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    part: Part,
    page: u32,
}

impl Place {
    /// The place of the page with this number in the whole slice.
    pub(super) fn of(number: u32) -> Self {
        let part = match number / PAGES {
            0 => Part::Dated,
            1 => Part::DateAnnouncedLater,
            _ => Part::DateDeterminedLater,
        };
        Self {
            part,
            page: number % PAGES,
        }
    }

    /// How to go on after `count` of `total` events came.
    pub(super) fn next(self, count: usize, total: Option<u64>) -> Result<Next, Fault> {
        let more = more_follow(u64::from(self.page * PAGE_SIZE), PAGE_SIZE, count, total)?;
        if self.part == Part::Dated && total.is_some_and(|total| total >= TOO_MANY) {
            return Ok(Next::Split);
        }
        let part = self.part as u32;
        Ok(if more && self.page + 1 < PAGES {
            Next::Page(part * PAGES + self.page + 1)
        } else if self.part == Part::DateDeterminedLater {
            Next::End
        } else {
            Next::Page((part + 1) * PAGES)
        })
    }

    /// What this page of a search, with the events `found` of at most `size`, leaves unread.
    ///
    /// Behind what has a date, events of which the date is announced later are asked for, unless dates are wanted.
    pub(super) fn rest(self, size: u32, filter: &SearchFilter, found: &SearchPage) -> Result<Rest, Fault> {
        let wants_undated = self.part == Part::Dated && filter.from.is_none() && filter.to.is_none();
        Ok(match Rest::numbered(self.page, size, found)? {
            Rest::Follows { page, token, events } if page < PAGES => Rest::Follows {
                page: self.part as u32 * PAGES + page,
                token,
                events,
            },
            _ if wants_undated => Rest::Follows {
                page: Part::DateAnnouncedLater as u32 * PAGES,
                token: None,
                events: Some(0),
            },
            _ => Rest::Nothing,
        })
    }
}

/// Asks for a page of the events of `category`.
pub(super) fn slice(url: &mut Url, category: &SliceCategory, window: Window, place: Place) {
    any_locale(url);
    let mut query = url.query_pairs_mut();
    match classification::segment(category.as_str()) {
        Some(id) => query.append_pair("segmentId", id),
        None => query.append_pair("classificationName", category.as_str()),
    };
    match place.part {
        Part::Dated => query
            .append_pair("startDateTime", &instant(window.from))
            .append_pair("endDateTime", &instant(window.to)),
        Part::DateAnnouncedLater => query.append_pair("includeTBA", "only"),
        Part::DateDeterminedLater => query.append_pair("includeTBD", "only"),
    };
    query
        .append_pair("sort", "date,asc")
        .append_pair("size", &PAGE_SIZE.to_string())
        .append_pair("page", &place.page.to_string());
}

/// Asks only for what takes place in `area`.
pub(super) fn area(url: &mut Url, area: Option<&Area>) {
    match area {
        Some(Area::Country(country)) => url.query_pairs_mut().append_pair("countryCode", country.as_str()),
        Some(Area::City(city)) => url.query_pairs_mut().append_pair("city", city.as_str()),
        None => return,
    };
}

/// The only form taken: whole seconds, `Z` (DIS1015).
fn instant(at: DateTime<Utc>) -> String {
    Rfc3339(at).to_string()
}
