//! The emulated services with a template of the test's, and the real SDK's clients for them.

use std::{collections::BTreeMap, error::Error, fmt::Write as _, path::Path};

use aws_credential_types::Credentials;
use local::{
    aws::{Aws, Storage},
    template::{Overrides, Stack, TemplateError},
};
use storage::{Connection, ConnectionConfig, Trust};
use tokio::net::TcpListener;

pub(crate) struct Emulator {
    pub(crate) aws: Aws,
    pub(crate) stack: Stack,
    pub(crate) endpoint: String,
}

/// Reads a template that has these resources, written as YAML.
pub(crate) fn read(resources: &str, aws_endpoint: &str) -> Result<Stack, TemplateError> {
    let text = format!("Transform: AWS::Serverless-2016-10-31\nResources:\n{resources}");
    read_text(&text, aws_endpoint, &[])
}

/// Reads a whole template.
pub(crate) fn read_text(
    text: &str,
    aws_endpoint: &str,
    parameters: &[(&str, &str)],
) -> Result<Stack, TemplateError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    Stack::read(file.path(), &overrides(aws_endpoint, parameters))
}

/// Reads the repository's own template.
pub(crate) fn read_own(parameters: &[(&str, &str)]) -> Result<Stack, TemplateError> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml"));
    Stack::read(path, &overrides("http://127.0.0.1:4566", parameters))
}

fn overrides(aws_endpoint: &str, parameters: &[(&str, &str)]) -> Overrides {
    let parameters = parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Overrides {
        parameters: parameters.collect::<BTreeMap<_, _>>(),
        aws_endpoint: aws_endpoint.to_owned(),
        region: "us-east-1".to_owned(),
        account_id: "000000000000".to_owned(),
    }
}

/// An error with all its sources, as a person reads it.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        write!(text, ": {error}").unwrap();
        source = error.source();
    }
    text
}

impl Emulator {
    pub(crate) async fn start(resources: &str, storage: Storage) -> Self {
        Self::try_start(resources, storage)
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) async fn try_start(resources: &str, storage: Storage) -> Result<Self, String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let stack = read(resources, &endpoint).map_err(|error| chain(&error))?;
        let aws = Aws::start(listener, storage, &stack)
            .await
            .map_err(|error| chain(&error))?;
        Ok(Self { aws, stack, endpoint })
    }

    pub(crate) fn queue_url(&self, logical_id: &str) -> &str {
        &self.stack.queue(logical_id).unwrap().url
    }

    fn connection(&self) -> Connection {
        Connection::new(ConnectionConfig {
            region: "us-east-1".to_owned(),
            endpoint_url: Some(self.endpoint.clone()),
            credentials: Credentials::from_keys("local", "local", None),
            trust: Trust::amazon(),
        })
    }

    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(self.connection().sdk_config())
    }

    pub(crate) fn secrets(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(self.connection().sdk_config())
    }

    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(self.connection().sdk_config())
    }
}
