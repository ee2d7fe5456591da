//! What the template's reader says of templates that it does not understand.

use std::{collections::BTreeMap, path::Path};

use local::template::{Overrides, Stack};

use crate::emulator::{chain, read, read_own, read_text};

/// What the reader says of a template with these resources.
fn complaint(resources: &str) -> String {
    match read(resources, "http://127.0.0.1:1") {
        Ok(stack) => panic!("understood: {stack:?}"),
        Err(error) => chain(&error),
    }
}

#[test]
fn names_the_parameter_and_the_rule_that_it_breaks() {
    let complaint = |name, value| chain(&read_own(&[(name, value)]).unwrap_err());
    assert_eq!(
        complaint("Nonsense", "1"),
        "parameter Nonsense: the template has no such parameter"
    );
    assert_eq!(
        complaint("AuthMode", "none"),
        "parameter AuthMode: it must be one of hs256, jwks"
    );
    assert_eq!(
        complaint("RetentionDays", "soon"),
        "parameter RetentionDays: it must be a number"
    );
    assert_eq!(
        complaint("RetentionDays", "0"),
        "parameter RetentionDays: it must be at least 1"
    );
    assert_eq!(
        complaint("SearchDeadlineMs", "9001"),
        "parameter SearchDeadlineMs: it must be at most 9000"
    );
    let text = "
Transform: AWS::Serverless-2016-10-31
Parameters: {Name: {Type: String}}
Resources: {}";
    let error = read_text(text, "http://127.0.0.1:1", &[]).unwrap_err();
    assert_eq!(
        chain(&error),
        "parameter Name: it has no default, so it needs a value"
    );
}

#[test]
fn names_the_resource_whose_type_it_does_not_understand() {
    let complaint = complaint("  Bus: {Type: AWS::Events::EventBus}\n");
    assert_eq!(
        complaint,
        "Bus: the resource type AWS::Events::EventBus is not understood here"
    );
}

#[test]
fn names_the_property_that_it_does_not_understand() {
    for (resource, start) in [
        (
            "  Jobs: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}\n",
            "Jobs (AWS::SQS::Queue): unknown field `FifoQueue`",
        ),
        (
            "  Api: {Type: AWS::Serverless::HttpApi, Properties: {CorsConfiguration: true}}\n",
            "Api (AWS::Serverless::HttpApi): unknown field `CorsConfiguration`",
        ),
        (
            "  Jobs: {Type: AWS::SQS::Queue, CreationPolicy: {}}\n",
            "Jobs: unknown field `CreationPolicy`",
        ),
        (
            "  Job: {Type: AWS::Serverless::Function, Properties: {Layers: []}, \
             Metadata: {BuildMethod: rust-cargolambda, BuildProperties: {Binary: job}}}\n",
            "Job (AWS::Serverless::Function): unknown field `Layers`",
        ),
        (
            "  Job: {Type: AWS::Serverless::Function, Metadata: {BuildMethod: makefile}}\n",
            "Job (AWS::Serverless::Function), Metadata: unknown variant `makefile`",
        ),
        (
            "  Job: {Type: AWS::Serverless::Function, Properties: {Events: {Mail: {Type: SNS, Properties: {}}}}, \
             Metadata: {BuildMethod: rust-cargolambda, BuildProperties: {Binary: job}}}\n",
            "Job.Events.Mail: unknown variant `SNS`",
        ),
        (
            "  Key: {Type: AWS::SecretsManager::Secret}\n",
            "Key (AWS::SecretsManager::Secret) needs either SecretString or GenerateSecretString",
        ),
    ] {
        let complaint = complaint(resource);
        assert!(complaint.starts_with(start), "{complaint}");
    }
}

#[test]
fn names_the_expression_that_has_no_value_and_where_it_stands() {
    for (value, complaint_end) in [
        (
            "!Ref Nobody",
            "`Nobody` is neither a parameter nor a resource of the template",
        ),
        (
            "!Sub 'a-${Nobody}'",
            "`Nobody` is neither a parameter nor a resource of the template",
        ),
        (
            "!GetAtt Jobs.Colour",
            "`Jobs.Colour` is not an attribute that can be read here",
        ),
        (
            "!ImportValue other",
            "`Fn::ImportValue` is not an intrinsic function that is understood here",
        ),
        ("!If [Never, 1, 2]", "`Never` is not a condition of the template"),
        ("!Join [x]", "`Fn::Join` wants [delimiter, [strings]]"),
    ] {
        let resource =
            format!("  Jobs: {{Type: AWS::SQS::Queue, Properties: {{Tags: [{{Value: {value}}}]}}}}\n");
        assert_eq!(
            complaint(&resource),
            format!("Jobs.Properties.Tags.0.Value: {complaint_end}")
        );
    }
}

#[test]
fn names_an_event_source_that_is_not_there_and_a_schedule_that_is_none() {
    let function = |event: &str| {
        format!(
            "  Job:\n    Type: AWS::Serverless::Function\n    \
             Metadata: {{BuildMethod: rust-cargolambda, BuildProperties: {{Binary: job}}}}\n    \
             Properties: {{Events: {{Source: {event}}}}}\n"
        )
    };
    let queue = complaint(&function(
        "{Type: SQS, Properties: {Queue: 'arn:aws:sqs:us-east-1:1:other'}}",
    ));
    assert_eq!(
        queue,
        "Job.Events.Source: arn:aws:sqs:us-east-1:1:other is no queue of this template"
    );
    let schedule = complaint(&function("{Type: Schedule, Properties: {Schedule: daily}}"));
    assert!(
        schedule.starts_with("Job.Events.Source: ") && schedule.contains("daily"),
        "{schedule}"
    );
}

#[test]
fn names_a_dead_letter_queue_that_is_not_there() {
    let resource = "
  Jobs:
    Type: AWS::SQS::Queue
    Properties: {RedrivePolicy: {deadLetterTargetArn: 'arn:aws:sqs:us-east-1:1:other', maxReceiveCount: 5}}
";
    assert_eq!(
        complaint(resource),
        "Jobs: arn:aws:sqs:us-east-1:1:other is no queue of this template"
    );
}

#[test]
fn says_that_a_file_is_missing_or_no_yaml() {
    let error = read_text("Resources: [", "http://127.0.0.1:1", &[]).unwrap_err();
    let complaint = chain(&error);
    assert!(
        complaint.starts_with("the template cannot be parsed: not valid YAML: "),
        "{complaint}"
    );

    let overrides = Overrides {
        parameters: BTreeMap::new(),
        aws_endpoint: String::new(),
        region: String::new(),
        account_id: String::new(),
    };
    let error = Stack::read(Path::new("missing/template.yaml"), &overrides).unwrap_err();
    assert_eq!(error.to_string(), "cannot read missing/template.yaml");
}
