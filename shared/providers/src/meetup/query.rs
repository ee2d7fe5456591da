//! Searches, slices and single events in GraphQL. Every list goes by the name `events`, whatever it is a list of.

use chrono::{DateTime, Utc};
use domain::search::{SearchFilter, SearchText};
use domain::start::Rfc3339;
use domain::sync::Window;
use serde_json::{Value, json};

/// Events a page: more are not reliably given, and the number is a hint anyway.
const PAGE_SIZE: u32 = 100;

const KILOMETRES_PER_MILE: f64 = 1.609_344;

/// What is read of an event. Members (hosts, guests) are not.
macro_rules! with_event {
    ($query:literal) => {
        concat!(
            $query,
            " fragment Fields on Event { id token title description eventUrl eventType status dateTime endTime duration",
            " venues { name address city state country postalCode lat lon venueType }",
            " feeSettings { required amount currency } featuredEventPhoto { id baseUrl highResUrl }",
            " group { timezone topicCategory { id name } } topics { edges { node { id name } } } }"
        )
    };
}

const SEARCH: &str = with_event!(
    "query($filter: EventSearchFilter!, $first: Int, $after: String) \
     { events: eventSearch(filter: $filter, first: $first, after: $after) \
     { totalCount pageInfo { hasNextPage endCursor } edges { node { ...Fields } } } }"
);

const NEARBY: &str = with_event!(
    "query($filter: RecommendedEventsFilter!, $first: Int, $after: String) \
     { events: recommendedEvents(filter: $filter, first: $first, after: $after) \
     { totalCount pageInfo { hasNextPage endCursor } edges { node { ...Fields } } } }"
);

const GROUP: &str = with_event!(
    "query($urlname: String!, $filter: GroupEventFilter, $first: Int, $after: String) \
     { group: groupByUrlname(urlname: $urlname) { events(filter: $filter, sort: ASC, first: $first, after: $after) \
     { totalCount pageInfo { hasNextPage endCursor } edges { node { ...Fields } } } } }"
);

const EVENT: &str = with_event!("query($id: ID!) { event(id: $id) { ...Fields } }");

const CATEGORIES: &str = "{ topicCategories { edges { node { id name } } } }";

/// What is on, and what was called off: without being asked for, the latter never come.
const STATUSES: [&str; 5] = [
    "ACTIVE",
    "AUTOSCHED",
    "AUTOSCHED_CANCELLED",
    "CANCELLED",
    "CANCELLED_PERM",
];

/// Asks for a page of what `filter` does; `None` where Meetup has no such search.
///
/// Words need a position. Without words (a text such as `*`) a city does as well: "what is on here".
pub(super) fn search(filter: &SearchFilter, after: Option<&str>, now: DateTime<Utc>) -> Option<String> {
    let wants_all = is_wordless(&filter.text);
    let mut wanted = json!({"startDateRange": time(filter.from.unwrap_or(now))});
    if let Some(to) = filter.to {
        wanted["endDateRange"] = time(to);
    }
    match (filter.near, &filter.city) {
        (Some(near), _) => {
            wanted["lat"] = json!(near.centre.latitude());
            wanted["lon"] = json!(near.centre.longitude());
            wanted["radius"] = json!(f64::from(near.radius_km) / KILOMETRES_PER_MILE);
        }
        (None, Some(city)) if wants_all => {
            wanted["city"] = json!(city);
            if let Some(country) = filter.country {
                wanted["country"] = json!(country.as_str().to_ascii_lowercase());
            }
        }
        (None, _) => return None,
    }
    let query = if wants_all {
        NEARBY
    } else {
        wanted["query"] = json!(filter.text.as_str());
        SEARCH
    };
    Some(document(
        query,
        &json!({"filter": wanted, "first": size(filter), "after": after}),
    ))
}

/// How many events a page of a search is asked for: more, where more is thrown away here.
pub(super) fn size(filter: &SearchFilter) -> u32 {
    let narrowed_here = filter.category.is_some() || filter.country.is_some();
    if narrowed_here {
        PAGE_SIZE
    } else {
        filter.size.min(PAGE_SIZE)
    }
}

/// Whether a text names nothing to look for: `eventSearch` finds nothing by such.
fn is_wordless(text: &SearchText) -> bool {
    !text.as_str().contains(char::is_alphanumeric)
}

/// Asks for a page of the events of a group within `window`.
pub(super) fn group(urlname: &str, window: Window, after: Option<&str>) -> String {
    let filter = json!({
        "afterDateTime": time(window.from),
        "beforeDateTime": time(window.to),
        "status": STATUSES,
    });
    let variables = json!({"urlname": urlname, "filter": filter, "first": PAGE_SIZE, "after": after});
    document(GROUP, &variables)
}

/// Asks for one event.
pub(super) fn event(id: &str) -> String {
    document(EVENT, &json!({ "id": id }))
}

/// Asks for the topic categories.
pub(super) fn categories() -> String {
    document(CATEGORIES, &json!({}))
}

fn document(query: &str, variables: &Value) -> String {
    json!({"query": query, "variables": variables}).to_string()
}

/// A time with its offset: without one it is refused.
fn time(at: DateTime<Utc>) -> Value {
    json!(Rfc3339(at).to_string())
}
