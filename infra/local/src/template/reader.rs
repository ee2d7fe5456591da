//! From the template's text to a [`Stack`].

use std::collections::BTreeMap;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{
    Function, Overrides, Stack, TemplateError, document, function,
    intrinsic::{Located, Scope},
    parameter::{self, Declaration},
    resource::{self, Kind},
};

/// The template's sections; those that start with an underscore say nothing that matters here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Template {
    #[serde(rename = "AWSTemplateFormatVersion")]
    _version: Option<String>,
    #[serde(rename = "Transform")]
    _transform: Transform,
    #[serde(rename = "Description")]
    _description: Option<String>,
    #[serde(rename = "Metadata")]
    _metadata: Option<Value>,
    #[serde(default)]
    globals: Globals,
    #[serde(default)]
    parameters: BTreeMap<String, Value>,
    #[serde(default)]
    conditions: BTreeMap<String, Value>,
    resources: BTreeMap<String, Value>,
    #[serde(default)]
    outputs: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
enum Transform {
    #[serde(rename = "AWS::Serverless-2016-10-31")]
    Serverless,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Globals {
    #[serde(default)]
    function: Map<String, Value>,
    #[serde(default)]
    http_api: Map<String, Value>,
}

/// A resource as the template writes it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Declared {
    r#type: String,
    #[serde(default)]
    properties: Map<String, Value>,
    metadata: Option<Value>,
    condition: Option<String>,
    #[serde(rename = "DependsOn")]
    _depends_on: Option<Value>,
    #[serde(rename = "DeletionPolicy")]
    _deletion_policy: Option<String>,
    #[serde(rename = "UpdateReplacePolicy")]
    _update_replace_policy: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Output {
    value: Value,
    condition: Option<String>,
    #[serde(rename = "Description")]
    _description: Option<String>,
}

/// A resource that exists under the given parameters.
struct Resource {
    logical_id: String,
    kind: Kind,
    declared: Declared,
    name: String,
}

/// Reads a template.
pub(super) fn read(text: &str, overrides: &Overrides) -> Result<Stack, TemplateError> {
    let template: Template = typed(document::parse(text)?, || "the template".to_owned())?;
    let mut scope = Scope {
        conditions: template.conditions,
        ..Scope::default()
    };
    scope.parameters.extend(pseudo_parameters(overrides));
    let parameters = parameters(template.parameters, overrides, &mut scope)?;
    let resources = existing_resources(template.resources, &template.globals, &scope)?;
    for resource in &resources {
        let reference = resource
            .kind
            .reference(&resource.logical_id, &resource.name, overrides);
        scope.resources.insert(resource.logical_id.clone(), reference);
    }

    let mut stack = Stack {
        parameters,
        ..Stack::default()
    };
    let mut functions = Vec::new();
    for Resource {
        logical_id,
        kind,
        declared,
        name,
    } in resources
    {
        let at = format!("{logical_id} ({})", declared.r#type);
        let properties = resolve(
            &scope,
            &declared.properties.into(),
            &format!("{logical_id}.Properties"),
        )?;
        match kind {
            // A function's events name queues and tables, which are all known only after this loop.
            Kind::Function => functions.push((logical_id, name, at, properties, declared.metadata)),
            Kind::Table => stack
                .tables
                .push(resource::table(logical_id, name, at, properties)?),
            Kind::Queue => stack
                .queues
                .push(resource::queue(logical_id, name, at, properties, overrides)?),
            Kind::Secret => stack
                .secrets
                .push(resource::secret(logical_id, name, at, properties, overrides)?),
            Kind::HttpApi => resource::check_http_api(at, properties)?,
            Kind::Unused(_) => {}
        }
    }
    for queue in &stack.queues {
        if let Some(redrive) = &queue.redrive {
            stack.queue_with_arn(&redrive.queue_arn, &queue.logical_id)?;
        }
    }
    for (logical_id, name, at, properties, metadata) in functions {
        let arn = Kind::Function.arn(&name, overrides);
        let binary = function::binary(metadata, &at)?;
        let configuration = function::configuration(&logical_id, &at, properties, &stack, overrides)?;
        stack.functions.push(Function {
            logical_id,
            name,
            arn,
            binary,
            ..configuration
        });
    }
    stack.outputs = outputs(template.outputs, &scope)?;
    Ok(stack)
}

/// The parameters that may be shown; `scope` gets to know all of them.
fn parameters(
    declarations: BTreeMap<String, Value>,
    overrides: &Overrides,
    scope: &mut Scope,
) -> Result<BTreeMap<String, String>, TemplateError> {
    let declarations = declarations.into_iter().map(|(name, declaration)| {
        let declaration = typed::<Declaration>(declaration, || format!("Parameters.{name}"))?;
        Ok((name, declaration))
    });
    let declarations = declarations.collect::<Result<BTreeMap<_, _>, TemplateError>>()?;
    let mut values = parameter::values(&declarations, &overrides.parameters)
        .map_err(|(name, source)| TemplateError::Parameter { name, source })?;
    for (name, value) in &values {
        scope
            .parameters
            .insert(name.clone(), declarations[name].reference(value));
    }
    values.retain(|name, _| !declarations[name].is_secret());
    Ok(values)
}

fn outputs(
    outputs: BTreeMap<String, Value>,
    scope: &Scope,
) -> Result<BTreeMap<String, String>, TemplateError> {
    let mut values = BTreeMap::new();
    for (name, output) in outputs {
        let at = format!("Outputs.{name}");
        let output: Output = typed(output, || at.clone())?;
        if exists(scope, output.condition.as_deref(), &at)?
            && let Value::String(value) = resolve(scope, &output.value, &at)?
        {
            values.insert(name, value);
        }
    }
    Ok(values)
}

/// The pseudo parameters, with a stack name that says where this stack runs.
fn pseudo_parameters(overrides: &Overrides) -> impl Iterator<Item = (String, Value)> {
    let values = [
        ("AWS::AccountId", overrides.account_id.as_str()),
        ("AWS::Partition", "aws"),
        ("AWS::Region", &overrides.region),
        ("AWS::StackName", resource::STACK_NAME),
        ("AWS::URLSuffix", "amazonaws.com"),
    ];
    values
        .map(|(name, value)| (name.to_owned(), value.into()))
        .into_iter()
}

/// The resources whose condition holds, with the globals laid under their properties.
fn existing_resources(
    declared: BTreeMap<String, Value>,
    globals: &Globals,
    scope: &Scope,
) -> Result<Vec<Resource>, TemplateError> {
    let mut resources = Vec::new();
    for (logical_id, declared) in declared {
        let mut declared: Declared = typed(declared, || logical_id.clone())?;
        let Ok(kind) = declared.r#type.parse::<Kind>() else {
            return Err(TemplateError::UnknownType {
                logical_id,
                kind: declared.r#type,
            });
        };
        if !exists(scope, declared.condition.as_deref(), &logical_id)? {
            continue;
        }
        let globals = match kind {
            Kind::Function => globals.function.clone(),
            Kind::HttpApi => globals.http_api.clone(),
            _ => Map::new(),
        };
        let properties = document::merge(globals.into(), std::mem::take(&mut declared.properties).into());
        if let Value::Object(properties) = properties {
            declared.properties = properties;
        }
        let name = match kind
            .name_property()
            .and_then(|property| declared.properties.get(property))
        {
            Some(name) => resolve(scope, name, &logical_id)?.as_str().map(ToOwned::to_owned),
            None => None,
        };
        let name = name.unwrap_or_else(|| format!("{}-{logical_id}", resource::STACK_NAME));
        resources.push(Resource {
            logical_id,
            kind,
            declared,
            name,
        });
    }
    Ok(resources)
}

fn exists(scope: &Scope, condition: Option<&str>, at: &str) -> Result<bool, TemplateError> {
    condition
        .map_or(Ok(true), |name| scope.condition(name))
        .map_err(|located| expression_error(located, at))
}

fn resolve(scope: &Scope, value: &Value, at: &str) -> Result<Value, TemplateError> {
    Ok(scope
        .resolve(value)
        .map_err(|located| expression_error(located, at))?
        .unwrap_or_default())
}

fn expression_error((source, path): Located, at: &str) -> TemplateError {
    let steps = path.iter().rev().map(String::as_str);
    let at = std::iter::once(at).chain(steps).collect::<Vec<_>>().join(".");
    TemplateError::Expression { at, source }
}

/// Reads `value`, all of whose fields must be known.
pub(super) fn typed<T: DeserializeOwned>(
    value: Value,
    at: impl FnOnce() -> String,
) -> Result<T, TemplateError> {
    T::deserialize(value).map_err(|source| TemplateError::Property { at: at(), source })
}

/// Reads an object, all of whose fields must be known: those of `T`, and `unused`, which change nothing here.
pub(super) fn typed_beside<T: DeserializeOwned>(
    mut value: Value,
    unused: &[&str],
    at: impl FnOnce() -> String,
) -> Result<T, TemplateError> {
    if let Value::Object(properties) = &mut value {
        properties.retain(|name, _| !unused.contains(&name.as_str()));
    }
    typed(value, at)
}
