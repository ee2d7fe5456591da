//! CloudFormation's intrinsic functions: `!Ref`, `!GetAtt`, `!Sub`, `!Join`, `!Select`, `!If` and the conditions.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::document::is_intrinsic;

/// What `!Ref` and `!GetAtt` give for a resource.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub(super) reference: String,
    pub(super) attributes: BTreeMap<&'static str, String>,
}

/// Everything that a template's expressions may refer to.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// What `!Ref` gives for parameters and pseudo parameters.
    pub(super) parameters: BTreeMap<String, Value>,
    pub(super) resources: BTreeMap<String, Reference>,
    pub(super) conditions: BTreeMap<String, Value>,
}

/// Why an expression has no value.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum IntrinsicError {
    /// `!Ref` or `${…}` to what does not exist.
    #[error("`{0}` is neither a parameter nor a resource of the template")]
    UnknownReference(String),
    /// `!GetAtt` of an attribute that the resource does not have.
    #[error("`{0}` is not an attribute that can be read here")]
    UnknownAttribute(String),
    /// A function that is not understood.
    #[error("`{0}` is not an intrinsic function that is understood here")]
    UnknownFunction(String),
    /// A condition that does not exist.
    #[error("`{0}` is not a condition of the template")]
    UnknownCondition(String),
    /// Arguments of the wrong form.
    #[error("`{function}` wants {form}")]
    Arguments {
        /// The function.
        function: &'static str,
        /// What it wants.
        form: &'static str,
    },
}

/// An error and where it stands, innermost step first.
pub(super) type Located = (IntrinsicError, Vec<String>);

/// `AWS::NoValue`, which removes the property that it stands for.
const NO_VALUE: &str = "AWS::NoValue";

impl Scope {
    /// Evaluates all expressions in `value`; `None` when it comes to `AWS::NoValue`.
    pub(super) fn resolve(&self, value: &Value) -> Result<Option<Value>, Located> {
        match value {
            Value::Object(object) if is_intrinsic(object) => object
                .iter()
                .next()
                .map_or(Ok(None), |(function, arguments)| self.call(function, arguments)),
            Value::Object(object) => {
                let mut resolved = Map::new();
                for (key, value) in object {
                    if let Some(value) = self.resolve(value).map_err(|error| inside(error, key))? {
                        resolved.insert(key.clone(), value);
                    }
                }
                Ok(Some(resolved.into()))
            }
            Value::Array(items) => {
                let items = items.iter().enumerate().map(|(index, item)| {
                    self.resolve(item)
                        .map_err(|error| inside(error, &index.to_string()))
                });
                Ok(Some(
                    items
                        .filter_map(Result::transpose)
                        .collect::<Result<Vec<_>, _>>()?
                        .into(),
                ))
            }
            scalar => Ok(Some(scalar.clone())),
        }
    }

    fn call(&self, function: &str, arguments: &Value) -> Result<Option<Value>, Located> {
        if function == "Fn::If" {
            let [condition, yes, no] =
                array(arguments, "Fn::If", "[condition, value if true, value if false]")?;
            let condition = text(condition, "Fn::If", "the name of a condition")?;
            return self.resolve(if self.condition(condition)? { yes } else { no });
        }
        if function == "Ref" {
            let name = text(arguments, "Ref", "a name")?;
            return if name == NO_VALUE {
                Ok(None)
            } else {
                self.reference(name).map(Some)
            };
        }
        let value = match function {
            "Fn::GetAtt" => match arguments {
                Value::String(path) => self.attribute(path)?,
                path => {
                    let [resource, attribute] = array(path, "Fn::GetAtt", "[resource, attribute]")?;
                    let form = "names";
                    let resource = text(resource, "Fn::GetAtt", form)?;
                    self.attribute(&format!("{resource}.{}", text(attribute, "Fn::GetAtt", form)?))?
                }
            },
            "Fn::Sub" => self.substitute(arguments)?.into(),
            "Fn::Join" => {
                let form = "[delimiter, [strings]]";
                let [delimiter, items] = array(arguments, "Fn::Join", form)?;
                let items = self.resolve(items)?.unwrap_or_default();
                let items = items.as_array().ok_or_else(|| wrong("Fn::Join", form))?;
                let items = items.iter().map(|item| scalar(item, "Fn::Join", form));
                let items = items.collect::<Result<Vec<_>, _>>()?;
                items.join(text(delimiter, "Fn::Join", form)?).into()
            }
            "Fn::Select" => {
                let form = "[index, [values]]";
                let [index, items] = array(arguments, "Fn::Select", form)?;
                let index = scalar(index, "Fn::Select", form)?.parse::<usize>();
                let items = self.resolve(items)?.unwrap_or_default();
                let item = index.ok().and_then(|index| items.get(index));
                item.cloned().ok_or_else(|| wrong("Fn::Select", form))?
            }
            unknown => return Err(IntrinsicError::UnknownFunction(unknown.to_owned()).into()),
        };
        Ok(Some(value))
    }

    fn reference(&self, name: &str) -> Result<Value, Located> {
        let resource = || {
            self.resources
                .get(name)
                .map(|resource| resource.reference.clone().into())
        };
        let value = self.parameters.get(name).cloned().or_else(resource);
        value.ok_or_else(|| IntrinsicError::UnknownReference(name.to_owned()).into())
    }

    fn attribute(&self, path: &str) -> Result<Value, Located> {
        let value = path.split_once('.').and_then(|(resource, attribute)| {
            self.resources
                .get(resource)?
                .attributes
                .get(attribute)
                .map(|value| value.clone().into())
        });
        value.ok_or_else(|| IntrinsicError::UnknownAttribute(path.to_owned()).into())
    }

    fn substitute(&self, arguments: &Value) -> Result<String, Located> {
        const FORM: &str = "a string, or [string, {name: value}]";
        let nothing = Map::new();
        let (template, variables) = match arguments {
            Value::String(template) => (template.as_str(), &nothing),
            pair => {
                let [template, variables] = array(pair, "Fn::Sub", FORM)?;
                let variables = variables.as_object().ok_or_else(|| wrong("Fn::Sub", FORM))?;
                (text(template, "Fn::Sub", FORM)?, variables)
            }
        };
        let mut result = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after
                .split_once('}')
                .ok_or_else(|| wrong("Fn::Sub", "every `${` closed"))?;
            result.push_str(before);
            if let Some(literal) = name.strip_prefix('!') {
                result.extend(["${", literal, "}"]);
            } else {
                let value = match variables.get(name) {
                    Some(value) => self.resolve(value)?.unwrap_or_default(),
                    None if name.contains('.') => self.attribute(name)?,
                    None => self.reference(name)?,
                };
                result.push_str(&scalar(&value, "Fn::Sub", "variables that are strings")?);
            }
            rest = after;
        }
        result.push_str(rest);
        Ok(result)
    }

    /// Whether the named condition holds.
    pub(super) fn condition(&self, name: &str) -> Result<bool, Located> {
        let unknown = || IntrinsicError::UnknownCondition(name.to_owned());
        self.holds(self.conditions.get(name).ok_or_else(unknown)?)
    }

    fn holds(&self, condition: &Value) -> Result<bool, Located> {
        const FORM: &str = "Fn::Equals, Fn::Not, Fn::And, Fn::Or or Condition";
        let call = condition.as_object().filter(|object| object.len() == 1);
        let (function, arguments) = call
            .and_then(|object| object.iter().next())
            .ok_or_else(|| wrong("Conditions", FORM))?;
        match (function.as_str(), arguments) {
            ("Condition", Value::String(name)) => self.condition(name),
            ("Fn::Equals", pair) => {
                let [left, right] = array(pair, "Fn::Equals", "[value, value]")?;
                let text = |value| match self.resolve(value)? {
                    Some(value) => scalar(&value, "Fn::Equals", "two scalars"),
                    None => Ok(String::new()),
                };
                Ok(text(left)? == text(right)?)
            }
            ("Fn::Not", one) => {
                let [condition] = array(one, "Fn::Not", "[condition]")?;
                Ok(!self.holds(condition)?)
            }
            ("Fn::And", Value::Array(all)) => all
                .iter()
                .try_fold(true, |holds, condition| Ok(holds & self.holds(condition)?)),
            ("Fn::Or", Value::Array(any)) => any
                .iter()
                .try_fold(false, |holds, condition| Ok(holds | self.holds(condition)?)),
            (unknown, _) => Err(IntrinsicError::UnknownFunction(unknown.to_owned()).into()),
        }
    }
}

impl From<IntrinsicError> for Located {
    fn from(error: IntrinsicError) -> Self {
        (error, Vec::new())
    }
}

fn inside((error, mut path): Located, step: &str) -> Located {
    path.push(step.to_owned());
    (error, path)
}

fn wrong(function: &'static str, form: &'static str) -> Located {
    IntrinsicError::Arguments { function, form }.into()
}

fn array<'v, const N: usize>(
    value: &'v Value,
    function: &'static str,
    form: &'static str,
) -> Result<&'v [Value; N], Located> {
    let items = value
        .as_array()
        .and_then(|items| items.as_slice().try_into().ok());
    items.ok_or_else(|| wrong(function, form))
}

fn text<'v>(value: &'v Value, function: &'static str, form: &'static str) -> Result<&'v str, Located> {
    value.as_str().ok_or_else(|| wrong(function, form))
}

fn scalar(value: &Value, function: &'static str, form: &'static str) -> Result<String, Located> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        _ => Err(wrong(function, form)),
    }
}
