//! The parameters of the event search, parsed as strictly as the real one does.

use std::{cmp::Ordering, fmt, sync::Arc};

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Value, json, value::RawValue};

use super::{
    classification,
    refusal::Refusal,
    render::{self, Day},
};
use crate::{
    catalogue::{
        chance, fold,
        place::{Circle, KILOMETRES_PER_MILE},
        quirk::Quirk,
        words,
    },
    listing::{Listing, raw},
    parameter::Parameters,
};

/// The live maximum of `size`; the documentation still says 500.
const MAX_SIZE: usize = 200;
/// `size * page` must stay below this.
const PAGING_DEPTH: usize = 1_000;
/// No result beyond this one can be reached, and totals stop there.
pub(super) const RESULT_WINDOW: usize = 10_000;
/// Used when a position comes without a radius.
const DEFAULT_RADIUS: u32 = 50;

/// Which of an event's languages to look in. There is no fallback from one to another.
#[derive(Debug, Clone)]
pub(super) struct Locale(String);

impl Locale {
    pub(super) fn of(parameters: &Parameters) -> Self {
        Self(parameters.get("locale").unwrap_or("en").to_lowercase())
    }

    pub(super) fn shows(&self, listing: &Listing) -> bool {
        let locale = listing.show.venue.city.locale;
        self.0
            .split(',')
            .any(|wanted| wanted == "*" || wanted == locale || locale.split('-').next() == Some(wanted))
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 == "en" { "en-us" } else { &self.0 })
    }
}

/// `yes`, `no` or `only`, for kinds of events that are hidden by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Include {
    Yes,
    No,
    Only,
}

impl Include {
    fn parse(parameters: &Parameters, parameter: &'static str) -> Result<Self, Refusal> {
        match parameters.get(parameter) {
            None | Some("no") => Ok(Self::No),
            Some("yes") => Ok(Self::Yes),
            Some("only") => Ok(Self::Only),
            Some(_) => Err(Refusal::Value { parameter }),
        }
    }

    fn admits(self, is_such: bool) -> bool {
        match self {
            Self::Yes => true,
            Self::No => !is_such,
            Self::Only => is_such,
        }
    }
}

/// A circle on the map, and whether its distances are miles.
#[derive(Debug, Clone, Copy)]
struct Area {
    circle: Circle,
    miles: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Relevance,
    Name,
    Date,
    NameDate,
    DateName,
    Distance,
    DistanceDate,
    OnSale,
    Id,
    Venue,
    Random,
}

/// A filter that compares folded text with any of the values given.
type Test = fn(&Listing) -> Vec<String>;

pub(super) struct EventQuery {
    keyword: Vec<String>,
    locale: Locale,
    date_tba: Include,
    date_tbd: Include,
    test: Include,
    /// Both edges inclusive.
    utc: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    local: (Option<NaiveDateTime>, Option<NaiveDateTime>),
    filters: Vec<(Test, Vec<String>)>,
    area: Option<Area>,
    sort: Sort,
    descending: bool,
    pub(super) size: usize,
    pub(super) page: usize,
}

/// The parameters that name a property and are met by any of their values.
const FILTERS: [(&str, Test); 16] = [
    ("id", |listing| vec![listing.id.clone()]),
    ("city", |listing| vec![fold(listing.show.venue.city.name)]),
    ("countryCode", |listing| {
        vec![fold(listing.show.venue.city.country.code)]
    }),
    ("stateCode", |listing| {
        let state = listing.show.venue.city.state.as_ref();
        state.and_then(|state| state.code).map(fold).into_iter().collect()
    }),
    ("postalCode", |listing| {
        vec![fold(listing.show.venue.city.postal_code)]
    }),
    ("venueId", |listing| vec![render::venue_id(listing.show.venue)]),
    ("attractionId", |listing| {
        listing
            .show
            .performers
            .iter()
            .map(render::attraction_id)
            .collect()
    }),
    ("source", |listing| vec![render::source(listing).to_owned()]),
    ("classificationName", |listing| {
        folded(classification::levels(listing).map(|level| level.name))
    }),
    ("classificationId", |listing| {
        classification::levels(listing)
            .map(|level| level.id.to_owned())
            .to_vec()
    }),
    ("segmentName", |listing| {
        folded([classification::levels(listing)[0].name])
    }),
    ("segmentId", |listing| {
        vec![classification::levels(listing)[0].id.to_owned()]
    }),
    ("genreId", |listing| {
        vec![classification::levels(listing)[1].id.to_owned()]
    }),
    ("subGenreId", |listing| {
        vec![classification::levels(listing)[2].id.to_owned()]
    }),
    ("typeId", |listing| {
        vec![classification::levels(listing)[3].id.to_owned()]
    }),
    ("subTypeId", |listing| {
        vec![classification::levels(listing)[4].id.to_owned()]
    }),
];

fn folded<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(fold).to_vec()
}

impl EventQuery {
    pub(super) fn parse(parameters: &Parameters) -> Result<Self, Refusal> {
        let size = number(parameters, "size", 20)?;
        let page = number(parameters, "page", 0)?;
        if size > MAX_SIZE {
            return Err(Refusal::Size);
        }
        if size * page + size > RESULT_WINDOW {
            return Err(Refusal::ResultWindow);
        }
        if size * page >= PAGING_DEPTH {
            return Err(Refusal::PagingDepth);
        }
        let (sort, descending) = sort(parameters)?;
        let filters = FILTERS.iter().filter_map(|(name, test)| {
            // Ids are case sensitive; names and codes are not.
            let exact = name.ends_with("Id") || *name == "id";
            let spelled = |value: &str| if exact { value.to_owned() } else { fold(value) };
            Some((*test, parameters.list(name)?.into_iter().map(spelled).collect()))
        });
        Ok(Self {
            keyword: words(parameters.get("keyword").unwrap_or_default()),
            locale: Locale::of(parameters),
            date_tba: Include::parse(parameters, "includeTBA")?,
            date_tbd: Include::parse(parameters, "includeTBD")?,
            test: Include::parse(parameters, "includeTest")?,
            utc: utc_window(parameters)?,
            local: local_window(parameters)?,
            filters: filters.collect(),
            area: area(parameters)?,
            sort,
            descending,
            size,
            page,
        })
    }

    /// What this asks for, in its order.
    pub(super) fn select<'a>(&self, listings: &'a [Arc<Listing>]) -> Vec<&'a Listing> {
        let mut found: Vec<_> = listings
            .iter()
            .map(AsRef::as_ref)
            .filter(|listing| self.admits(listing))
            .collect();
        match self.sort {
            Sort::Relevance => {}
            _ => found.sort_by(|one, other| {
                let order = self.order(one, other);
                if self.descending { order.reverse() } else { order }
            }),
        }
        found
    }

    fn admits(&self, listing: &Listing) -> bool {
        let day = render::day(listing);
        self.locale.shows(listing)
            && self.date_tba.admits(day == Day::ToBeAnnounced)
            && self.date_tbd.admits(day == Day::ToBeDetermined)
            && self.test.admits(listing.quirk == Some(Quirk::Test))
            && within(&self.utc, &listing.start_utc, listing)
            && within(&self.local, &listing.start, listing)
            && self
                .filters
                .iter()
                .all(|(test, wanted)| test(listing).iter().any(|has| wanted.contains(has)))
            && listing.mentions(&self.keyword)
            && self.area.is_none_or(|area| area.circle.holds(listing.position()))
    }

    fn order(&self, one: &Listing, other: &Listing) -> Ordering {
        let by_name = || fold(one.title.trim()).cmp(&fold(other.title.trim()));
        let by_date = || one.start_utc.cmp(&other.start_utc);
        let by_distance = || {
            let distance = |listing: &Listing| {
                self.area
                    .map(|area| area.circle.kilometres_to(listing.position()))
                    .unwrap_or_default()
            };
            distance(one).total_cmp(&distance(other))
        };
        match self.sort {
            Sort::Relevance => Ordering::Equal,
            Sort::Name => by_name(),
            Sort::Date | Sort::OnSale => by_date(),
            Sort::NameDate => by_name().then_with(by_date),
            Sort::DateName => by_date().then_with(by_name),
            Sort::Distance => by_distance(),
            Sort::DistanceDate => by_distance().then_with(by_date),
            Sort::Id => one.id.cmp(&other.id),
            Sort::Venue => one.show.venue.name.cmp(&other.show.venue.name),
            Sort::Random => chance::hash(&one.id).cmp(&chance::hash(&other.id)),
        }
    }

    pub(super) fn offset(&self) -> usize {
        self.size * self.page
    }

    pub(super) fn pages(&self, total: usize) -> usize {
        total.div_ceil(self.size.max(1))
    }

    /// The event with its distance, when a position was asked for.
    pub(super) fn near(&self, listing: &Listing) -> Option<Box<RawValue>> {
        let area = self.area?;
        let (units, per_unit) = if area.miles {
            ("MILES", KILOMETRES_PER_MILE)
        } else {
            ("KILOMETERS", 1.0)
        };
        let distance = (area.circle.kilometres_to(listing.position()) / per_unit * 100.0).round() / 100.0;
        let mut event = render::event(listing);
        event["distance"] = json!(distance);
        event["units"] = json!(units);
        if let Some(venue) = event.pointer_mut("/_embedded/venues/0") {
            venue["distance"] = json!(distance);
            venue["units"] = json!(units);
        }
        Some(raw(&event))
    }

    /// Relative links in the form of path that was asked for, without the key.
    pub(super) fn links(&self, parameters: &Parameters, path: &str, total: usize) -> Value {
        let page = |number: usize| {
            let place = [("page", number.to_string()), ("size", self.size.to_string())];
            json!({"href": format!("{path}?{}", parameters.rewritten(&["apikey", "page", "size"], &place))})
        };
        let mut links =
            json!({"self": {"href": format!("{path}?{}", parameters.rewritten(&["apikey"], &[]))}});
        if let Some(last) = self.pages(total).checked_sub(1) {
            links["first"] = page(0);
            links["last"] = page(last);
            if self.page < last {
                links["next"] = page(self.page + 1);
            }
            if self.page > 0 {
                links["prev"] = page(self.page - 1);
            }
        }
        links
    }
}

/// Only events that have a date are in a window of dates.
fn within<T: PartialOrd>((from, to): &(Option<T>, Option<T>), start: &T, listing: &Listing) -> bool {
    let bounded = from.is_some() || to.is_some();
    (!bounded || render::day(listing) == Day::Known)
        && from.as_ref().is_none_or(|from| from <= start)
        && to.as_ref().is_none_or(|to| start <= to)
}

fn number(parameters: &Parameters, parameter: &'static str, default: usize) -> Result<usize, Refusal> {
    match parameters.get(parameter) {
        None => Ok(default),
        // Four digits are more than any limit here, and cannot overflow when multiplied.
        Some(value) if value.len() <= 9 => value.parse().map_err(|_| Refusal::Value { parameter }),
        Some(_) => Err(Refusal::Value { parameter }),
    }
}

/// Exactly `YYYY-MM-DDTHH:mm:ssZ`: no fraction, no offset, nothing left out.
fn utc(value: &str) -> Result<DateTime<Utc>, Refusal> {
    let local = value.strip_suffix('Z').ok_or(Refusal::DateFormat)?;
    self::local(local).map(|time| time.and_utc())
}

/// Exactly `YYYY-MM-DDTHH:mm:ss`.
fn local(value: &str) -> Result<NaiveDateTime, Refusal> {
    let digits = value.len() == "YYYY-MM-DDTHH:mm:ss".len();
    let parsed = NaiveDateTime::parse_from_str(value, "%Y-%m-%dT%H:%M:%S")
        .ok()
        .filter(|_| digits);
    parsed.ok_or(Refusal::DateFormat)
}

type Window<T> = (Option<T>, Option<T>);

fn utc_window(parameters: &Parameters) -> Result<Window<DateTime<Utc>>, Refusal> {
    const SALE: [&str; 3] = [
        "onsaleStartDateTime",
        "onsaleEndDateTime",
        "publicVisibilityStartDateTime",
    ];
    for name in SALE {
        parameters.get(name).map(utc).transpose()?;
    }
    if let Some(pair) = pair(parameters, "startEndDateTime", utc)? {
        return Ok(pair);
    }
    let edge = |name| parameters.get(name).map(utc).transpose();
    Ok((edge("startDateTime")?, edge("endDateTime")?))
}

fn local_window(parameters: &Parameters) -> Result<Window<NaiveDateTime>, Refusal> {
    let pair = match pair(parameters, "localStartEndDateTime", local)? {
        None => pair(parameters, "localStartDateTime", local)?,
        pair => pair,
    };
    Ok(pair.unwrap_or_default())
}

/// Two dates separated by a comma; `*` leaves an edge open.
fn pair<T>(
    parameters: &Parameters,
    name: &str,
    parse: fn(&str) -> Result<T, Refusal>,
) -> Result<Option<Window<T>>, Refusal> {
    let Some(value) = parameters.get(name) else {
        return Ok(None);
    };
    let (from, to) = value.split_once(',').unwrap_or((value, "*"));
    let edge = |edge: &str| {
        if edge == "*" {
            Ok(None)
        } else {
            parse(edge).map(Some)
        }
    };
    Ok(Some((edge(from)?, edge(to)?)))
}

fn area(parameters: &Parameters) -> Result<Option<Area>, Refusal> {
    let parameter = if parameters.get("latlong").is_some() {
        "latlong"
    } else {
        "geoPoint"
    };
    let Some(value) = parameters.get(parameter) else {
        return Ok(None);
    };
    let position = |value: &str| {
        let (latitude, longitude) = value.split_once(',')?;
        let (latitude, longitude) = (latitude.trim().parse().ok()?, longitude.trim().parse().ok()?);
        ((-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude))
            .then_some((latitude, longitude))
    };
    let centre = position(value).or_else(|| geohash(value).filter(|_| parameter == "geoPoint"));
    let centre = centre.ok_or(Refusal::Value { parameter })?;
    let radius = match parameters.get("radius") {
        None => DEFAULT_RADIUS,
        Some(radius) => radius
            .parse()
            .map_err(|_| Refusal::Value { parameter: "radius" })?,
    };
    let miles = match parameters.get("unit") {
        None | Some("miles") => true,
        Some("km") => false,
        Some(_) => return Err(Refusal::Value { parameter: "unit" }),
    };
    let radius_km = f64::from(radius) * if miles { KILOMETRES_PER_MILE } else { 1.0 };
    let circle = Circle { centre, radius_km };
    Ok(Some(Area { circle, miles }))
}

/// The middle of a geohash cell, of at most nine characters.
fn geohash(hash: &str) -> Option<(f64, f64)> {
    const ALPHABET: &str = "0123456789bcdefghjkmnpqrstuvwxyz";
    if hash.is_empty() || hash.len() > 9 {
        return None;
    }
    let (mut latitude, mut longitude) = ((-90.0, 90.0), (-180.0, 180.0));
    let mut is_longitude = true;
    for letter in hash.chars() {
        let bits = ALPHABET.find(letter)?;
        for bit in (0..5).rev() {
            let range = if is_longitude {
                &mut longitude
            } else {
                &mut latitude
            };
            let middle = f64::midpoint(range.0, range.1);
            if bits >> bit & 1 == 1 {
                range.0 = middle;
            } else {
                range.1 = middle;
            }
            is_longitude = !is_longitude;
        }
    }
    Some((
        f64::midpoint(latitude.0, latitude.1),
        f64::midpoint(longitude.0, longitude.1),
    ))
}

fn sort(parameters: &Parameters) -> Result<(Sort, bool), Refusal> {
    let value = parameters.get("sort").unwrap_or("relevance,desc");
    let (field, direction) = match value.rsplit_once(',') {
        Some((field, direction)) => (field, direction),
        None => (value, "asc"),
    };
    let sort = match field {
        "relevance" => Sort::Relevance,
        "name" => Sort::Name,
        "date" => Sort::Date,
        "name,date" => Sort::NameDate,
        "date,name" => Sort::DateName,
        "distance" => Sort::Distance,
        "distance,date" => Sort::DistanceDate,
        "onSaleStartDate" => Sort::OnSale,
        "id" => Sort::Id,
        "venueName" => Sort::Venue,
        "random" => Sort::Random,
        _ => return Err(Refusal::Value { parameter: "sort" }),
    };
    match direction {
        "asc" => Ok((sort, false)),
        "desc" => Ok((sort, true)),
        _ => Err(Refusal::Value { parameter: "sort" }),
    }
}
