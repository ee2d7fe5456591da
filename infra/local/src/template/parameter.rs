//! The parameters of a template: their types, defaults and rules.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::scalar::Loose;

/// A parameter's declaration.
///
/// `AllowedPattern` is left to CloudFormation: it is a Java regular expression.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Declaration {
    r#type: Type,
    default: Option<Loose<String>>,
    #[serde(default)]
    allowed_values: Vec<Loose<String>>,
    min_length: Option<Loose<usize>>,
    max_length: Option<Loose<usize>>,
    min_value: Option<Loose<f64>>,
    max_value: Option<Loose<f64>>,
    #[serde(default)]
    no_echo: Loose<bool>,
    #[serde(rename = "AllowedPattern")]
    _allowed_pattern: Option<String>,
    #[serde(rename = "ConstraintDescription")]
    _constraint_description: Option<String>,
    #[serde(rename = "Description")]
    _description: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
enum Type {
    String,
    Number,
    CommaDelimitedList,
}

/// Why a parameter's value is refused; the value itself may be a secret and is not told.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ParameterError {
    /// The template has no such parameter.
    #[error("the template has no such parameter")]
    Undeclared,
    /// Neither a default nor a value.
    #[error("it has no default, so it needs a value")]
    Missing,
    /// Not among the allowed values.
    #[error("it must be one of {}", .0.join(", "))]
    NotAllowed(Vec<String>),
    /// A `Number` that is none.
    #[error("it must be a number")]
    NotANumber,
    /// Shorter than `MinLength`.
    #[error("it must have at least {0} characters")]
    TooShort(usize),
    /// Longer than `MaxLength`.
    #[error("it must have at most {0} characters")]
    TooLong(usize),
    /// Less than `MinValue`.
    #[error("it must be at least {0}")]
    TooSmall(f64),
    /// More than `MaxValue`.
    #[error("it must be at most {0}")]
    TooLarge(f64),
}

impl Declaration {
    /// Whether the value must not be shown.
    pub(super) fn is_secret(&self) -> bool {
        self.no_echo.0
    }

    /// The parameter's value, checked, where `given` is what the caller sets it to.
    pub(super) fn value(&self, given: Option<&String>) -> Result<String, ParameterError> {
        let value = given
            .or(self.default.as_ref().map(|default| &default.0))
            .ok_or(ParameterError::Missing)?;
        self.check(value)?;
        Ok(value.clone())
    }

    fn check(&self, value: &str) -> Result<(), ParameterError> {
        if !self.allowed_values.is_empty() && !self.allowed_values.iter().any(|allowed| allowed.0 == value) {
            let allowed = self
                .allowed_values
                .iter()
                .map(|allowed| allowed.0.clone())
                .collect();
            return Err(ParameterError::NotAllowed(allowed));
        }
        let length = value.chars().count();
        match (&self.min_length, &self.max_length) {
            (Some(min), _) if length < min.0 => return Err(ParameterError::TooShort(min.0)),
            (_, Some(max)) if length > max.0 => return Err(ParameterError::TooLong(max.0)),
            _ => {}
        }
        if let Type::Number = self.r#type {
            let number: f64 = value.trim().parse().map_err(|_| ParameterError::NotANumber)?;
            match (&self.min_value, &self.max_value) {
                (Some(min), _) if number < min.0 => return Err(ParameterError::TooSmall(min.0)),
                (_, Some(max)) if number > max.0 => return Err(ParameterError::TooLarge(max.0)),
                _ => {}
            }
        }
        Ok(())
    }

    /// What `!Ref` gives for `value`.
    pub(super) fn reference(&self, value: &str) -> Value {
        match self.r#type {
            Type::String | Type::Number => value.into(),
            Type::CommaDelimitedList => value.split(',').map(str::trim).collect::<Vec<_>>().into(),
        }
    }
}

/// The values of all parameters, by name.
pub(super) fn values(
    declarations: &BTreeMap<String, Declaration>,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, (String, ParameterError)> {
    if let Some(name) = given.keys().find(|name| !declarations.contains_key(*name)) {
        return Err((name.clone(), ParameterError::Undeclared));
    }
    let value = |(name, declaration): (&String, &Declaration)| match declaration.value(given.get(name)) {
        Ok(value) => Ok((name.clone(), value)),
        Err(error) => Err((name.clone(), error)),
    };
    declarations.iter().map(value).collect()
}
