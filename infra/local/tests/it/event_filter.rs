//! Filters of event sources.

use local::event_source::Filter;
use serde_json::{Value, json};

fn matches(pattern: &Value, record: &Value) -> bool {
    Filter::parse(pattern).unwrap().matches(record)
}

#[test]
fn compares_as_lambda_does() {
    let record = json!({"eventName": "MODIFY", "dynamodb": {"NewImage": {"status": {"S": "cancelled"}, "tags": ["a", "b"]}}});
    let status = |rule: Value| json!({"dynamodb": {"NewImage": {"status": {"S": [rule]}}}});
    for (pattern, expected) in [
        (json!({"eventName": ["INSERT", "MODIFY"]}), true),
        (json!({"eventName": ["INSERT"]}), false),
        (
            json!({"eventName": ["MODIFY"], "eventSource": ["aws:dynamodb"]}),
            false,
        ),
        (status(json!("cancelled")), true),
        (status(json!({"prefix": "can"})), true),
        (status(json!({"prefix": "x"})), false),
        (status(json!({"suffix": "led"})), true),
        (status(json!({"anything-but": ["cancelled"]})), false),
        (status(json!({"anything-but": "removed"})), true),
        (
            json!({"dynamodb": {"OldImage": {"status": {"S": [{"exists": false}]}}}}),
            true,
        ),
        (
            json!({"dynamodb": {"OldImage": {"status": {"S": [{"exists": true}]}}}}),
            false,
        ),
        (
            json!({"dynamodb": {"OldImage": {"status": {"S": [{"anything-but": ["x"]}]}}}}),
            false,
        ),
        (json!({"dynamodb": {"NewImage": {"tags": ["b"]}}}), true),
    ] {
        assert_eq!(matches(&pattern, &record), expected, "{pattern}");
    }
}

#[test]
fn names_the_rule_that_it_does_not_understand() {
    for (pattern, named) in [
        (json!({"size": [{"numeric": [">", 1]}]}), "numeric"),
        (json!({"$or": [{"a": ["b"]}]}), "$or"),
        (json!({"a": "b"}), "\"b\""),
    ] {
        let error = Filter::parse(&pattern).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
}
