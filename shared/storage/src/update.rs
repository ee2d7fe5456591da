//! Expressions of updates and conditions.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// The parts of a write, from which its expressions follow.
///
/// In expressions an attribute is written `#name` and a value `:name`: many names (`status`) are reserved words of
/// DynamoDB, so every name goes through a placeholder.
#[derive(Debug, Clone, Default)]
pub(crate) struct Update {
    set: Vec<String>,
    remove: Vec<String>,
    add: Vec<String>,
    condition: Option<String>,
    values: HashMap<String, AttributeValue>,
}

impl Update {
    /// Sets an attribute, or removes it if there is no value.
    pub(crate) fn set(mut self, name: &str, value: impl Into<Option<AttributeValue>>) -> Self {
        if let Some(value) = value.into() {
            self.set.push(format!("#{name} = :{name}"));
            self.value(name, value)
        } else {
            self.remove.push(format!("#{name}"));
            self
        }
    }

    /// Sets an attribute that is not there yet.
    pub(crate) fn set_once(mut self, name: &str, value: AttributeValue) -> Self {
        self.set
            .push(format!("#{name} = if_not_exists(#{name}, :{name})"));
        self.value(name, value)
    }

    /// Adds to a number or a set, which is made if it is not there.
    pub(crate) fn add(mut self, name: &str, value: AttributeValue) -> Self {
        self.add.push(format!("#{name} :{name}"));
        self.value(name, value)
    }

    /// The condition under which anything is written at all.
    pub(crate) fn only_if(mut self, condition: impl Into<String>) -> Self {
        self.condition = Some(condition.into());
        self
    }

    /// A value that the condition compares with.
    pub(crate) fn value(mut self, name: &str, value: AttributeValue) -> Self {
        self.values.insert(format!(":{name}"), value);
        self
    }

    /// The update expression; `None` if nothing is changed.
    pub(crate) fn expression(&self) -> Option<String> {
        let clauses: Vec<String> = [("SET", &self.set), ("REMOVE", &self.remove), ("ADD", &self.add)]
            .into_iter()
            .filter(|(_, actions)| !actions.is_empty())
            .map(|(verb, actions)| format!("{verb} {}", actions.join(", ")))
            .collect();
        (!clauses.is_empty()).then(|| clauses.join(" "))
    }

    /// The condition expression.
    pub(crate) fn condition(&self) -> Option<String> {
        self.condition.clone()
    }

    /// The names behind the placeholders of both expressions.
    pub(crate) fn names(&self) -> Option<HashMap<String, String>> {
        let expressions = [self.expression(), self.condition()];
        let names: HashMap<String, String> = expressions
            .iter()
            .flatten()
            .flat_map(|expression| {
                expression.split(|c: char| !c.is_ascii_alphanumeric() && !"#:_".contains(c))
            })
            .filter_map(|word| Some((word.to_owned(), word.strip_prefix('#')?.to_owned())))
            .collect();
        (!names.is_empty()).then_some(names)
    }

    /// The values behind the placeholders of both expressions.
    pub(crate) fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }
}

/// A number, as DynamoDB sends it.
#[expect(
    clippy::needless_pass_by_value,
    reason = "callers pass numbers, references and format_args"
)]
pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A text.
#[expect(
    clippy::needless_pass_by_value,
    reason = "callers pass numbers, references and format_args"
)]
pub(crate) fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_every_clause_once_and_names_every_attribute() {
        let update = Update::default()
            .set("status", text("ended"))
            .set("city_key", None)
            .set_once("created_at", text("now"))
            .add("events", number(1))
            .only_if("attribute_not_exists(#event_key) OR #synced_at <= :seen")
            .value("seen", text("now"));
        assert_eq!(
            update.expression().as_deref(),
            Some(
                "SET #status = :status, #created_at = if_not_exists(#created_at, :created_at) \
                 REMOVE #city_key ADD #events :events"
            )
        );
        let names = update.names().unwrap();
        let mut names: Vec<_> = names.values().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "city_key",
                "created_at",
                "event_key",
                "events",
                "status",
                "synced_at"
            ]
        );
        assert_eq!(update.values().unwrap().len(), 4);
    }
}
