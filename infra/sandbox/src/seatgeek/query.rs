//! The parameters of `/events`; what is unknown is ignored, as SeatGeek does.

use std::{cmp::Ordering, sync::Arc};

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Value, json};

use super::{exists, refusal::Refusal, render, taxonomy};
use crate::{
    catalogue::{
        Performer,
        chance::small_id,
        fold,
        place::{Circle, KILOMETRES_PER_MILE},
        quirk::Quirk,
        words,
    },
    listing::Listing,
    parameter::Parameters,
};

/// As the error says.
const MAX_PER_PAGE: usize = 5_000;
/// Pages beyond this many results are empty, and say that there are none.
const RESULT_WINDOW: usize = 10_000;
/// `30mi`.
const DEFAULT_RANGE_KM: f64 = 30.0 * KILOMETRES_PER_MILE;
/// Where `geoip=true` puts a caller that is a server: in a data centre in Virginia, far from every event.
const DATA_CENTRE: (f64, f64) = (39.04, -77.49);

type Comparison = fn(Ordering) -> bool;

/// A comparison as the suffix of a parameter names it; without one it is equality.
const COMPARISONS: [(&str, Comparison); 5] = [
    ("", Ordering::is_eq),
    (".gt", Ordering::is_gt),
    (".gte", Ordering::is_ge),
    (".lt", Ordering::is_lt),
    (".lte", Ordering::is_le),
];

type Text = fn(&Listing) -> Vec<String>;

const FILTERS: [(&str, Text); 11] = [
    ("venue.id", |listing| vec![render::venue_id(listing).to_string()]),
    ("venue.city", |listing| vec![fold(listing.show.venue.city.name)]),
    ("venue.state", |listing| {
        vec![render::state(listing).map(fold).unwrap_or_default()]
    }),
    ("venue.country", |listing| {
        let country = listing.show.venue.city.country;
        vec![fold(country.code), fold(country.name)]
    }),
    ("venue.postal_code", |listing| {
        vec![fold(listing.show.venue.city.postal_code)]
    }),
    ("performers.id", |listing| {
        listing
            .show
            .performers
            .iter()
            .map(|performer| small_id(&performer.name).to_string())
            .collect()
    }),
    ("performers.slug", |listing| {
        listing.show.performers.iter().map(Performer::slug).collect()
    }),
    ("taxonomies.name", |listing| {
        taxonomy::path(taxonomy::leaf(listing.show.genre.name))
            .iter()
            .map(|taxonomy| taxonomy.slug.to_owned())
            .collect()
    }),
    ("taxonomies.id", |listing| {
        taxonomy::path(taxonomy::leaf(listing.show.genre.name))
            .iter()
            .map(|taxonomy| taxonomy.id.to_string())
            .collect()
    }),
    ("taxonomies.parent_id", |listing| {
        let path = taxonomy::path(taxonomy::leaf(listing.show.genre.name));
        path.iter()
            .filter_map(|taxonomy| taxonomy.parent)
            .map(|parent| parent.to_string())
            .collect()
    }),
    ("type", |listing| vec![render::kind(listing).to_owned()]),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Local,
    Utc,
    Announced,
    Id,
    Score,
}

/// One edge of a window of times.
#[derive(Debug, Clone, Copy)]
struct Bound {
    utc: bool,
    holds: Comparison,
    at: NaiveDateTime,
}

impl Bound {
    fn admits(&self, listing: &Listing) -> bool {
        let (local, utc) = render::times(listing);
        (self.holds)(if self.utc { utc } else { local }.cmp(&self.at))
    }
}

pub(super) struct EventQuery {
    /// Overrides everything else.
    ids: Option<Vec<String>>,
    words: Vec<String>,
    filters: Vec<(Text, Vec<String>)>,
    bounds: Vec<Bound>,
    area: Option<Circle>,
    addons: bool,
    sort: Option<(Sort, bool)>,
    pub(super) page: usize,
    pub(super) per_page: usize,
}

impl EventQuery {
    pub(super) fn parse(parameters: &Parameters) -> Result<Self, Refusal> {
        let (page, per_page) = paging(parameters)?;
        let filters = FILTERS
            .iter()
            .filter_map(|(name, text)| Some((*text, parameters.list(name)?.into_iter().map(fold).collect())));
        let owned = |values: Vec<&str>| values.into_iter().map(str::to_owned).collect();
        Ok(Self {
            ids: parameters.list("id").map(owned),
            words: words(parameters.get("q").unwrap_or_default()),
            filters: filters.collect(),
            bounds: bounds(parameters)?,
            area: area(parameters)?,
            addons: parameters.get("addons_visible") == Some("true"),
            sort: sort(parameters)?,
            page,
            per_page,
        })
    }

    pub(super) fn select<'a>(&self, listings: &'a [Arc<Listing>]) -> Vec<&'a Listing> {
        let mut found: Vec<_> = listings
            .iter()
            .map(AsRef::as_ref)
            .filter(|listing| self.admits(listing))
            .collect();
        if let Some((sort, descending)) = self.sort {
            found.sort_by(|one, other| {
                let order = match sort {
                    Sort::Local => one.start.cmp(&other.start),
                    Sort::Utc => one.start_utc.cmp(&other.start_utc),
                    Sort::Announced => render::announced(one).cmp(&render::announced(other)),
                    Sort::Id => one.show.number.cmp(&other.show.number),
                    Sort::Score => render::score(one).total_cmp(&render::score(other)),
                };
                if descending { order.reverse() } else { order }
            });
        }
        found
    }

    fn admits(&self, listing: &Listing) -> bool {
        if !exists(listing) {
            return false;
        }
        if let Some(ids) = &self.ids {
            return ids.contains(&listing.id);
        }
        (self.addons || listing.quirk != Some(Quirk::Parking))
            && self.bounds.iter().all(|bound| bound.admits(listing))
            && self
                .filters
                .iter()
                .all(|(text, wanted)| text(listing).iter().any(|has| wanted.contains(has)))
            && listing.mentions(&self.words)
            && self.area.is_none_or(|area| area.holds(listing.position()))
    }

    /// The page asked for and the total; beyond the window there is nothing, and it says so of the whole.
    pub(super) fn page_of<'a, 'b>(&self, found: &'b [&'a Listing]) -> (&'b [&'a Listing], usize) {
        let start = (self.page - 1).saturating_mul(self.per_page);
        if start >= RESULT_WINDOW {
            return (&[], 0);
        }
        let found = &found[..found.len().min(RESULT_WINDOW)];
        let start = start.min(found.len());
        (&found[start..found.len().min(start + self.per_page)], found.len())
    }

    pub(super) fn geolocation(&self) -> Value {
        self.area.map_or(Value::Null, |area| {
            json!({
                "lat": area.centre.0,
                "lon": area.centre.1,
                "city": null,
                "state": null,
                "country": null,
                "postal_code": null,
                "display_name": null,
                "range": format!("{:.0}km", area.radius_km),
            })
        })
    }
}

fn invalid(parameter: &str) -> Refusal {
    Refusal::Value {
        parameter: parameter.to_owned(),
    }
}

/// `page` from 1, `per_page` 10 by default.
pub(super) fn paging(parameters: &Parameters) -> Result<(usize, usize), Refusal> {
    let number = |name, default| match parameters.get(name) {
        None => Ok(default),
        Some(value) => value
            .parse::<usize>()
            .ok()
            .filter(|number| *number > 0)
            .ok_or_else(|| invalid(name)),
    };
    let (page, per_page) = (number("page", 1)?, number("per_page", 10)?);
    if per_page > MAX_PER_PAGE {
        return Err(Refusal::PageSize);
    }
    Ok((page, per_page))
}

fn bounds(parameters: &Parameters) -> Result<Vec<Bound>, Refusal> {
    let mut bounds = Vec::new();
    for (field, utc) in [("datetime_utc", true), ("datetime_local", false)] {
        for (suffix, holds) in COMPARISONS {
            let name = format!("{field}{suffix}");
            if let Some(value) = parameters.get(&name) {
                let at = time(value).ok_or_else(|| invalid(&name))?;
                bounds.push(Bound { utc, holds, at });
            }
        }
    }
    Ok(bounds)
}

/// A time without a zone, or a date, which is its midnight.
fn time(value: &str) -> Option<NaiveDateTime> {
    let time = NaiveDateTime::parse_from_str(value, "%Y-%m-%dT%H:%M:%S").ok();
    time.or_else(|| value.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0))
}

fn area(parameters: &Parameters) -> Result<Option<Circle>, Refusal> {
    let coordinate = |name| {
        parameters
            .get(name)
            .map(|value| value.parse::<f64>().map_err(|_| invalid(name)))
    };
    let centre = match (coordinate("lat").transpose()?, coordinate("lon").transpose()?) {
        (Some(lat), Some(lon)) => (lat, lon),
        _ if parameters.get("geoip").is_some() => DATA_CENTRE,
        _ => return Ok(None),
    };
    let radius_km = match parameters.get("range") {
        None => DEFAULT_RANGE_KM,
        Some(range) => {
            let number = |unit| {
                range
                    .strip_suffix(unit)
                    .and_then(|number| number.parse::<f64>().ok())
            };
            let miles = number("mi").map(|miles| miles * KILOMETRES_PER_MILE);
            miles.or_else(|| number("km")).ok_or_else(|| invalid("range"))?
        }
    };
    Ok(Some(Circle { centre, radius_km }))
}

fn sort(parameters: &Parameters) -> Result<Option<(Sort, bool)>, Refusal> {
    let Some(value) = parameters.get("sort") else {
        return Ok(None);
    };
    let (field, direction) = value.rsplit_once('.').unwrap_or((value, "asc"));
    let sort = match field {
        "datetime_local" => Sort::Local,
        "datetime_utc" => Sort::Utc,
        "announce_date" => Sort::Announced,
        "id" => Sort::Id,
        "score" => Sort::Score,
        _ => return Err(invalid("sort")),
    };
    match direction {
        "asc" => Ok(Some((sort, false))),
        "desc" => Ok(Some((sort, true))),
        _ => Err(invalid("sort")),
    }
}
