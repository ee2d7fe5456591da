//! Reports of what is wrong with an input, field by field.

use std::collections::BTreeMap;

use serde::Serialize;

/// Everything wrong with an input: each failing field with the rules it breaks, so that a caller mends all at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct FieldErrors(BTreeMap<String, Vec<String>>);

impl FieldErrors {
    /// Nothing wrong so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// A report with one finding.
    pub fn of(field: impl Into<String>, rule: impl ToString) -> Self {
        let mut errors = Self::new();
        errors.add(field, rule);
        errors
    }

    /// Adds a finding.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers pass literals and error values they are done with"
    )]
    pub fn add(&mut self, field: impl Into<String>, rule: impl ToString) {
        self.0.entry(field.into()).or_default().push(rule.to_string());
    }

    /// The value of `result`, or `None` after noting why there is none.
    pub fn check<T, E: ToString>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|rule| self.add(field, rule)).ok()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Err(self)` if anything is wrong.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }

    /// The findings, by field.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0
            .iter()
            .map(|(field, rules)| (field.as_str(), rules.as_slice()))
    }
}
