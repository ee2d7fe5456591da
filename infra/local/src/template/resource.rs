//! The resources that are data: tables, queues and secrets; and what references to any resource give.

use std::{collections::BTreeMap, str::FromStr, time::Duration};

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Overrides, Queue, Redrive, Secret, SecretValue, Table, TemplateError, intrinsic::Reference,
    reader::typed_beside, scalar::Loose,
};

/// What `AWS::StackName` is here; resources without a name of their own are called `local-LogicalId`.
pub(super) const STACK_NAME: &str = "local";

/// Secrets Manager appends a hyphen and six random characters to the name in an ARN; here they are fixed.
const SECRET_ARN_SUFFIX: &str = "-Local1";

/// A resource type that is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Function,
    HttpApi,
    Table,
    Queue,
    Secret,
    /// Known, and without a use on this machine.
    Unused(UnusedKind),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnusedKind {
    Alarm,
    Dashboard,
    LogGroup,
    ManagedPolicy,
    Policy,
    Role,
    Subscription,
    Topic,
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(kind: &str) -> Result<Self, ()> {
        Ok(match kind {
            "AWS::Serverless::Function" => Self::Function,
            "AWS::Serverless::HttpApi" => Self::HttpApi,
            "AWS::DynamoDB::Table" => Self::Table,
            "AWS::SQS::Queue" => Self::Queue,
            "AWS::SecretsManager::Secret" => Self::Secret,
            "AWS::CloudWatch::Alarm" => Self::Unused(UnusedKind::Alarm),
            "AWS::CloudWatch::Dashboard" => Self::Unused(UnusedKind::Dashboard),
            "AWS::Logs::LogGroup" => Self::Unused(UnusedKind::LogGroup),
            "AWS::IAM::ManagedPolicy" => Self::Unused(UnusedKind::ManagedPolicy),
            "AWS::IAM::Policy" => Self::Unused(UnusedKind::Policy),
            "AWS::IAM::Role" => Self::Unused(UnusedKind::Role),
            "AWS::SNS::Subscription" => Self::Unused(UnusedKind::Subscription),
            "AWS::SNS::Topic" => Self::Unused(UnusedKind::Topic),
            _ => return Err(()),
        })
    }
}

impl Kind {
    /// The property that names the resource.
    pub(super) fn name_property(self) -> Option<&'static str> {
        Some(match self {
            Self::Function => "FunctionName",
            Self::Table => "TableName",
            Self::Queue => "QueueName",
            Self::Secret => "Name",
            Self::Unused(UnusedKind::LogGroup) => "LogGroupName",
            Self::Unused(UnusedKind::Alarm) => "AlarmName",
            Self::Unused(UnusedKind::Dashboard) => "DashboardName",
            Self::Unused(UnusedKind::Role) => "RoleName",
            Self::Unused(UnusedKind::Topic) => "TopicName",
            Self::HttpApi
            | Self::Unused(UnusedKind::ManagedPolicy | UnusedKind::Policy | UnusedKind::Subscription) => {
                return None;
            }
        })
    }

    /// The ARN of the resource called `name`.
    pub(super) fn arn(
        self,
        name: &str,
        Overrides {
            region, account_id, ..
        }: &Overrides,
    ) -> String {
        match self {
            Self::Function => format!("arn:aws:lambda:{region}:{account_id}:function:{name}"),
            Self::HttpApi => format!("arn:aws:apigateway:{region}::/apis/{name}"),
            Self::Table => format!("arn:aws:dynamodb:{region}:{account_id}:table/{name}"),
            Self::Queue => format!("arn:aws:sqs:{region}:{account_id}:{name}"),
            Self::Secret => {
                format!("arn:aws:secretsmanager:{region}:{account_id}:secret:{name}{SECRET_ARN_SUFFIX}")
            }
            Self::Unused(UnusedKind::Alarm) => {
                format!("arn:aws:cloudwatch:{region}:{account_id}:alarm:{name}")
            }
            Self::Unused(UnusedKind::Dashboard) => {
                format!("arn:aws:cloudwatch::{account_id}:dashboard/{name}")
            }
            Self::Unused(UnusedKind::LogGroup) => {
                format!("arn:aws:logs:{region}:{account_id}:log-group:{name}:*")
            }
            Self::Unused(UnusedKind::ManagedPolicy | UnusedKind::Policy) => {
                format!("arn:aws:iam::{account_id}:policy/{name}")
            }
            Self::Unused(UnusedKind::Role) => format!("arn:aws:iam::{account_id}:role/{name}"),
            Self::Unused(UnusedKind::Subscription | UnusedKind::Topic) => {
                format!("arn:aws:sns:{region}:{account_id}:{name}")
            }
        }
    }

    /// What `!Ref` and `!GetAtt` give for the resource.
    pub(super) fn reference(self, logical_id: &str, name: &str, overrides: &Overrides) -> Reference {
        let arn = self.arn(name, overrides);
        let name = name.to_owned();
        let mut attributes = BTreeMap::from([("Arn", arn.clone())]);
        let reference = match self {
            Self::Table => {
                attributes.insert("StreamArn", stream_arn(&arn));
                name
            }
            Self::Queue => {
                let url = queue_url(&name, overrides);
                attributes.extend([("QueueName", name), ("QueueUrl", url.clone())]);
                url
            }
            Self::Secret => {
                attributes = BTreeMap::from([("Id", arn.clone())]);
                arn
            }
            Self::Unused(UnusedKind::ManagedPolicy | UnusedKind::Topic) => arn,
            Self::HttpApi => {
                let id = logical_id.to_lowercase();
                let endpoint = format!("https://{id}.execute-api.{}.amazonaws.com", overrides.region);
                attributes = BTreeMap::from([("ApiId", id.clone()), ("ApiEndpoint", endpoint)]);
                id
            }
            Self::Function | Self::Unused(_) => name,
        };
        Reference {
            reference,
            attributes,
        }
    }
}

/// The ARN by which the template knows a table's stream; DynamoDB's ends with the time of its creation.
pub(super) fn stream_arn(table_arn: &str) -> String {
    format!("{table_arn}/stream/local")
}

fn queue_url(name: &str, overrides: &Overrides) -> String {
    format!(
        "{}/{}/{name}",
        overrides.aws_endpoint.trim_end_matches('/'),
        overrides.account_id
    )
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TableProperties {
    key_schema: Value,
    attribute_definitions: Value,
    global_secondary_indexes: Option<Value>,
    local_secondary_indexes: Option<Value>,
    billing_mode: Option<Value>,
    stream_specification: Option<StreamSpecification>,
    time_to_live_specification: Option<TimeToLiveSpecification>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct StreamSpecification {
    stream_view_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TimeToLiveSpecification {
    attribute_name: String,
    enabled: Loose<bool>,
}

const UNUSED_TABLE_PROPERTIES: &[&str] = &[
    "DeletionProtectionEnabled",
    "PointInTimeRecoverySpecification",
    "SSESpecification",
    "TableName",
    "Tags",
];

pub(super) fn table(
    logical_id: String,
    name: String,
    at: String,
    properties: Value,
) -> Result<Table, TemplateError> {
    let properties: TableProperties = typed_beside(properties, UNUSED_TABLE_PROPERTIES, || at)?;
    let stream = properties.stream_specification;
    let parts = [
        ("TableName", Some(name.as_str().into())),
        ("KeySchema", Some(properties.key_schema)),
        ("AttributeDefinitions", Some(properties.attribute_definitions)),
        ("GlobalSecondaryIndexes", properties.global_secondary_indexes),
        ("LocalSecondaryIndexes", properties.local_secondary_indexes),
        ("BillingMode", properties.billing_mode),
        (
            "StreamSpecification",
            stream
                .as_ref()
                .map(|stream| json!({"StreamEnabled": true, "StreamViewType": stream.stream_view_type})),
        ),
    ];
    let create_table = parts
        .into_iter()
        .filter_map(|(name, part)| Some((name.to_owned(), part?)));
    let ttl = properties.time_to_live_specification.filter(|ttl| ttl.enabled.0);
    Ok(Table {
        create_table: create_table.collect::<Map<_, _>>().into(),
        ttl_attribute: ttl.map(|ttl| ttl.attribute_name),
        stream: stream.is_some(),
        logical_id,
        name,
    })
}

/// Defaults: SQS API reference, CreateQueue.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct QueueProperties {
    #[serde(default = "thirty_seconds")]
    visibility_timeout: Loose<u64>,
    #[serde(default = "four_days")]
    message_retention_period: Loose<u64>,
    redrive_policy: Option<RedrivePolicy>,
}

fn thirty_seconds() -> Loose<u64> {
    Loose(30)
}

fn four_days() -> Loose<u64> {
    Loose(4 * 24 * 60 * 60)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RedrivePolicy {
    dead_letter_target_arn: String,
    max_receive_count: Loose<u32>,
}

const UNUSED_QUEUE_PROPERTIES: &[&str] = &[
    "KmsMasterKeyId",
    "QueueName",
    "RedriveAllowPolicy",
    "SqsManagedSseEnabled",
    "Tags",
];

pub(super) fn queue(
    logical_id: String,
    name: String,
    at: String,
    properties: Value,
    overrides: &Overrides,
) -> Result<Queue, TemplateError> {
    let properties: QueueProperties = typed_beside(properties, UNUSED_QUEUE_PROPERTIES, || at)?;
    Ok(Queue {
        url: queue_url(&name, overrides),
        arn: Kind::Queue.arn(&name, overrides),
        visibility_timeout: Duration::from_secs(properties.visibility_timeout.0),
        retention: Duration::from_secs(properties.message_retention_period.0),
        redrive: properties.redrive_policy.map(|policy| Redrive {
            queue_arn: policy.dead_letter_target_arn,
            max_receive_count: policy.max_receive_count.0,
        }),
        logical_id,
        name,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SecretProperties {
    secret_string: Option<SecretString>,
    generate_secret_string: Option<GenerateSecretString>,
}

/// Default length: Secrets Manager API reference, GetRandomPassword.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GenerateSecretString {
    secret_string_template: SecretString,
    generate_string_key: String,
    #[serde(default = "thirty_two")]
    password_length: Loose<usize>,
    /// Generated strings have letters and digits only, so this always holds.
    #[serde(rename = "ExcludePunctuation")]
    _exclude_punctuation: Option<Loose<bool>>,
}

fn thirty_two() -> Loose<usize> {
    Loose(32)
}

pub(super) fn secret(
    logical_id: String,
    name: String,
    at: String,
    properties: Value,
    overrides: &Overrides,
) -> Result<Secret, TemplateError> {
    let unused = &["Description", "KmsKeyId", "Name", "Tags"];
    let properties: SecretProperties = typed_beside(properties, unused, || at.clone())?;
    let value = match (properties.secret_string, properties.generate_secret_string) {
        (Some(value), None) => SecretValue::Given(value),
        (None, Some(generated)) => SecretValue::Generated {
            template: generated.secret_string_template,
            key: generated.generate_string_key,
            length: generated.password_length.0,
        },
        _ => return Err(TemplateError::SecretSource { at }),
    };
    Ok(Secret {
        arn: Kind::Secret.arn(&name, overrides),
        logical_id,
        name,
        value,
    })
}

/// What an HTTP API says about itself changes nothing here; what would change its answers is not understood.
pub(super) fn check_http_api(at: String, properties: Value) -> Result<(), TemplateError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct HttpApiProperties {}

    let unused = &[
        "AccessLogSettings",
        "DefaultRouteSettings",
        "Description",
        "StageName",
        "Tags",
    ];
    typed_beside::<HttpApiProperties>(properties, unused, || at).map(|HttpApiProperties {}| ())
}
