//! Secrets Manager: GetSecretValue, PutSecretValue and DescribeSecret over the template's secrets.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::Utc;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::{AwsError, file_error, random, service_error::ServiceError};
use crate::template::{Secret, SecretValue};

/// The stages of a secret's versions, newest first; older versions have none and are forgotten.
const STAGES: [&str; 2] = ["AWSCURRENT", "AWSPREVIOUS"];

/// The secrets. Each start gives them the template's values again; only generated strings are kept.
pub(super) struct Secrets {
    secrets: Mutex<Vec<Held>>,
}

struct Held {
    name: String,
    arn: String,
    /// Newest first.
    versions: Vec<Version>,
}

struct Version {
    id: String,
    value: SecretString,
    created_at: f64,
}

impl Version {
    fn new(id: String, value: SecretString) -> Self {
        #[expect(
            clippy::cast_precision_loss,
            reason = "milliseconds stay exact for longer than dates do"
        )]
        Self {
            id,
            value,
            created_at: Utc::now().timestamp_millis() as f64 / 1e3,
        }
    }
}

impl Secrets {
    /// Takes the template's secrets; generated strings come from `file`, or are made and kept there.
    pub(super) fn open(file: Option<&Path>, secrets: &[Secret]) -> Result<Self, AwsError> {
        let mut generated = match file {
            Some(path) => read_generated(path)?,
            None => BTreeMap::new(),
        };
        let known = generated.len();
        let mut held = Vec::new();
        for secret in secrets {
            let value = match &secret.value {
                SecretValue::Given(value) => value.clone(),
                SecretValue::Generated {
                    template,
                    key,
                    length,
                } => {
                    let unusable = || AwsError::Secret(secret.logical_id.clone());
                    let text = match generated.get(&secret.name) {
                        Some(text) => text.clone(),
                        None => random::password(*length).map_err(|_| unusable())?,
                    };
                    let mut document: Map<String, Value> =
                        serde_json::from_str(template.expose_secret()).map_err(|_| unusable())?;
                    document.insert(key.clone(), text.clone().into());
                    generated.insert(secret.name.clone(), text);
                    Value::from(document).to_string().into()
                }
            };
            let versions = vec![Version::new(random::uuid(), value)];
            held.push(Held {
                name: secret.name.clone(),
                arn: secret.arn.clone(),
                versions,
            });
        }
        if let Some(path) = file.filter(|_| generated.len() > known) {
            write_generated(path, &generated).map_err(|source| file_error(path, source))?;
        }
        Ok(Self {
            secrets: Mutex::new(held),
        })
    }

    /// Answers a request of the Secrets Manager API.
    pub(super) fn answer(&self, operation: &str, body: &[u8]) -> Result<Value, ServiceError> {
        match operation {
            "GetSecretValue" => self.get(&parse(body)?),
            "PutSecretValue" => self.put(parse(body)?),
            "DescribeSecret" => self.describe(&parse(body)?),
            unknown => Err(ServiceError::unknown_operation(unknown)),
        }
    }

    fn get(&self, request: &GetSecretValueRequest) -> Result<Value, ServiceError> {
        let mut secrets = self.lock();
        let secret = find(&mut secrets, &request.secret_id)?;
        let named = |(stage, version): &(&str, &Version)| {
            request
                .version_stage
                .as_ref()
                .is_none_or(|wanted| wanted == stage)
                && request
                    .version_id
                    .as_ref()
                    .is_none_or(|wanted| *wanted == version.id)
        };
        let (stage, version) = STAGES
            .into_iter()
            .zip(&secret.versions)
            .find(named)
            .ok_or_else(not_found)?;
        Ok(json!({
            "ARN": secret.arn,
            "Name": secret.name,
            "VersionId": version.id,
            "SecretString": version.value.expose_secret(),
            "VersionStages": [stage],
            "CreatedDate": version.created_at,
        }))
    }

    fn put(&self, request: PutSecretValueRequest) -> Result<Value, ServiceError> {
        let mut secrets = self.lock();
        let secret = find(&mut secrets, &request.secret_id)?;
        let id = request.client_request_token.unwrap_or_else(random::uuid);
        // The SDKs retry with the same token, which must not push the previous version out.
        if secret.versions.iter().all(|version| version.id != id) {
            secret
                .versions
                .insert(0, Version::new(id.clone(), request.secret_string));
            secret.versions.truncate(STAGES.len());
        }
        Ok(json!({"ARN": secret.arn, "Name": secret.name, "VersionId": id, "VersionStages": [STAGES[0]]}))
    }

    fn describe(&self, request: &DescribeSecretRequest) -> Result<Value, ServiceError> {
        let mut secrets = self.lock();
        let secret = find(&mut secrets, &request.secret_id)?;
        let stages = STAGES.into_iter().zip(&secret.versions);
        let stages = stages.map(|(stage, version)| (version.id.clone(), json!([stage])));
        Ok(json!({
            "ARN": secret.arn,
            "Name": secret.name,
            "VersionIdsToStages": stages.collect::<Map<_, _>>(),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Held>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetSecretValueRequest {
    secret_id: String,
    version_id: Option<String>,
    version_stage: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutSecretValueRequest {
    secret_id: String,
    secret_string: SecretString,
    client_request_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DescribeSecretRequest {
    secret_id: String,
}

fn parse<R: DeserializeOwned>(body: &[u8]) -> Result<R, ServiceError> {
    serde_json::from_slice(body)
        .map_err(|error| ServiceError::sender("ValidationException", error.to_string()))
}

/// The secret of this name or ARN.
fn find<'s>(secrets: &'s mut [Held], id: &str) -> Result<&'s mut Held, ServiceError> {
    secrets
        .iter_mut()
        .find(|secret| secret.name == id || secret.arn == id)
        .ok_or_else(not_found)
}

fn not_found() -> ServiceError {
    let message = "Secrets Manager can't find the specified secret.";
    ServiceError::sender("ResourceNotFoundException", message)
}

fn read_generated(path: &Path) -> Result<BTreeMap<String, String>, AwsError> {
    match fs::read(path) {
        Ok(text) => serde_json::from_slice(&text).map_err(|source| AwsError::Damaged {
            path: path.to_owned(),
            source,
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(file_error(path, error)),
    }
}

/// Writes the file anew, readable by its owner only.
fn write_generated(path: &Path, generated: &BTreeMap<String, String>) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    serde_json::to_writer(&mut file, generated)?;
    file.flush()?;
    fs::rename(new, path)
}
