//! Whether what is sent is what the contract says.

use std::collections::BTreeSet;

use chrono::DateTime;
use serde_json::Value;

/// Panics unless `value` is what `schema` says, which may refer to others in `document`, and has no member that it does
/// not tell of. Panics as well at a keyword that it does not know, rather than to let anything pass.
pub fn assert_describes(document: &Value, schema: &Value, value: &Value) {
    let mut described = BTreeSet::new();
    check(document, schema, value, &mut described);
    for name in value.as_object().into_iter().flat_map(|members| members.keys()) {
        assert!(
            described.contains(name.as_str()),
            "{name} is not described: {value}"
        );
    }
}

/// Checks each keyword of `schema`; `described` gathers the members that it tells of.
fn check<'a>(document: &'a Value, schema: &'a Value, value: &Value, described: &mut BTreeSet<&'a str>) {
    for (keyword, said) in schema.as_object().expect("a schema is an object") {
        let is_met = match keyword.as_str() {
            "description" | "example" => true,
            "$ref" => {
                let pointer = said.as_str().unwrap_or_default().trim_start_matches('#');
                let schema = document.pointer(pointer).expect("what is referred to is there");
                check(document, schema, value, described);
                true
            }
            "allOf" => {
                for part in list(said) {
                    check(document, part, value, described);
                }
                true
            }
            "type" => said == type_of(value),
            "enum" => list(said).contains(value),
            "required" => list(said)
                .iter()
                .all(|name| name.as_str().is_some_and(|name| value.get(name).is_some())),
            "properties" => {
                for (name, schema) in said.as_object().into_iter().flatten() {
                    described.insert(name);
                    if let Some(member) = value.get(name) {
                        assert_describes(document, schema, member);
                    }
                }
                true
            }
            "items" => {
                for item in list(value) {
                    assert_describes(document, said, item);
                }
                true
            }
            "minItems" => said.as_u64() <= Some(list(value).len() as u64),
            "minimum" => said.as_f64() <= value.as_f64(),
            "format" if said == "date-time" => value
                .as_str()
                .is_some_and(|text| DateTime::parse_from_rfc3339(text).is_ok()),
            "format" if said == "int64" => value.is_i64(),
            _ => panic!("{keyword}: {said} is nothing that is checked"),
        };
        assert!(is_met, "{keyword}: {said} is not met by {value}");
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
