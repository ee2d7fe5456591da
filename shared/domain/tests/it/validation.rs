use domain::FieldErrors;
use serde_json::json;

use crate::sample::json;

#[test]
fn every_finding_is_kept_by_field() {
    let mut errors = FieldErrors::of("title", "is required");
    errors.add("size", "is too large");
    errors.add("size", "must be even");
    assert_eq!(
        json(&errors),
        json!({"size": ["is too large", "must be even"], "title": ["is required"]})
    );
    let fields: Vec<_> = errors.iter().map(|(field, rules)| (field, rules.len())).collect();
    assert_eq!(fields, [("size", 2), ("title", 1)]);
    assert_eq!(errors.clone().into_result(), Err(errors));
}

#[test]
fn a_failed_check_is_noted_and_a_passed_one_is_not() {
    let mut errors = FieldErrors::new();
    assert_eq!(errors.check("size", "7".parse::<u32>()), Some(7));
    assert!(errors.is_empty());
    assert_eq!(errors.clone().into_result(), Ok(()));
    assert_eq!(errors.check("size", "seven".parse::<u32>()), None);
    assert_eq!(json(&errors), json!({"size": ["invalid digit found in string"]}));
}
