//! The faults of the application that this system replaces, each shown to be gone.

use http::Method;
use serde_json::json;

use crate::system::System;

#[tokio::test]
async fn dates_are_sent_in_the_form_that_the_provider_accepts() {
    let system = System::start(&[]).await;
    for dates in [
        "date_from=2026-12-01T00:00:00.123Z&date_to=2027-06-01T00:00:00%2B02:00",
        "date_from=2026-12-01&date_to=2027-06-01",
        "date_from=2026-12-01T10:00:00-05:00",
    ] {
        let path = format!("/external-events/search/?q=rock&source=ticketmaster,seatgeek&{dates}");
        let answer = system.get(&path).await;
        assert_eq!(answer.status, 200, "{dates} {}", answer.body);
        for source in ["ticketmaster", "seatgeek"] {
            assert_eq!(
                answer.body["sources"][source]["status"], "ok",
                "{dates} {}",
                answer.body
            );
        }
    }
    system.local.shutdown().await;
}

#[tokio::test]
async fn one_unreadable_event_loses_itself_and_nothing_else() {
    let system = System::start(&[("CacheDurationMinutes", "0")]).await;
    for source in ["ticketmaster", "seatgeek"] {
        let path = format!("/external-events/search/?q=rock&source={source}");
        let before = system.get(&path).await.body;
        let before = before["events"].as_array().unwrap();
        let id = before[1]["external_id"].as_str().unwrap();
        system
            .control(
                Method::PATCH,
                &format!("{source}/events/{id}"),
                json!({"garbage": true}),
            )
            .await;
        let after = system.get(&path).await.body;
        let after = after["events"].as_array().unwrap();
        assert!(
            after.len() + 1 >= before.len(),
            "{source}: {} of {}",
            after.len(),
            before.len()
        );
        assert!(
            after
                .iter()
                .any(|event| event["external_id"] == before[0]["external_id"])
        );
    }
    system.local.shutdown().await;
}

#[tokio::test]
async fn events_without_a_time_are_stored_beside_the_others() {
    let system = System::synced().await;
    let mut certainties = Vec::new();
    let mut token = String::new();
    loop {
        let path = format!("/external-events/?source=ticketmaster&page_size=100&page_token={token}");
        let page = system.get(&path).await.body;
        for event in page["events"].as_array().unwrap() {
            assert_eq!(
                event["start_time"].is_null(),
                event["time_certainty"] != "exact",
                "{event}"
            );
            certainties.push(event["time_certainty"].as_str().unwrap().to_owned());
        }
        match page["next_page_token"].as_str() {
            Some(next) => next.clone_into(&mut token),
            None => break,
        }
    }
    assert!(certainties.iter().any(|certainty| certainty == "date_only"));
    assert!(certainties.iter().any(|certainty| certainty == "exact"));
    system.local.shutdown().await;
}

#[tokio::test]
async fn a_failure_is_never_an_empty_list() {
    let system = System::start(&[]).await;
    for (fault, status, sentence) in [
        (
            json!({"status": 503}),
            503,
            "External API temporarily unavailable. Please try again later.",
        ),
        (
            json!({"html": true}),
            503,
            "External API temporarily unavailable. Please try again later.",
        ),
        (
            json!({"status": 429, "retry_after": 30}),
            429,
            "External API rate limit exceeded. Please try again later.",
        ),
    ] {
        system.control(Method::PUT, "ticketmaster", fault.clone()).await;
        let answer = system
            .get("/external-events/search/?q=opera&source=ticketmaster")
            .await;
        assert_eq!(answer.status, status, "{fault} {}", answer.body);
        assert_eq!(answer.body["error"], sentence);
        assert_eq!(answer.body["status_code"], status);
        let seconds = answer.body["retry_after"].as_u64().unwrap();
        assert_eq!(answer.headers["retry-after"], seconds.to_string());
    }
    system.local.shutdown().await;
}

#[tokio::test]
async fn an_id_never_reaches_another_path_or_query_of_the_provider() {
    let system = System::start(&[]).await;
    for id in [
        "..%2Fvenues%2F1",
        "%2e%2e%2fvenues",
        "1%3Fapikey=x",
        "1%23",
        "1%00",
        "a%20b",
        "1%26size=1",
        "%252e%252e",
    ] {
        let answer = system.get(&format!("/external-events/ticketmaster/{id}/")).await;
        assert_eq!(answer.status, 400, "{id} {}", answer.body);
        assert!(
            answer.body["details"]["external_id"].is_array(),
            "{id} {}",
            answer.body
        );
        let answer = system.import("seatgeek", id).await;
        assert_eq!(answer.status, 400, "{id} {}", answer.body);
    }
    assert_eq!(
        system.calls("ticketmaster").await + system.calls("seatgeek").await,
        0
    );
    system.local.shutdown().await;
}

#[tokio::test]
async fn a_provider_that_hangs_hangs_nothing_else() {
    let system = System::start(&[("SearchDeadlineMs", "800")]).await;
    system
        .control(Method::PUT, "ticketmaster", json!({"hang": true}))
        .await;
    let answer = system.get("/external-events/search/?q=jazz").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["sources"]["ticketmaster"]["status"], "unavailable");
    assert_eq!(answer.body["sources"]["seatgeek"]["status"], "ok");
    // Nothing is stored, so that the event is asked for: the call ends by its own timeout.
    let detail = system.get("/external-events/ticketmaster/G5v0000000000/").await;
    assert_eq!(detail.status, 503);
    system.local.shutdown().await;
}
