//! Secrets Manager through the real SDK.

use local::aws::Storage;
use serde_json::Value;

use crate::emulator::Emulator;

const SECRETS: &str = r#"
  Keys:
    Type: AWS::SecretsManager::Secret
    Properties: {Name: keys, SecretString: '{"api_key":"k1"}'}
  Auth:
    Type: AWS::SecretsManager::Secret
    Properties:
      GenerateSecretString:
        SecretStringTemplate: '{"jwt_secret":"j1"}'
        GenerateStringKey: page_token_key
        PasswordLength: 64
        ExcludePunctuation: true
"#;

fn arn(emulator: &Emulator, logical_id: &str) -> String {
    let secret = emulator
        .stack
        .secrets
        .iter()
        .find(|secret| secret.logical_id == logical_id)
        .unwrap();
    secret.arn.clone()
}

async fn value(emulator: &Emulator, id: &str) -> String {
    emulator
        .secrets()
        .get_secret_value()
        .secret_id(id)
        .send()
        .await
        .unwrap()
        .secret_string
        .unwrap()
}

#[tokio::test]
async fn gives_a_secret_by_its_name_and_by_its_arn() {
    let emulator = Emulator::start(SECRETS, Storage::Memory).await;
    assert_eq!(value(&emulator, "keys").await, r#"{"api_key":"k1"}"#);
    assert_eq!(
        value(&emulator, &arn(&emulator, "Keys")).await,
        r#"{"api_key":"k1"}"#
    );
    let described = emulator
        .secrets()
        .describe_secret()
        .secret_id("keys")
        .send()
        .await
        .unwrap();
    assert_eq!(described.arn(), Some(arn(&emulator, "Keys").as_str()));
}

#[tokio::test]
async fn says_as_the_sdk_knows_it_that_a_secret_does_not_exist() {
    let emulator = Emulator::start(SECRETS, Storage::Memory).await;
    let error = emulator
        .secrets()
        .get_secret_value()
        .secret_id("missing")
        .send()
        .await
        .unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
}

#[tokio::test]
async fn keeps_the_previous_version_of_a_rotated_secret() {
    let emulator = Emulator::start(SECRETS, Storage::Memory).await;
    let secrets = emulator.secrets();
    secrets
        .put_secret_value()
        .secret_id("keys")
        .secret_string("rotated")
        .send()
        .await
        .unwrap();
    assert_eq!(value(&emulator, "keys").await, "rotated");
    let previous = secrets
        .get_secret_value()
        .secret_id("keys")
        .version_stage("AWSPREVIOUS")
        .send()
        .await
        .unwrap();
    assert_eq!(previous.secret_string(), Some(r#"{"api_key":"k1"}"#));
}

#[tokio::test]
async fn a_generated_secret_survives_a_restart_and_differs_between_stacks() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::Directory(directory.path().to_owned());
    let mut values = Vec::new();
    for storage in [storage.clone(), storage, Storage::Memory] {
        let emulator = Emulator::start(SECRETS, storage).await;
        let secret: Value = serde_json::from_str(&value(&emulator, &arn(&emulator, "Auth")).await).unwrap();
        assert_eq!(secret["jwt_secret"], "j1");
        values.push(secret["page_token_key"].as_str().unwrap().to_owned());
    }
    assert_eq!(values[0].len(), 64);
    assert!(
        values[0].bytes().all(|byte| byte.is_ascii_alphanumeric()),
        "{}",
        values[0]
    );
    assert_eq!(values[0], values[1]);
    assert_ne!(values[0], values[2]);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_file_of_generated_secrets() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    Emulator::start(SECRETS, Storage::Directory(directory.path().to_owned())).await;
    let metadata = directory
        .path()
        .join("generated-secrets.json")
        .metadata()
        .unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_secret_is_in_no_debug_output() {
    let emulator = Emulator::start(SECRETS, Storage::Memory).await;
    let debug = format!("{:?}", emulator.stack);
    assert!(!debug.contains("k1") && !debug.contains("j1"), "{debug}");
}
