//! The template's reader: what it makes of the repository's own template, and of others.

mod complaint;

use std::{collections::BTreeMap, time::Duration};

use local::{
    event_source::Filter,
    template::{EventSource, Function, HttpRoute, Redrive, Stack, StreamSource},
};
use serde_json::{Value, json};

use crate::emulator::{chain, read_own, read_text};

fn own() -> Stack {
    read_own(&[]).unwrap_or_else(|error| panic!("{}", chain(&error)))
}

fn routes(function: &Function) -> Vec<&HttpRoute> {
    let sources = function.sources.iter();
    let routes = sources.filter_map(|source| match source {
        EventSource::HttpRoute(route) => Some(route),
        _ => None,
    });
    routes.collect()
}

fn stream_source(function: &Function) -> &StreamSource {
    match function.sources.as_slice() {
        [EventSource::Stream(source)] => source,
        other => panic!("{other:?}"),
    }
}

#[test]
fn reads_the_functions_of_the_repository_with_their_binaries_and_timeouts() {
    let stack = own();
    let functions = stack.functions.iter().map(|function| {
        (
            function.logical_id.as_str(),
            (
                function.binary.as_str(),
                function.timeout.as_secs(),
                function.memory_mb,
            ),
        )
    });
    assert_eq!(
        functions.collect::<BTreeMap<_, _>>(),
        BTreeMap::from([
            ("AnalyticsFunction", ("analytics", 10, 256)),
            ("DetailFunction", ("detail", 10, 256)),
            ("ImportFunction", ("import", 29, 256)),
            ("LocalEventsFunction", ("local-events", 10, 256)),
            ("NotifyFunction", ("notify", 30, 256)),
            ("ReconcileFunction", ("reconcile", 60, 256)),
            ("SearchFunction", ("search", 10, 256)),
            ("SyncControlFunction", ("sync-control", 10, 256)),
            ("SyncSchedulerFunction", ("sync-scheduler", 30, 256)),
            ("SyncWorkerFunction", ("sync-worker", 60, 256)),
            ("TallyFunction", ("tally", 60, 256)),
        ])
    );
}

/// The enabled schedules of the repository under these parameters: name, expression, what they ask for.
fn schedules(parameters: &[(&str, &str)]) -> Vec<(String, String, Option<serde_json::Value>)> {
    let stack = read_own(parameters).unwrap();
    let sources = stack.function("SyncSchedulerFunction").unwrap().sources.clone();
    let enabled = sources.into_iter().filter_map(|source| match source {
        EventSource::Schedule(schedule) if schedule.enabled => {
            Some((schedule.name, schedule.expression.to_string(), schedule.input))
        }
        _ => None,
    });
    enabled.collect()
}

#[test]
fn syncs_as_often_as_it_is_told() {
    let all = |expression: &str| {
        vec![(
            "SyncSchedulerFunctionDaily".to_owned(),
            expression.to_owned(),
            None,
        )]
    };
    assert_eq!(schedules(&[]), all("at 02:00 UTC"));
    assert_eq!(schedules(&[("SyncIntervalHours", "1")]), all("every 60 minutes"));
    assert_eq!(schedules(&[("SyncIntervalHours", "6")]), all("every 360 minutes"));
    assert_eq!(
        schedules(&[("EnableAutoSync", "false"), ("SyncSeatgeekDaily", "true")]),
        []
    );
    let alone = schedules(&[("SyncAllDaily", "false"), ("SyncSeatgeekDaily", "true")]);
    let input = json!({"sources": ["seatgeek"]});
    assert_eq!(
        alone,
        [(
            "SyncSchedulerFunctionSeatGeek".to_owned(),
            "at 04:00 UTC".to_owned(),
            Some(input)
        )]
    );
    let alone = schedules(&[("SyncAllDaily", "false"), ("SyncTicketmasterDaily", "true")]);
    assert_eq!(alone[0].1, "at 03:00 UTC");
}

#[test]
fn every_route_of_the_repository_exists_with_and_without_the_final_slash() {
    let stack = own();
    let routes: Vec<_> = stack.functions.iter().flat_map(routes).collect();
    for route in &routes {
        if route.path == "$default" {
            assert_eq!(route.method, "ANY");
            continue;
        }
        let twin = route
            .path
            .strip_suffix('/')
            .map_or_else(|| format!("{}/", route.path), str::to_owned);
        let twin = HttpRoute {
            method: route.method.clone(),
            path: twin,
        };
        assert!(routes.contains(&&twin), "{twin:?} is missing");
    }
    assert_eq!(routes.len(), 33);
}

#[test]
fn resolves_the_environment_to_addresses_on_this_machine() {
    let stack = own();
    let environment = &stack.function("SearchFunction").unwrap().environment;
    assert_eq!(
        environment["EVENTS_TABLE"],
        stack.table("ExternalEventsTable").unwrap().name
    );
    assert_eq!(
        environment["SYNC_DLQ_URL"],
        "http://127.0.0.1:4566/000000000000/local-SyncDeadLetterQueue"
    );
    assert_eq!(
        environment["TICKETMASTER_BASE_URL"],
        "https://app.ticketmaster.com/discovery/v2/"
    );
    assert_eq!(environment["SEARCH_DEADLINE_MS"], "2500");
    let arn = &environment["AUTH_SECRET_ARN"];
    assert!(
        arn.starts_with("arn:aws:secretsmanager:us-east-1:000000000000:secret:local-AuthSecret-"),
        "{arn}"
    );
}

#[test]
fn takes_parameters_and_keeps_secret_ones_to_itself() {
    let stack = read_own(&[("SearchDeadlineMs", "900"), ("JwtSecret", "hush")]).unwrap();
    assert_eq!(stack.parameters["SearchDeadlineMs"], "900");
    assert_eq!(
        stack.function("SearchFunction").unwrap().environment["SEARCH_DEADLINE_MS"],
        "900"
    );
    assert!(!stack.parameters.contains_key("JwtSecret"));
    assert!(!format!("{stack:?}").contains("hush"));
}

#[test]
fn each_source_has_a_queue_that_gives_the_worker_time_and_five_tries() {
    let stack = own();
    let worker = stack.function("SyncWorkerFunction").unwrap();
    let dead = stack.queue("SyncDeadLetterQueue").unwrap();
    let mut sources = Vec::new();
    for source in &worker.sources {
        let EventSource::Queue(source) = source else {
            panic!("{source:?}");
        };
        sources.push((source.queue.as_str(), source.maximum_concurrency));
        assert!(source.report_batch_item_failures);
        let queue = stack.queue(&source.queue).unwrap();
        assert!(queue.visibility_timeout >= 6 * worker.timeout);
        assert_eq!(
            queue.redrive,
            Some(Redrive {
                queue_arn: dead.arn.clone(),
                max_receive_count: 5
            })
        );
    }
    assert_eq!(
        sources,
        [
            ("EventbriteQueue", Some(2)),
            ("MeetupQueue", Some(2)),
            ("SeatgeekQueue", Some(4)),
            ("TicketmasterQueue", Some(4)),
        ]
    );
    assert_eq!(dead.retention, Duration::from_hours(14 * 24));
}

#[test]
fn tally_reads_the_stream_of_the_events() {
    let stack = own();
    let source = stream_source(stack.function("TallyFunction").unwrap());
    assert_eq!(source.table, "ExternalEventsTable");
    assert!(source.bisect_on_error && source.report_batch_item_failures);
    assert_eq!(source.maximum_retry_attempts, Some(5));
    assert_eq!(source.on_failure_queue.as_deref(), Some("StreamFailureQueue"));
    let table = stack.table("ExternalEventsTable").unwrap();
    assert!(table.stream);
    assert_eq!(table.ttl_attribute.as_deref(), Some("expires_at"));
    assert_eq!(
        table.create_table["KeySchema"],
        json!([{"AttributeName": "event_key", "KeyType": "HASH"}])
    );
}

#[test]
fn notify_hears_of_imports_and_of_imported_events_and_tries_nine_times() {
    let stack = own();
    let notify = stack.function("NotifyFunction").unwrap();
    let [
        EventSource::Queue(queue),
        EventSource::Stream(external),
        EventSource::Stream(local),
    ] = &notify.sources[..]
    else {
        panic!("{:?}", notify.sources);
    };
    assert_eq!(
        (local.table.as_str(), external.table.as_str()),
        ("LocalEventsTable", "ExternalEventsTable")
    );
    let hears = |source: &StreamSource, record: &Value| {
        let filters = source.filters.iter().map(Filter::parse);
        filters.map(Result::unwrap).any(|filter| filter.matches(record))
    };
    assert!(hears(local, &json!({"eventName": "INSERT"})));
    assert!(hears(local, &json!({"eventName": "REMOVE"})));
    assert!(!hears(local, &json!({"eventName": "MODIFY"})));
    let image = |image: Value| json!({"eventName": "MODIFY", "dynamodb": {"NewImage": image}});
    assert!(hears(external, &image(json!({"local_event_id": {"N": "1"}}))));
    assert!(!hears(external, &image(json!({"status": {"S": "scheduled"}}))));
    for source in [local, external] {
        assert!(source.bisect_on_error && source.report_batch_item_failures);
        assert_eq!(source.on_failure_queue.as_deref(), Some("StreamFailureQueue"));
    }
    assert!(queue.report_batch_item_failures);
    let queue = stack.queue(&queue.queue).unwrap();
    assert!(queue.visibility_timeout >= 6 * notify.timeout);
    let dead = stack.queue("WebhookDeadLetterQueue").unwrap();
    assert_eq!(
        queue.redrive,
        Some(Redrive {
            queue_arn: dead.arn.clone(),
            max_receive_count: 9
        })
    );
}

#[test]
fn evaluates_intrinsic_functions_short_and_long() {
    let text = "
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev}
  Cities: {Type: CommaDelimitedList, Default: 'Bern, Basel'}
Conditions:
  Dev: !Equals [!Ref Stage, dev]
  Prod: !Not [!Condition Dev]
  Either: !Or [!Condition Dev, !Condition Prod]
  Both: !And [!Condition Dev, !Condition Prod]
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Gone: {Type: AWS::SQS::Queue, Condition: Prod}
Outputs:
  Sub: {Value: !Sub 'x-${Stage}-${!Stage}-${Jobs.QueueName}-${AWS::Region}'}
  SubWith: {Value: !Sub ['${a}/${Stage}', {a: !Ref Jobs}]}
  Join: {Value: !Join ['+', !Ref Cities]}
  Select: {Value: {'Fn::Select': [1, {Ref: Cities}]}}
  If: {Value: !If [Both, yes, {'Fn::GetAtt': [Jobs, Arn]}]}
  Either: {Value: here, Condition: Either}
  Prod: {Value: here, Condition: Prod}
";
    let stack =
        read_text(text, "http://127.0.0.1:1/", &[]).unwrap_or_else(|error| panic!("{}", chain(&error)));
    let outputs = stack
        .outputs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    assert_eq!(
        outputs.collect::<BTreeMap<_, _>>(),
        BTreeMap::from([
            ("Sub", "x-dev-${Stage}-local-Jobs-us-east-1"),
            ("SubWith", "http://127.0.0.1:1/000000000000/local-Jobs/dev"),
            ("Join", "Bern+Basel"),
            ("Select", "Basel"),
            ("If", "arn:aws:sqs:us-east-1:000000000000:local-Jobs"),
            ("Either", "here"),
        ])
    );
    assert!(stack.queue("Gone").is_none());
}

#[test]
fn lays_a_function_on_the_globals() {
    let text = "
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Timeout: 10
    MemorySize: 512
    Environment: {Variables: {A: 1, B: global}}
Resources:
  Job:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: rust-cargolambda, BuildProperties: {Binary: job}}
    Properties: {Timeout: 20, Environment: {Variables: {B: own, C: true}}}
";
    let stack =
        read_text(text, "http://127.0.0.1:1", &[]).unwrap_or_else(|error| panic!("{}", chain(&error)));
    let function = stack.function("Job").unwrap();
    assert_eq!((function.timeout.as_secs(), function.memory_mb), (20, 512));
    let environment: Vec<_> = function
        .environment
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(environment, ["A=1", "B=own", "C=true"]);
}
