//! What a list of events may be asked: filters, order, expansions, pages.

use std::ops::Range;

use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Value, json};

use super::{refusal::Refusal, render};
use crate::{catalogue::fold, listing::Listing, parameter::Parameters};

/// The default, and the most.
const PAGE_SIZE: usize = 50;

/// Which parts of an event are to be written out.
#[derive(Debug, Clone, Default)]
pub(super) struct Expansions(Vec<String>);

impl Expansions {
    const KNOWN: [&str; 10] = [
        "venue",
        "organizer",
        "ticket_availability",
        "category",
        "subcategory",
        "format",
        "logo",
        "event_sales_status",
        "ticket_classes",
        "series",
    ];

    pub(super) fn parse(parameters: &Parameters) -> Result<Self, Refusal> {
        let wanted = parameters.list("expand").unwrap_or_default();
        // `venue.address` expands the venue too; four levels are the most.
        let roots = wanted
            .iter()
            .map(|path| path.split('.').next().unwrap_or_default());
        if roots.clone().all(|root| Self::KNOWN.contains(&root)) {
            Ok(Self(roots.map(str::to_owned).collect()))
        } else {
            Err(Refusal::Argument("expand"))
        }
    }

    pub(super) fn has(&self, part: &str) -> bool {
        self.0.iter().any(|wanted| wanted == part)
    }
}

/// One page of a list, by number or by the token that the page before gave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paging {
    page: usize,
    size: usize,
}

impl Default for Paging {
    fn default() -> Self {
        Self {
            page: 1,
            size: PAGE_SIZE,
        }
    }
}

impl Paging {
    pub(super) fn parse(parameters: &Parameters) -> Result<Self, Refusal> {
        let size = match parameters.get("page_size") {
            None => PAGE_SIZE,
            Some(size) => size.parse().map_err(|_| Refusal::Argument("page_size"))?,
        };
        let page = match (parameters.get("continuation"), parameters.get("page")) {
            (Some(token), _) => resume(token).ok_or(Refusal::BadContinuationToken)?,
            (None, Some(page)) => page.parse().map_err(|_| Refusal::BadPage)?,
            (None, None) => 1,
        };
        Ok(Self {
            page,
            size: size.clamp(1, PAGE_SIZE),
        })
    }

    /// The part of a list that this page is, and its `pagination`.
    pub(super) fn cut(self, total: usize) -> Result<(Range<usize>, Value), Refusal> {
        let pages = total.div_ceil(self.size).max(1);
        if self.page == 0 || self.page > pages {
            return Err(Refusal::BadPage);
        }
        let start = (self.page - 1) * self.size;
        let more = self.page < pages;
        let mut pagination = json!({
            "object_count": total,
            "page_number": self.page,
            "page_size": self.size,
            "page_count": pages,
            "has_more_items": more,
        });
        // Absent, not null, on the last page.
        if more {
            let token = BASE64_STANDARD_NO_PAD.encode(format!("{{\"page\": {}}}", self.page + 1));
            pagination["continuation"] = json!(token);
        }
        Ok((start..total.min(start + self.size), pagination))
    }
}

fn resume(token: &str) -> Option<usize> {
    let decoded = BASE64_STANDARD_NO_PAD.decode(token).ok()?;
    let place: Value = serde_json::from_slice(&decoded).ok()?;
    place["page"].as_u64().and_then(|page| page.try_into().ok())
}

/// The filters of a list of events.
pub(super) struct EventsQuery {
    today: NaiveDate,
    /// `None` is all but drafts.
    statuses: Option<Vec<String>>,
    from: Option<NaiveDateTime>,
    to: Option<NaiveDateTime>,
    past: Option<bool>,
    name: Option<String>,
    created: bool,
    descending: bool,
}

impl EventsQuery {
    pub(super) fn parse(parameters: &Parameters, today: NaiveDate) -> Result<Self, Refusal> {
        const STATUSES: [&str; 7] = [
            "draft",
            "live",
            "started",
            "ended",
            "completed",
            "canceled",
            "all",
        ];
        let statuses = parameters.list("status");
        if statuses.iter().flatten().any(|status| !STATUSES.contains(status)) {
            return Err(Refusal::Argument("status"));
        }
        let (created, descending) = match parameters.get("order_by") {
            None | Some("start_asc") => (false, false),
            Some("start_desc") => (false, true),
            Some("created_asc") => (true, false),
            Some("created_desc") => (true, true),
            Some(_) => return Err(Refusal::Argument("order_by")),
        };
        let past = match parameters.get("time_filter") {
            None | Some("all") => None,
            Some("past") => Some(true),
            Some("current_future") => Some(false),
            Some(_) => return Err(Refusal::Argument("time_filter")),
        };
        Ok(Self {
            today,
            statuses: statuses.map(|statuses| statuses.into_iter().map(str::to_owned).collect()),
            from: edge(parameters, "start_date.range_start")?,
            to: edge(parameters, "start_date.range_end")?,
            past,
            name: parameters.get("name_filter").map(fold),
            created,
            descending,
        })
    }

    pub(super) fn select<'a>(&self, mut listings: Vec<&'a Listing>) -> Vec<&'a Listing> {
        listings.retain(|listing| self.admits(listing));
        listings.sort_by_key(|listing| {
            if self.created {
                render::created(listing)
            } else {
                listing.start_utc
            }
        });
        if self.descending {
            listings.reverse();
        }
        listings
    }

    fn admits(&self, listing: &Listing) -> bool {
        let status = render::status(listing, self.today);
        let wanted = match &self.statuses {
            None => status != "draft",
            Some(statuses) => statuses.iter().any(|wanted| wanted == status || wanted == "all"),
        };
        wanted
            && self.from.is_none_or(|from| from <= listing.start)
            && self.to.is_none_or(|to| listing.start <= to)
            && self
                .past
                .is_none_or(|past| past == (listing.start.date() < self.today))
            && self
                .name
                .as_ref()
                .is_none_or(|name| fold(&listing.title).contains(name.as_str()))
    }
}

/// A local time without a zone.
fn edge(parameters: &Parameters, name: &'static str) -> Result<Option<NaiveDateTime>, Refusal> {
    let time = |value| NaiveDateTime::parse_from_str(value, "%Y-%m-%dT%H:%M:%S");
    parameters
        .get(name)
        .map(time)
        .transpose()
        .map_err(|_| Refusal::Argument(name))
}
