mod announcement;

use domain::browse::BrowseQuery;
use domain::import::ImportOverrides;
use domain::search::SearchQuery;
use edge::{Access, Route, openapi};
use http::Method;
use serde_json::{Map, Value, json};

fn document() -> Value {
    serde_json::from_str(&openapi::document().unwrap()).unwrap()
}

/// `UPDATE_OPENAPI=1 cargo test -p edge openapi` writes the document anew.
#[test]
fn is_committed_as_the_code_makes_it() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let made = openapi::document().unwrap();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        made == committed,
        "docs/openapi.json is out of date: UPDATE_OPENAPI=1 cargo test -p edge openapi"
    );
}

#[test]
fn has_every_route_with_its_access() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut operations = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let example = path
                .replace("{source}", "seatgeek")
                .replace("{external_id}", "1")
                .replace("{run_id}", "1")
                .replace("{id}", "1");
            let method: Method = method.to_uppercase().parse().unwrap();
            let route = Route::parse(&method, &example).unwrap();
            assert_eq!(route.template(), path);
            assert_eq!(
                operation.get("security").is_none(),
                route.access() == Access::Public,
                "{path}"
            );
            // Whether a user may withdraw an event depends on the event.
            let is_refusable =
                matches!(route.access(), Access::Role(_)) || matches!(route, Route::WithdrawLocalEvent(_));
            assert_eq!(
                operation["responses"].get("403").is_some(),
                is_refusable,
                "{path}"
            );
            operations += 1;
        }
    }
    assert_eq!(operations, 16);
}

#[test]
fn refers_only_to_schemas_that_are_there() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(members) => members.iter().for_each(|member| references(member, found)),
            _ => {}
        }
    }
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn parameters(path: &str) -> Vec<String> {
    let document = document();
    let parameters = document["paths"][path]["get"]["parameters"].as_array().unwrap();
    parameters
        .iter()
        .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn has_the_parameters_that_are_read() {
    let sorted = |names: &[&str]| {
        let mut names: Vec<_> = names.iter().map(ToString::to_string).collect();
        names.sort();
        names
    };
    let listed = |path| {
        let mut names = parameters(path);
        names.sort();
        names
    };
    assert_eq!(
        listed("/external-events/search/"),
        sorted(&SearchQuery::PARAMETERS)
    );
    assert_eq!(listed("/external-events/"), sorted(&BrowseQuery::PARAMETERS));
}

#[test]
fn has_the_overrides_that_an_import_takes() {
    let document = document();
    let import = &document["paths"]["/external-events/{source}/{external_id}/import/"]["post"];
    let properties = &import["requestBody"]["content"]["application/json"]["schema"]["properties"];
    let names = properties.as_object().unwrap().keys();
    let body: Map<_, _> = names
        .map(|name| (name.clone(), json!("2027-01-01T00:00:00Z")))
        .collect();
    let overrides: ImportOverrides = serde_json::from_value(body.into()).unwrap();
    // Debug shows every field: one that stayed empty is missing from the document.
    assert!(!format!("{overrides:?}").contains("None"), "{overrides:?}");
}
