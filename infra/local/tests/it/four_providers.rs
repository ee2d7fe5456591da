//! A search over all four providers, each in turn failing in every way.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use crate::system::System;

/// Each provider, and how it answers a search while it is well: Eventbrite has none, so that the store answers.
/// SeatGeek comes last: in the end it is left alone for longer than a test lasts.
const SOURCES: [(&str, &str); 4] = [
    ("ticketmaster", "ok"),
    ("eventbrite", "stored"),
    ("meetup", "ok"),
    ("seatgeek", "ok"),
];

/// What goes wrong, and what a live source is then said to be.
fn faults() -> [(&'static str, Value, &'static str); 5] {
    let throttled = json!({"status": 429, "retry_after": 1});
    [
        ("hanging", json!({"hang": true}), "unavailable"),
        ("truncated", json!({"truncate": "body"}), "unavailable"),
        ("lying in its totals", json!({"lie_total": 99_999}), "ok"),
        ("throttled", throttled, "rate_limited"),
        ("answering HTML", json!({"html": true}), "unavailable"),
    ]
}

#[tokio::test]
async fn a_provider_that_fails_is_named_and_spoils_no_other() {
    let parameters = [
        ("SearchDeadlineMs", "4000"),
        ("EventbriteOrganizationIds", ""),
        ("EventbriteOrganizerIds", "48000000000"),
        // Each provider fails several times here, and none is to wait for its turn.
        ("TicketmasterCallsPerSecond", "50"),
    ];
    let system = System::start(&parameters).await;
    let slice = Some(json!({"source": "eventbrite"}));
    let path = "/external-events/sync/";
    let started = system.call(Method::POST, path, &system.admin(), slice).await;
    assert_eq!(started.status, 202, "{}", started.body);
    system.settled().await;
    let stored_by = system.calls("eventbrite").await;

    // No two searches are equal, so that none is answered from the cache.
    let mut radius = 15_000;
    let mut search = async || {
        radius += 1;
        let path = format!("/external-events/search/?q=*&latlong=40.73,-73.99&radius={radius}&size=100");
        // Long after the deadline: a search that is not back by then never comes.
        let answer = tokio::time::timeout(Duration::from_secs(30), system.get(&path)).await;
        let answer = answer.expect("an answer comes");
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    };
    let check = |case: &str, body: &Value, failing: &str, status: &str| {
        for (source, well) in SOURCES {
            let report = &body["sources"][source];
            let is_well = source != failing || status == well;
            let expected = if source == failing { status } else { well };
            assert_eq!(report["status"], expected, "{case}: {source} {report}");
            let found = body["events"].as_array().unwrap().iter();
            let count = found.filter(|event| event["source"] == source).count();
            assert_eq!(report["count"], count, "{case}: {source}");
            assert_eq!(count > 0, is_well, "{case}: {source}");
        }
    };
    check("well", &search().await, "", "");
    for (fault, body, status) in faults() {
        for (source, well) in SOURCES {
            let case = format!("{source} {fault}");
            system.control(Method::PUT, source, body.clone()).await;
            let status = match (source, fault) {
                _ if well == "stored" => well,
                // A captcha: it takes us for a bot, and limits our rate.
                ("seatgeek", "answering HTML") => "rate_limited",
                _ => status,
            };
            check(&case, &search().await, source, status);
            system.control(Method::PUT, source, json!({})).await;
            if fault == "throttled" {
                // As long as it has said.
                tokio::time::sleep(Duration::from_millis(1500)).await;
            }
        }
    }
    let calls = system.calls("eventbrite").await;
    assert_eq!(calls, stored_by, "a search called Eventbrite");
    system.local.shutdown().await;
}
