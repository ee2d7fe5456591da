//! Scalars as CloudFormation takes them: it does not tell `256` from `"256"`, and `!Ref` always gives a string.

use std::{fmt::Display, str::FromStr};

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// A value written as a string, number or boolean, whichever its type is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Loose<T>(pub(super) T);

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for Loose<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            _ => return Err(de::Error::custom("expected a string, a number or a boolean")),
        };
        text.parse().map(Self).map_err(de::Error::custom)
    }
}
