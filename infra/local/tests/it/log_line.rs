//! Function logs as a person reads them.

use local::log_line::LogLine;

use crate::probe::Output;

fn rendered(line: &str, request_id: Option<&str>) -> Vec<String> {
    let output = Output::default();
    LogLine::parse(line, request_id)
        .unwrap()
        .print(&output.console(), "search");
    output.text().split_whitespace().map(str::to_owned).collect()
}

#[test]
fn reads_flattened_records_with_span_fields_and_says_nothing_twice() {
    let line = r#"{"timestamp":"2026-01-02T03:04:05.678Z","level":"INFO","message":"searched","count":3,"target":"search",
        "span":{"name":"request","request_id":"abcdefghij"},"spans":[{"name":"request","request_id":"abcdefghij","source":"acme"}]}"#;
    assert_eq!(
        rendered(line, Some("another")),
        [
            "03:04:05.678",
            "search",
            "abcdefgh",
            "INFO",
            "searched",
            "source=acme",
            "count=3"
        ]
    );
}

#[test]
fn takes_the_request_id_of_the_invocation_for_a_line_without_one() {
    let words = rendered("thread 'main' panicked", Some("0123456789"));
    assert_eq!(words[1..], ["search", "01234567", "thread", "'main'", "panicked"]);
}

#[test]
fn passes_json_that_is_no_record_as_it_is() {
    assert_eq!(rendered("[1, 2]", None)[1..], ["search", "[1,", "2]"]);
}

#[test]
fn leaves_out_what_the_line_shows_otherwise() {
    let line = r#"{"timestamp":"2026-01-02T03:04:05Z","level":"INFO","message":"answered","function":"local-SearchFunction",
        "request_id":"abcdefgh","trace_id":"1-2-3","cold_start":false,"status":200}"#;
    assert_eq!(
        rendered(line, None)[2..],
        ["abcdefgh", "INFO", "answered", "status=200"]
    );
    let cold = rendered(&line.replace("false", "true"), None);
    assert!(cold.contains(&"cold_start=true".to_owned()), "{cold:?}");
}

#[test]
fn hides_metrics_which_are_for_machines() {
    assert_eq!(
        LogLine::parse(r#"{"_aws":{"Timestamp":1},"calls":1}"#, None),
        None
    );
}
