//! The part of gql-ext's schema that the imitation has, as tables, and the validation against it.

use chrono::DateTime;
use serde_json::{Map, Value};

use super::graphql::{Document, Field, GraphqlError, Position, Selection};

/// Names with the types that belong to them.
type Typed = &'static [(&'static str, &'static str)];

/// Object types and their fields with the fields' own types; a type that is not listed is a scalar.
#[rustfmt::skip]
const TYPES: &[(&str, Typed)] = &[
    ("Query", &[
        ("event", "Event"), ("eventSearch", "EventConnection"), ("recommendedEvents", "EventConnection"),
        ("group", "Group"), ("groupByUrlname", "Group"), ("topicCategories", "TopicCategoryConnection"),
    ]),
    ("EventConnection", &[("edges", "EventEdge"), ("pageInfo", "PageInfo"), ("totalCount", "Int")]),
    ("EventEdge", &[("cursor", "String"), ("node", "Event")]),
    ("PageInfo", &[
        ("endCursor", "String"), ("hasNextPage", "Boolean"), ("hasPreviousPage", "Boolean"),
        ("startCursor", "String"),
    ]),
    ("Event", &[
        ("createdTime", "DateTime"), ("dateTime", "DateTime"), ("description", "String"),
        ("duration", "Duration"), ("endTime", "DateTime"), ("eventHosts", "EventHost"),
        ("eventType", "EventType"), ("eventUrl", "String"), ("featuredEventPhoto", "PhotoInfo"),
        ("feeSettings", "EventFeeSettings"), ("group", "Group"), ("guestLimit", "Int"),
        ("guestsAllowed", "Boolean"), ("howToFindUs", "String"), ("id", "ID"), ("maxTickets", "Int"),
        ("networkEvent", "NetworkEvent"), ("numberOfAllowedGuests", "Int"),
        ("photoAlbum", "EventPhotoAlbum"), ("rsvps", "RsvpConnection"), ("series", "Series"),
        ("status", "EventStatus"), ("title", "String"), ("token", "ID"), ("topics", "TopicsConnection"),
        ("venues", "Venue"), ("waitlistMode", "WaitlistMode"), ("zoomMeetingId", "ID"),
    ]),
    ("EventHost", &[("memberId", "ID"), ("name", "String")]),
    ("PhotoInfo", &[
        ("baseUrl", "String"), ("highResUrl", "String"), ("id", "ID"), ("standardUrl", "String"),
        ("thumbUrl", "String"),
    ]),
    ("EventFeeSettings", &[
        ("accepts", "PaymentMethod"), ("amount", "Float"), ("currency", "EventFeeCurrency"),
        ("hasPromoCodes", "Boolean"), ("refundPolicy", "RefundPolicy"), ("required", "Boolean"),
    ]),
    ("RefundPolicy", &[("days", "Int"), ("notes", "String")]),
    ("NetworkEvent", &[("id", "ID")]),
    ("EventPhotoAlbum", &[("id", "ID")]),
    ("RsvpConnection", &[
        ("totalCount", "Int"), ("yesCount", "Int"), ("noCount", "Int"), ("waitlistCount", "Int"),
    ]),
    ("Series", &[("description", "String"), ("endDate", "String"), ("id", "ID")]),
    ("TopicsConnection", &[("edges", "TopicEdge"), ("pageInfo", "PageInfo"), ("totalCount", "Int")]),
    ("TopicEdge", &[("cursor", "String"), ("node", "Topic")]),
    ("Topic", &[("description", "String"), ("id", "ID"), ("name", "String"), ("urlkey", "String")]),
    ("Venue", &[
        ("address", "String"), ("city", "String"), ("country", "String"), ("id", "ID"), ("lat", "Float"),
        ("lon", "Float"), ("name", "String"), ("postalCode", "String"), ("state", "String"),
        ("venueType", "String"),
    ]),
    ("Group", &[
        ("city", "String"), ("country", "String"), ("description", "String"), ("events", "EventConnection"),
        ("foundedDate", "DateTime"), ("id", "ID"), ("isPrivate", "Boolean"), ("keyGroupPhoto", "PhotoInfo"),
        ("lat", "Float"), ("link", "String"), ("lon", "Float"), ("name", "String"), ("state", "String"),
        ("stats", "GroupStats"), ("status", "GroupStatus"), ("timezone", "String"),
        ("topicCategory", "TopicCategory"), ("urlname", "String"), ("zip", "String"),
    ]),
    ("GroupStats", &[("memberCounts", "GroupMemberCounts")]),
    ("GroupMemberCounts", &[("all", "Int")]),
    ("TopicCategoryConnection", &[
        ("edges", "TopicCategoryEdge"), ("pageInfo", "PageInfo"), ("totalCount", "Int"),
    ]),
    ("TopicCategoryEdge", &[("cursor", "String"), ("node", "TopicCategory")]),
    ("TopicCategory", &[
        ("color", "String"), ("id", "ID"), ("imageUrl", "String"), ("name", "String"), ("urlkey", "String"),
    ]),
];

/// Fields that take arguments. All others take none, `Event.topics` among them.
#[rustfmt::skip]
const ARGUMENTS: &[(&str, &str, Typed)] = &[
    ("Query", "event", &[("id", "ID!")]),
    ("Query", "group", &[("id", "ID!")]),
    ("Query", "groupByUrlname", &[("urlname", "String!")]),
    ("Query", "topicCategories", &[("includeNewGroups", "Boolean")]),
    ("Query", "eventSearch", &[
        ("after", "String"), ("dataConfiguration", "String"), ("filter", "EventSearchFilter!"),
        ("first", "Int"), ("sort", "KeywordSort"),
    ]),
    ("Query", "recommendedEvents", &[
        ("after", "String"), ("dataConfiguration", "String"), ("filter", "RecommendedEventsFilter!"),
        ("first", "Int"), ("sort", "RecommendedEventsSort"),
    ]),
    ("Group", "events", &[
        ("after", "String"), ("filter", "GroupEventFilter"), ("first", "Int"), ("sort", "SortOrder"),
        ("status", "EventStatus"),
    ]),
    ("Event", "rsvps", &[("after", "String"), ("first", "Int")]),
];

/// Input types and their fields. The dates of recommendedEvents are plain text, unlike those of the others.
#[rustfmt::skip]
const INPUTS: &[(&str, Typed)] = &[
    ("EventSearchFilter", &[
        ("categoryId", "ID"), ("city", "String"), ("country", "String"), ("doConsolidateEvents", "Boolean"),
        ("endDateRange", "DateTime"), ("endTime", "String"), ("eventType", "EventType"),
        ("isHappeningNow", "Boolean"), ("isStartingSoon", "Boolean"), ("lat", "Float!"), ("lon", "Float!"),
        ("query", "String!"), ("radius", "Float"), ("startDateRange", "DateTime"), ("startTime", "String"),
        ("state", "String"), ("topicCategoryId", "ID"), ("zip", "String"),
    ]),
    ("RecommendedEventsFilter", &[
        ("categoryId", "ID"), ("city", "String"), ("country", "String"), ("doConsolidateEvents", "Boolean"),
        ("endDateRange", "String"), ("endTime", "String"), ("eventType", "EventType"),
        ("isHappeningNow", "Boolean"), ("isStartingSoon", "Boolean"), ("lat", "Float"), ("lon", "Float"),
        ("radius", "Float"), ("startDateRange", "String"), ("startTime", "String"), ("state", "String"),
        ("topicCategoryId", "ID"), ("zip", "String"),
    ]),
    ("GroupEventFilter", &[
        ("afterDateTime", "DateTime"), ("beforeDateTime", "DateTime"), ("hostId", "ID"),
        ("status", "[EventStatus]"), ("title", "String"),
    ]),
    ("KeywordSort", &[("sortField", "KeywordSortField"), ("sortOrder", "SortOrder")]),
    ("RecommendedEventsSort", &[("sortField", "RecommendedEventsSortField")]),
];

#[rustfmt::skip]
const ENUMS: &[(&str, &[&str])] = &[
    ("EventType", &["PHYSICAL", "ONLINE", "HYBRID"]),
    ("SortOrder", &["ASC", "DESC"]),
    ("KeywordSortField", &["DATETIME", "RELEVANCE"]),
    ("RecommendedEventsSortField", &["DATETIME", "RELEVANCE"]),
    ("EventStatus", &[
        "ACTIVE", "AUTOSCHED", "AUTOSCHED_CANCELLED", "AUTOSCHED_DRAFT", "AUTOSCHED_FINISHED", "BLOCKED",
        "CANCELLED", "CANCELLED_PERM", "DRAFT", "PAST", "PENDING", "PROPOSED", "TEMPLATE",
    ]),
];

/// The fields of an object type; `None` for a scalar.
pub(super) fn fields(kind: &str) -> Option<Typed> {
    TYPES
        .iter()
        .find(|(name, _)| *name == kind)
        .map(|(_, fields)| *fields)
}

/// The type of a field of an object type.
pub(super) fn type_of(kind: &str, field: &str) -> Option<&'static str> {
    fields(kind)?
        .iter()
        .find(|(name, _)| *name == field)
        .map(|(_, kind)| *kind)
}

/// Checks variables, fields and arguments, before anything is looked up.
pub(super) fn validate(document: &Document, variables: &Map<String, Value>) -> Result<(), GraphqlError> {
    for variable in &document.variables {
        let value = variables
            .get(&variable.name)
            .or(variable.default.as_ref())
            .unwrap_or(&Value::Null);
        coerce(value, &variable.kind).map_err(|reason| {
            let message = format!("Variable '{}' has an invalid value: {reason}", variable.name);
            GraphqlError::validation(message, variable.at)
        })?;
    }
    check(document, "Query", &document.selections, "")
}

fn invalid(rule: &str, path: &str, detail: &str, at: Position) -> GraphqlError {
    GraphqlError::validation(format!("Validation error ({rule}@[{path}]) : {detail}"), at)
}

fn check(document: &Document, kind: &str, selections: &[Selection], path: &str) -> Result<(), GraphqlError> {
    for field in document.fields(selections) {
        if field.name == "__typename" {
            continue;
        }
        let path = if path.is_empty() {
            field.name.clone()
        } else {
            format!("{path}/{}", field.name)
        };
        let Some(inner) = type_of(kind, &field.name) else {
            let detail = format!("Field '{}' in type '{kind}' is undefined", field.name);
            return Err(invalid("FieldUndefined", &path, &detail, field.at));
        };
        check_arguments(kind, field, &path)?;
        match (fields(inner).is_some(), field.selections.is_empty()) {
            (true, true) => {
                let detail = format!(
                    "Subselection required for type '{inner}' of field '{}'",
                    field.name
                );
                return Err(invalid("SubselectionRequired", &path, &detail, field.at));
            }
            (false, false) => {
                let detail = format!(
                    "Subselection not allowed on leaf type '{inner}' of field '{}'",
                    field.name
                );
                return Err(invalid("SubselectionNotAllowed", &path, &detail, field.at));
            }
            _ => check(document, inner, &field.selections, &path)?,
        }
    }
    Ok(())
}

fn check_arguments(kind: &str, field: &Field, path: &str) -> Result<(), GraphqlError> {
    let declared = ARGUMENTS
        .iter()
        .find(|(owner, name, _)| *owner == kind && *name == field.name);
    let declared = declared.map(|(_, _, arguments)| *arguments).unwrap_or_default();
    if let Some(unknown) = field
        .arguments
        .keys()
        .find(|given| !declared.iter().any(|(name, _)| name == given))
    {
        let detail = format!("Unknown field argument '{unknown}'");
        return Err(invalid("UnknownArgument", path, &detail, field.at));
    }
    for (name, kind) in declared {
        let value = field.arguments.get(*name);
        if value.is_none() && kind.ends_with('!') {
            let detail = format!("Missing field argument '{name}'");
            return Err(invalid("MissingFieldArgument", path, &detail, field.at));
        }
        coerce(value.unwrap_or(&Value::Null), kind).map_err(|reason| {
            invalid(
                "WrongType",
                path,
                &format!("argument '{name}' has an invalid value: {reason}"),
                field.at,
            )
        })?;
    }
    Ok(())
}

/// Whether a value fits an input type, in the words of graphql-java if not.
fn coerce(value: &Value, kind: &str) -> Result<(), String> {
    if let Some(kind) = kind.strip_suffix('!') {
        return if value.is_null() {
            Err(format!(
                "Variable has coerced Null value for NonNull type '{kind}!'"
            ))
        } else {
            coerce(value, kind)
        };
    }
    if value.is_null() {
        return Ok(());
    }
    if let Some(item) = kind.strip_prefix('[').and_then(|kind| kind.strip_suffix(']')) {
        // A single value stands for a list of it.
        return match value {
            Value::Array(items) => items.iter().try_for_each(|value| coerce(value, item)),
            single => coerce(single, item),
        };
    }
    if let Some((_, names)) = ENUMS.iter().find(|(name, _)| *name == kind) {
        let name = value.as_str().unwrap_or_default();
        return if names.contains(&name) {
            Ok(())
        } else {
            Err(format!(
                "Invalid input for enum '{kind}'. No value found for name '{name}'"
            ))
        };
    }
    if let Some((_, fields)) = INPUTS.iter().find(|(name, _)| *name == kind) {
        return coerce_input(value, kind, fields);
    }
    let fits = match kind {
        "String" => value.is_string(),
        "ID" => value.is_string() || value.is_u64(),
        "Int" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        "Float" => value.is_number(),
        "Boolean" => value.is_boolean(),
        "DateTime" => {
            let text = value.as_str().unwrap_or_default();
            let zoned = DateTime::parse_from_rfc3339(text).is_ok()
                || DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%#z").is_ok();
            return if zoned {
                Ok(())
            } else {
                Err(format!("Failed to parse input value {text} as ZonedDateTime"))
            };
        }
        _ => return Err(format!("Unknown type '{kind}'")),
    };
    if fits {
        Ok(())
    } else {
        Err(format!("Expected a value that can be converted to type '{kind}'"))
    }
}

fn coerce_input(value: &Value, kind: &str, fields: Typed) -> Result<(), String> {
    let Some(given) = value.as_object() else {
        return Err(format!("Expected type 'Map' for input object type '{kind}'"));
    };
    if let Some(unknown) = given
        .keys()
        .find(|given| !fields.iter().any(|(name, _)| name == given))
    {
        return Err(format!(
            "The variables input contains a field name '{unknown}' that is not defined for input object type '{kind}' "
        ));
    }
    for (name, kind) in fields {
        let value = given.get(*name).unwrap_or(&Value::Null);
        if value.is_null() && kind.ends_with('!') {
            return Err(format!(
                "Field '{name}' has coerced Null value for NonNull type '{kind}'"
            ));
        }
        coerce(value, kind)?;
    }
    Ok(())
}
