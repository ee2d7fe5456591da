//! Searches and slices in SeatGeek's parameters.

use chrono::{DateTime, Utc};
use domain::search::{SearchFilter, Sort};
use domain::sync::{Area, SliceCategory, Window};
use url::Url;

use super::taxonomy;
use crate::error::Fault;
use crate::page::{Next, more_follow};

/// The largest page that is answered reliably: larger ones may come back empty under load.
pub(super) const PAGE_SIZE: u32 = 100;

/// Beyond this many events pages come back empty, with a total of 0 and without an error.
const TOO_MANY: u64 = 10_000;

/// Asks for a page (counted from 0) of what `filter` does, as far as SeatGeek can; the answer is the page's size, `None`
/// if there is nothing of the kind.
///
/// Of the countries only the US is reliably written the way it is filtered by.
pub(super) fn search(url: &mut Url, filter: &SearchFilter, page: u32, now: DateTime<Utc>) -> Option<u32> {
    let taxonomy = filter.category.map_or(Ok(None), taxonomy::slug).ok()?;
    let mut query = url.query_pairs_mut();
    let mut set = |name: &str, value: &str| {
        query.append_pair(name, value);
    };
    set("q", filter.text.as_str());
    set("datetime_utc.gte", &naive(filter.from.unwrap_or(now)));
    if let Some(to) = filter.to {
        set("datetime_utc.lte", &naive(to));
    }
    if let Some(city) = &filter.city {
        set("venue.city", city);
    }
    if let Some(country) = filter.country.filter(|country| country.as_str() == "US") {
        set("venue.country", country.as_str());
    }
    if let Some(near) = filter.near {
        set("lat", &near.centre.latitude().to_string());
        set("lon", &near.centre.longitude().to_string());
        set("range", &format!("{}km", near.radius_km));
    }
    if let Some(slug) = taxonomy {
        set("taxonomies.name", slug);
    }
    set(
        "sort",
        match filter.sort {
            Sort::Date => "datetime_utc.asc",
            Sort::Relevance => "score.desc",
        },
    );
    if filter.include_add_ons {
        set("addons_visible", "true");
    }
    let narrowed_here = filter.category.is_some() || filter.country.is_some();
    let size = if narrowed_here { PAGE_SIZE } else { filter.size };
    let size = size.min(PAGE_SIZE);
    drop(query);
    self::page(url, page, size);
    Some(size)
}

/// Asks for a page (counted from 0) of the events of `category`.
pub(super) fn slice(url: &mut Url, category: &SliceCategory, window: Window, page: u32) {
    url.query_pairs_mut()
        .append_pair("taxonomies.name", category.as_str())
        .append_pair("datetime_utc.gte", &naive(window.from))
        .append_pair("datetime_utc.lte", &naive(window.to))
        .append_pair("sort", "datetime_utc.asc");
    self::page(url, page, PAGE_SIZE);
}

/// Asks only for what takes place in `area`, as far as SeatGeek can: of the countries only the US is reliably written
/// the way it is filtered by.
pub(super) fn area(url: &mut Url, area: Option<&Area>) {
    match area {
        Some(Area::Country(country)) if country.as_str() == "US" => {
            url.query_pairs_mut()
                .append_pair("venue.country", country.as_str());
        }
        Some(Area::City(city)) => {
            url.query_pairs_mut().append_pair("venue.city", city.as_str());
        }
        Some(Area::Country(_)) | None => {}
    }
}

/// Asks for a page of `size`, counted from 0.
pub(super) fn page(url: &mut Url, page: u32, size: u32) {
    url.query_pairs_mut()
        .append_pair("per_page", &size.to_string())
        .append_pair("page", &page.saturating_add(1).to_string());
}

/// How to go on after `count` of `total` events came on this page.
pub(super) fn next(page: u32, count: usize, total: Option<u64>) -> Result<Next, Fault> {
    let before = u64::from(page) * u64::from(PAGE_SIZE);
    let more = more_follow(before, PAGE_SIZE, count, total)?;
    Ok(match total {
        Some(total) if total >= TOO_MANY => Next::Split,
        _ if more => Next::Page(page.saturating_add(1)),
        _ => Next::End,
    })
}

/// A time the way SeatGeek takes it: UTC, without saying so.
fn naive(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S").to_string()
}
