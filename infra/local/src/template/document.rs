//! The template as text: YAML with CloudFormation's tags, made into JSON with the intrinsic functions' long forms.

use serde_json::{Map, Value};

/// Why text is not a template.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// Not YAML.
    #[error("not valid YAML")]
    Syntax(#[from] serde_norway::Error),
    /// A mapping key that is no string.
    #[error("a mapping key must be a string, not {0}")]
    Key(String),
    /// A number that JSON does not have.
    #[error("{0} is not a number that a template may contain")]
    Number(f64),
}

/// Parses a template; `!Sub x` becomes `{"Fn::Sub": "x"}`, `!Ref x` becomes `{"Ref": "x"}`.
pub(super) fn parse(text: &str) -> Result<Value, DocumentError> {
    to_json(serde_norway::from_str(text)?)
}

fn to_json(yaml: serde_norway::Value) -> Result<Value, DocumentError> {
    use serde_norway::Value as Yaml;
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(flag) => flag.into(),
        Yaml::String(text) => text.into(),
        Yaml::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(integer), ..) => integer.into(),
            (_, Some(integer), _) => integer.into(),
            (.., float) => {
                let float = float.unwrap_or(f64::NAN);
                serde_json::Number::from_f64(float)
                    .ok_or(DocumentError::Number(float))?
                    .into()
            }
        },
        Yaml::Sequence(items) => items
            .into_iter()
            .map(to_json)
            .collect::<Result<Vec<_>, _>>()?
            .into(),
        Yaml::Mapping(entries) => {
            let mut object = Map::new();
            for (key, value) in entries {
                match key {
                    Yaml::String(key) => object.insert(key, to_json(value)?),
                    other => return Err(DocumentError::Key(format!("{other:?}"))),
                };
            }
            object.into()
        }
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let name = match tag.trim_start_matches('!') {
                name @ ("Ref" | "Condition") => name.to_owned(),
                name => format!("Fn::{name}"),
            };
            Value::Object(Map::from_iter([(name, to_json(tagged.value)?)]))
        }
    })
}

/// Lays `over` on `base` as SAM lays a resource on `Globals`: objects merge, lists append, all else is replaced.
pub(super) fn merge(base: Value, over: Value) -> Value {
    match (base, over) {
        (Value::Object(mut base), Value::Object(over)) if !is_intrinsic(&base) && !is_intrinsic(&over) => {
            for (key, value) in over {
                let merged = match base.remove(&key) {
                    Some(below) => merge(below, value),
                    None => value,
                };
                base.insert(key, merged);
            }
            base.into()
        }
        (Value::Array(mut base), Value::Array(over)) => {
            base.extend(over);
            base.into()
        }
        (_, over) => over,
    }
}

/// Whether an object is a call of an intrinsic function.
pub(super) fn is_intrinsic(object: &Map<String, Value>) -> bool {
    object.len() == 1 && object.keys().all(|key| key == "Ref" || key.starts_with("Fn::"))
}
