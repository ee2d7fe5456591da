//! The template’s parameters: where their values come from on this machine.

use std::{collections::BTreeMap, fs, io, path::Path};

use serde::Deserialize;

/// The names of the parameters that the template at `path` declares.
pub(crate) fn declared(path: &Path) -> Result<Vec<String>, ParameterError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Template {
        #[serde(default)]
        parameters: BTreeMap<String, serde_norway::Value>,
    }
    let unreadable = |source| ParameterError::Unreadable {
        path: path.display().to_string(),
        source,
    };
    let text = fs::read_to_string(path).map_err(unreadable)?;
    let template: Template = serde_norway::from_str(&text)?;
    Ok(template.parameters.into_keys().collect())
}

/// Why the template’s parameters are not known.
#[derive(Debug, thiserror::Error)]
pub enum ParameterError {
    /// The file cannot be read.
    #[error("the template {path} cannot be read")]
    Unreadable {
        /// The file.
        path: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The file is not YAML, or its parameters are no mapping.
    #[error("the template’s parameters cannot be read")]
    Yaml(#[from] serde_norway::Error),
}

/// The environment variable that sets a parameter: `TicketmasterApiKey` is set by `TICKETMASTER_API_KEY`.
pub(crate) fn environment_variable(parameter: &str) -> String {
    let mut variable = String::new();
    for letter in parameter.chars() {
        if letter.is_ascii_uppercase() && !variable.is_empty() {
            variable.push('_');
        }
        variable.push(letter.to_ascii_uppercase());
    }
    variable
}

/// The parameter that a field of a secret is filled from: `ticketmaster_api_key` from `TicketmasterApiKey`.
pub(crate) fn of_field(field: &str) -> String {
    let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    field
        .split('_')
        .filter(|word| !word.is_empty())
        .map(capital)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_variable_of_a_parameter_and_the_parameter_of_a_field() {
        assert_eq!(environment_variable("TicketmasterApiKey"), "TICKETMASTER_API_KEY");
        assert_eq!(of_field("ticketmaster_api_key"), "TicketmasterApiKey");
    }

    #[test]
    fn reads_declared_names_past_intrinsic_tags() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let yaml = "Parameters:\n  CityName: {Type: String}\nResources:\n  A: {Value: !Ref CityName}\n";
        fs::write(file.path(), yaml).unwrap();
        assert_eq!(declared(file.path()).unwrap(), ["CityName"]);
    }
}
