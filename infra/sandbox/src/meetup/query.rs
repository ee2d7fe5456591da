//! The root fields: what is found, page by page, cut to what was selected.

use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Map, Value, json};

use super::{
    graphql::{Document, Field, Selection},
    render, schema,
};
use crate::{
    catalogue::{
        fold,
        place::{CITIES, Circle, KILOMETRES_PER_MILE},
        words,
    },
    listing::Listing,
    world::Stage,
};

/// Used when `first` is not given; more than a hundred are never returned, whatever `first` says.
const DEFAULT_FIRST: usize = 20;
const MAX_FIRST: usize = 100;
/// Every sixteenth event of a page comes again on the next one.
const OVERLAP: usize = 16;
/// In miles, when a position comes without a radius.
const DEFAULT_RADIUS: f64 = 25.0;

/// Answers every root field.
pub(super) fn resolve(stage: &Stage, document: &Document) -> Value {
    let mut data = Map::new();
    for field in document.fields(&document.selections) {
        let value = match field.name.as_str() {
            "event" => event(stage, field),
            "eventSearch" | "recommendedEvents" => events(stage, field),
            "group" => group(|group| group["id"] == field.arguments["id"]),
            "groupByUrlname" => group(|group| group["urlname"] == field.arguments["urlname"]),
            "topicCategories" => render::topic_categories(),
            _ => json!("Query"),
        };
        let kind = schema::type_of("Query", &field.name).unwrap_or_default();
        data.insert(
            field.key().to_owned(),
            project(stage, document, kind, &value, &field.selections),
        );
    }
    data.into()
}

/// The selected part of a value.
fn project(stage: &Stage, document: &Document, kind: &str, value: &Value, selections: &[Selection]) -> Value {
    match value {
        Value::Array(items) => items
            .iter()
            .map(|item| project(stage, document, kind, item, selections))
            .collect(),
        Value::Object(object) if schema::fields(kind).is_some() => {
            let mut selected = Map::new();
            for field in document.fields(selections) {
                let inner = schema::type_of(kind, &field.name).unwrap_or_default();
                let found = match (kind, field.name.as_str()) {
                    (_, "__typename") => json!(kind),
                    ("Group", "events") => group_events(stage, &value["urlname"], field),
                    (_, name) => object.get(name).cloned().unwrap_or_default(),
                };
                let found = project(stage, document, inner, &found, &field.selections);
                selected.insert(field.key().to_owned(), found);
            }
            selected.into()
        }
        other => other.clone(),
    }
}

/// By id only: the token is no id. A vanished event is null, not an error.
fn event(stage: &Stage, field: &Field) -> Value {
    let id = &field.arguments["id"];
    let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    let listing = stage.imitation().listings.get(&id);
    listing.map_or(Value::Null, |listing| {
        render::event(&listing, stage.world.config.today)
    })
}

fn group(wanted: impl Fn(&Value) -> bool) -> Value {
    CITIES
        .iter()
        .map(|city| render::group(city, true))
        .find(wanted)
        .unwrap_or_default()
}

/// A time with an offset, with or without seconds; or a local one, as `recommendedEvents` takes.
fn time(value: &Value) -> Option<DateTime<Utc>> {
    let text = value.as_str()?;
    let zoned =
        DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%#z"));
    let local = || {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S")
            .ok()
            .map(|time| time.and_utc())
    };
    zoned.ok().map(|time| time.to_utc()).or_else(local)
}

/// `eventSearch`, which wants words, and `recommendedEvents`, which has none.
fn events(stage: &Stage, field: &Field) -> Value {
    let filter = &field.arguments["filter"];
    let query = words(filter["query"].as_str().unwrap_or_default());
    let nothing = field.name == "eventSearch" && query.is_empty();
    let centre = filter["lat"].as_f64().zip(filter["lon"].as_f64());
    let radius_km = filter["radius"].as_f64().unwrap_or(DEFAULT_RADIUS) * KILOMETRES_PER_MILE;
    let area = centre.map(|centre| Circle { centre, radius_km });
    let city = filter["city"].as_str().map(fold);
    let (from, to) = (time(&filter["startDateRange"]), time(&filter["endDateRange"]));
    let today = stage.world.config.today;

    let listings = stage.imitation().listings.all();
    let mut found: Vec<_> = listings
        .iter()
        .filter(|listing| {
            !nothing
                && render::is_upcoming(listing, today)
                && listing.mentions(&query)
                && area.is_none_or(|area| area.holds(listing.position()))
                && city
                    .as_ref()
                    .is_none_or(|city| fold(listing.show.venue.city.name) == *city)
                && from.is_none_or(|from| from <= listing.start_utc)
                && to.is_none_or(|to| listing.start_utc <= to)
                && fits(&filter["eventType"], render::event_type(listing))
                && fits(&filter["topicCategoryId"], render::topic_category_id(listing))
        })
        .collect();
    if field
        .arguments
        .get("sort")
        .is_some_and(|sort| sort["sortField"] == "DATETIME")
    {
        found.sort_by_key(|listing| std::cmp::Reverse(listing.start_utc));
    }
    page(stage, field, &found)
}

fn fits(wanted: &Value, has: &str) -> bool {
    wanted.is_null() || wanted == has
}

/// Upcoming ones unless other statuses are asked for; cancelled ones are never past ones.
fn group_events(stage: &Stage, urlname: &Value, field: &Field) -> Value {
    let filter = field.arguments.get("filter").cloned().unwrap_or_default();
    let single = field.arguments.get("status").cloned().unwrap_or_default();
    let statuses: Vec<String> = [&filter["status"], &single]
        .into_iter()
        .flat_map(|given| given.as_array().cloned().unwrap_or_else(|| vec![given.clone()]))
        .filter_map(|status| status.as_str().map(str::to_owned))
        .collect();
    let (after, before) = (time(&filter["afterDateTime"]), time(&filter["beforeDateTime"]));
    let title = filter["title"].as_str().map(fold);
    let today = stage.world.config.today;

    let listings = stage.imitation().listings.all();
    let mut found: Vec<_> = listings
        .iter()
        .filter(|listing| {
            let wanted = if statuses.is_empty() {
                render::is_upcoming(listing, today)
            } else {
                statuses
                    .iter()
                    .any(|status| status == render::status(listing, today))
            };
            wanted
                && *urlname == render::urlname(listing.show.venue.city)
                && after.is_none_or(|after| after <= listing.start_utc)
                && before.is_none_or(|before| listing.start_utc <= before)
                && title
                    .as_ref()
                    .is_none_or(|title| fold(&listing.title).contains(title.as_str()))
        })
        .collect();
    if field.arguments.get("sort").is_some_and(|sort| sort == "DESC") {
        found.reverse();
    }
    page(stage, field, &found)
}

fn cursor(place: usize) -> String {
    BASE64_STANDARD.encode(format!("place:{place}"))
}

fn place(cursor: &str) -> Option<usize> {
    let decoded = String::from_utf8(BASE64_STANDARD.decode(cursor).ok()?).ok()?;
    decoded.strip_prefix("place:")?.parse().ok()
}

/// A page as the real ones are: overlapping the next, a total that is too high, and perhaps nothing at the end.
fn page(stage: &Stage, field: &Field, found: &[&Arc<Listing>]) -> Value {
    let first = field
        .arguments
        .get("first")
        .and_then(Value::as_u64)
        .and_then(|first| first.try_into().ok());
    let first = first.unwrap_or(DEFAULT_FIRST).clamp(1, MAX_FIRST);
    let start = field
        .arguments
        .get("after")
        .and_then(Value::as_str)
        .and_then(place)
        .unwrap_or(0);
    let start = start.min(found.len());
    let end = found.len().min(start + first);
    let page = &found[start..end];
    // A full last page is followed by an empty one.
    let more = page.len() == first;
    let next = if end < found.len() {
        end - page.len() / OVERLAP
    } else {
        end
    };
    let today = stage.world.config.today;
    let edges: Vec<_> = page
        .iter()
        .map(|listing| json!({"cursor": cursor(next), "node": render::event(listing, today)}))
        .collect();
    json!({
        "edges": edges,
        "pageInfo": {
            "endCursor": (!page.is_empty()).then(|| cursor(next)),
            "hasNextPage": more,
            "hasPreviousPage": start > 0,
            "startCursor": (!page.is_empty()).then(|| cursor(start)),
        },
        "totalCount": found.len() + found.len() / 10,
    })
}
