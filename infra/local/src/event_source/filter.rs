//! Event filter patterns.
//!
//! Source: Lambda developer guide, “Control which events Lambda sends to your function”.

use serde_json::{Map, Value};

/// A pattern that records are compared with.
#[derive(Clone, Debug)]
pub enum Filter {
    /// Every named field of an object matches.
    Fields(Vec<(String, Filter)>),
    /// The value, or one of a list of values, matches one of the rules.
    Value(Vec<Rule>),
}

/// What a single value is compared with.
#[derive(Clone, Debug)]
pub enum Rule {
    /// This very value.
    Equals(Value),
    /// A string that begins like this.
    Prefix(String),
    /// A string that ends like this.
    Suffix(String),
    /// Whether the field is there.
    Exists(bool),
    /// Anything that is there and not one of these.
    AnythingBut(Vec<Value>),
}

/// A pattern that is not understood here.
#[derive(Debug, thiserror::Error)]
#[error("the event filter has {0}, which is not understood here")]
pub struct FilterError(String);

impl Filter {
    /// Reads a pattern.
    pub fn parse(pattern: &Value) -> Result<Self, FilterError> {
        match pattern {
            Value::Object(fields) => {
                let field = |(name, inner): (&String, &Value)| {
                    if name.starts_with('$') {
                        return Err(FilterError(name.clone()));
                    }
                    Ok((name.clone(), Self::parse(inner)?))
                };
                fields
                    .iter()
                    .map(field)
                    .collect::<Result<_, _>>()
                    .map(Self::Fields)
            }
            Value::Array(rules) => rules
                .iter()
                .map(Rule::parse)
                .collect::<Result<_, _>>()
                .map(Self::Value),
            other => Err(FilterError(other.to_string())),
        }
    }

    /// Whether `record` matches.
    pub fn matches(&self, record: &Value) -> bool {
        self.matches_field(Some(record))
    }

    fn matches_field(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Fields(fields) => fields
                .iter()
                .all(|(name, filter)| filter.matches_field(value.and_then(|value| value.get(name)))),
            Self::Value(rules) => rules.iter().any(|rule| match value {
                Some(Value::Array(values)) => values.iter().any(|value| rule.matches(Some(value))),
                value => rule.matches(value),
            }),
        }
    }
}

impl Rule {
    fn parse(rule: &Value) -> Result<Self, FilterError> {
        let Value::Object(operators) = rule else {
            return Ok(Self::Equals(rule.clone()));
        };
        let unknown = || FilterError(rule.to_string());
        match single(operators).ok_or_else(unknown)? {
            ("prefix", Value::String(text)) => Ok(Self::Prefix(text.clone())),
            ("suffix", Value::String(text)) => Ok(Self::Suffix(text.clone())),
            ("exists", Value::Bool(wanted)) => Ok(Self::Exists(*wanted)),
            ("anything-but", Value::Array(values)) => Ok(Self::AnythingBut(values.clone())),
            ("anything-but", value @ (Value::String(_) | Value::Number(_))) => {
                Ok(Self::AnythingBut(vec![value.clone()]))
            }
            _ => Err(unknown()),
        }
    }

    fn matches(&self, value: Option<&Value>) -> bool {
        let text = value.and_then(Value::as_str);
        match self {
            Self::Equals(wanted) => value == Some(wanted),
            Self::Prefix(prefix) => text.is_some_and(|text| text.starts_with(prefix)),
            Self::Suffix(suffix) => text.is_some_and(|text| text.ends_with(suffix)),
            Self::Exists(wanted) => value.is_some() == *wanted,
            Self::AnythingBut(refused) => value.is_some_and(|value| !refused.contains(value)),
        }
    }
}

fn single(operators: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut operators = operators.iter();
    let (name, operand) = operators.next()?;
    operators.next().is_none().then_some((name.as_str(), operand))
}
