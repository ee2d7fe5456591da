//! When schedules fire, and what they send.

use chrono::{DateTime, Utc};
use local::schedule::{ScheduleExpression, ScheduleExpressionError, event};
use serde_json::json;

use crate::probe::place;

fn next(expression: &str, now: &str) -> Option<String> {
    let now: DateTime<Utc> = now.parse().unwrap();
    let expression: ScheduleExpression = expression.parse().unwrap();
    expression
        .next_after(now)
        .map(|time| time.format("%Y-%m-%dT%H:%M").to_string())
}

#[test]
fn fires_at_the_next_matching_minute() {
    for (expression, now, expected) in [
        ("cron(0 2 * * ? *)", "2026-03-01T01:59:59Z", "2026-03-01T02:00"),
        ("cron(0 2 * * ? *)", "2026-03-01T02:00:00Z", "2026-03-02T02:00"),
        (
            "cron(15,45 8-10 * * ? *)",
            "2026-03-01T10:45:00Z",
            "2026-03-02T08:15",
        ),
        ("cron(0/20 * * * ? *)", "2026-03-01T23:41:00Z", "2026-03-02T00:00"),
        (
            "cron(0 9 ? * MON-FRI *)",
            "2026-03-06T09:00:00Z",
            "2026-03-09T09:00",
        ),
        ("cron(0 9 ? * 1 *)", "2026-03-06T09:00:00Z", "2026-03-08T09:00"),
        ("cron(0 0 31 * ? *)", "2026-04-01T00:00:00Z", "2026-05-31T00:00"),
        ("cron(0 0 29 feb ? *)", "2026-01-01T00:00:00Z", "2028-02-29T00:00"),
        ("rate(5 minutes)", "2026-03-01T00:00:30Z", "2026-03-01T00:05"),
        ("rate(1 day)", "2026-02-28T12:00:00Z", "2026-03-01T12:00"),
    ] {
        assert_eq!(
            next(expression, now).as_deref(),
            Some(expected),
            "{expression} after {now}"
        );
    }
}

#[test]
fn never_fires_again_after_its_last_year() {
    assert_eq!(next("cron(0 0 1 1 ? 2025)", "2026-01-01T00:00:00Z"), None);
}

#[test]
fn refuses_what_eventbridge_refuses() {
    use ScheduleExpressionError::{Days, Field, FieldCount, Kind, Rate};
    let error = |text: &str| text.parse::<ScheduleExpression>().unwrap_err();
    assert!(matches!(error("every 5 minutes"), Kind(_)));
    assert!(matches!(error("rate(0 minutes)"), Rate(_)));
    assert!(matches!(error("rate(1 hours)"), Rate(_)));
    assert!(matches!(error("rate(5 minute)"), Rate(_)));
    assert!(matches!(error("cron(0 2 * * ?)"), FieldCount { count: 5, .. }));
    assert!(matches!(error("cron(0 2 * * * *)"), Days(_)));
    assert!(matches!(error("cron(0 2 ? * ? *)"), Days(_)));
    assert!(matches!(
        error("cron(60 2 * * ? *)"),
        Field { field: "minute", .. }
    ));
    assert!(matches!(
        error("cron(0 2 * FOO ? *)"),
        Field { field: "month", .. }
    ));
    assert!(matches!(
        error("cron(0 5-2 * * ? *)"),
        Field { field: "hour", .. }
    ));
    assert!(matches!(
        error("cron(0/0 2 * * ? *)"),
        Field { field: "minute", .. }
    ));
    assert!(matches!(
        error("cron(0 2 L * ? *)"),
        Field {
            field: "day-of-month",
            ..
        }
    ));
}

#[test]
fn sends_eventbridges_event_or_the_schedules_own_input() {
    let time = "2026-03-01T02:00:00Z".parse().unwrap();
    let mut schedule = local::template::Schedule {
        name: "daily".to_owned(),
        expression: "rate(1 day)".parse().unwrap(),
        input: None,
        enabled: true,
    };
    let sent = event(&schedule, &place(), time);
    assert_eq!(sent["detail-type"], "Scheduled Event");
    assert_eq!(sent["source"], "aws.events");
    assert_eq!(sent["time"], "2026-03-01T02:00:00Z");
    assert_eq!(
        sent["resources"],
        json!(["arn:aws:events:us-east-1:000000000000:rule/daily"])
    );
    schedule.input = Some(json!({"source": "ticketmaster"}));
    assert_eq!(
        event(&schedule, &place(), time),
        json!({"source": "ticketmaster"})
    );
}
