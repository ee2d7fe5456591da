//! Each function may do just what its code does: its role in the template against the AWS operations that its source
//! can reach, and what Lambda does in its name.

mod code;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde_norway::Value;

use self::code::Program;

/// `dynamodb:GetItem on StateTable`.
type Permissions = BTreeSet<String>;

/// What an event source mapping asks of a queue (AWS Lambda developer guide, "Using Lambda with Amazon SQS").
const READ_QUEUE: &[&str] = &[
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
];

/// What it asks of a table's stream ("Using AWS Lambda with Amazon DynamoDB").
const READ_STREAM: &[&str] = &[
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
];

/// What it asks of a destination.
const SEND: &[&str] = &["sqs:SendMessage"];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn template() -> Value {
    serde_norway::from_str(&fs::read_to_string(repository().join("template.yaml")).unwrap()).unwrap()
}

/// The template's functions: their logical ids with what they declare.
fn functions(template: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let resources = template["Resources"].as_mapping().unwrap().iter();
    resources
        .filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function")
        .map(|(name, resource)| (name.as_str().unwrap(), resource))
}

/// One value, or each of a list.
fn each(value: &Value) -> Vec<&Value> {
    value
        .as_sequence()
        .map_or_else(|| vec![value], |items| items.iter().collect())
}

/// `!GetAtt StateTable.Arn`, `!Ref AuthSecret` and `!Sub "${StateTable.Arn}/index/by_x"` without their clothes.
fn resource(value: &Value) -> String {
    let Value::Tagged(tagged) = value else {
        panic!("a policy names no resource of the template: {value:?}");
    };
    let text = tagged.value.as_str().unwrap();
    text.replace("${", "").replace('}', "").replace(".Arn", "")
}

/// The role that a function names.
fn role<'a>(template: &'a Value, function: &Value) -> &'a Value {
    let role = &template["Resources"][resource(&function["Properties"]["Role"])];
    assert_eq!(role["Type"], "AWS::IAM::Role");
    &role["Properties"]
}

/// What a role allows, beyond what all functions may do.
fn allowed(role: &Value) -> Permissions {
    let policies = role["Policies"].as_sequence().unwrap();
    let statements = policies
        .iter()
        .flat_map(|policy| each(&policy["PolicyDocument"]["Statement"]));
    let mut permissions = Permissions::new();
    for statement in statements {
        assert_eq!(statement["Effect"], "Allow");
        for action in each(&statement["Action"]) {
            for on in each(&statement["Resource"]) {
                permissions.insert(format!("{} on {}", action.as_str().unwrap(), resource(on)));
            }
        }
    }
    permissions
}

/// What Lambda does in a function's name: it reads its queues and streams, and hands on what was given up of a stream.
fn for_events(function: &Value) -> Permissions {
    let events = function["Properties"]["Events"].as_mapping().unwrap();
    let of_event = |event: &Value| {
        let properties = &event["Properties"];
        let needed: Vec<(&[&str], &Value)> = match event["Type"].as_str().unwrap() {
            "SQS" => vec![(READ_QUEUE, &properties["Queue"])],
            "DynamoDB" => {
                let destination = &properties["DestinationConfig"]["OnFailure"]["Destination"];
                vec![(READ_STREAM, &properties["Stream"]), (SEND, destination)]
            }
            _ => vec![],
        };
        let on = |(actions, on): (&[&str], &Value)| {
            let on = resource(on);
            actions
                .iter()
                .map(|action| format!("{action} on {on}"))
                .collect::<Vec<_>>()
        };
        needed.into_iter().flat_map(on).collect::<Vec<_>>()
    };
    events.values().flat_map(of_event).collect()
}

/// The code sends a job to its source's queue, which is one for each source.
fn each_queue(permissions: &Permissions) -> Permissions {
    let each = |permission: &String| match permission.strip_suffix("SyncQueue") {
        Some(action) => ["Eventbrite", "Meetup", "Seatgeek", "Ticketmaster"]
            .map(|source| format!("{action}{source}Queue"))
            .to_vec(),
        None => vec![permission.clone()],
    };
    permissions.iter().flat_map(each).collect()
}

#[test]
fn each_function_may_do_what_its_code_does_and_nothing_else() {
    let template = template();
    let mut differences = BTreeMap::new();
    let mut unreached: Option<BTreeSet<String>> = None;
    for (name, function) in functions(&template) {
        let binary = function["Metadata"]["BuildProperties"]["Binary"]
            .as_str()
            .unwrap();
        let program = Program::read(&repository(), binary);
        let needed = &each_queue(&program.permissions()) | &for_events(function);
        let allowed = allowed(role(&template, function));
        if needed != allowed {
            let difference = [("missing", &needed - &allowed), ("extra", &allowed - &needed)];
            differences.insert(name.to_owned(), difference);
        }
        let unseen = program.unreached();
        unreached = Some(unreached.map_or(unseen.clone(), |by_others| &by_others & &unseen));
    }
    assert!(differences.is_empty(), "{differences:#?}");
    // What no function reaches is either without a use, or called in a way that the derivation does not see.
    assert_eq!(unreached, Some(BTreeSet::new()));
}

#[test]
fn nothing_else_is_granted_but_a_log_and_traces() {
    let template = template();
    for (name, function) in functions(&template) {
        // With these SAM would make the role, and attach AWS' policies for every log, queue and stream to it.
        assert!(function["Properties"].get("Policies").is_none(), "{name}");
        let role = role(&template, function);
        let attached: Vec<_> = each(&role["ManagedPolicyArns"])
            .into_iter()
            .map(resource)
            .collect();
        assert_eq!(attached, ["FunctionTelemetry"], "{name}");
        let trust = &role["AssumeRolePolicyDocument"]["Statement"][0];
        assert_eq!(trust["Principal"]["Service"], "lambda.amazonaws.com", "{name}");
    }
    let telemetry = &template["Resources"]["FunctionTelemetry"]["Properties"]["PolicyDocument"]["Statement"];
    let [log, traces] = telemetry.as_sequence().unwrap().as_slice() else {
        panic!("{telemetry:?}");
    };
    let actions = |statement: &Value| serde_norway::to_string(&statement["Action"]).unwrap();
    assert_eq!(actions(log), "- logs:CreateLogStream\n- logs:PutLogEvents\n");
    assert_eq!(resource(&log["Resource"]), "FunctionLogs");
    let Value::Tagged(traces) = traces else {
        panic!("{traces:?}");
    };
    assert_eq!(
        (traces.tag.to_string().as_str(), &traces.value[0]),
        ("!If", &"Traced".into())
    );
    assert_eq!(
        actions(&traces.value[1]),
        "- xray:PutTelemetryRecords\n- xray:PutTraceSegments\n"
    );
}

#[test]
fn follows_calls_to_the_operations_behind_them() {
    let program = Program::of(&[
        (
            "import",
            "handler",
            "async fn handle(context: &Context) { context.store.mark(1).await; edge::batch::run(q) }",
        ),
        (
            "storage",
            "import",
            r#"impl Store {
                /// self.client.scan() in a comment is no call.
                pub async fn mark(&self) { self.look().await; let put = Put::builder().table_name(&self.tables.local_events); }
                async fn look(&self) { join!(self.client.query().table_name(&self.tables.events).index_name("by_import").send()) }
                pub async fn other(&self) { self.client.get_item().table_name(&self.tables.state) }
            }
            #[cfg(test)]
            mod tests { fn mark() { client.scan().table_name(&tables.state) } }"#,
        ),
        ("edge", "batch", "pub fn run(queue: &JobQueue) { queue.bury(1) }"),
        (
            "edge",
            "queue",
            "impl JobQueue { fn bury(&self) { self.client.send_message().queue_url(&self.urls.dead_letters) } }",
        ),
    ]);
    assert_eq!(
        program.permissions().iter().collect::<Vec<_>>(),
        [
            "dynamodb:PutItem on LocalEventsTable",
            "dynamodb:Query on ExternalEventsTable/index/by_import",
            "sqs:SendMessage on SyncDeadLetterQueue",
        ]
    );
    assert_eq!(
        program.unreached().iter().collect::<Vec<_>>(),
        ["storage::import::other"]
    );
}
