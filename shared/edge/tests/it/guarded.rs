mod report;

use std::time::Duration;

use domain::health::{Budget, Purpose};
use domain::search::SearchFilter;
use domain::sync::Window;
use domain::{ExternalEvent, Source};
use edge::config::Environment;
use edge::{Budgets, Guarded};
use providers::{BaseUrl, Config, Fault, Findings, Place, ProviderError, Providers, seatgeek, ticketmaster};
use serde_json::json;
use storage::{Store, Units};
use testkit::dynamodb::{self, Dynamo, connection, tables};
use testkit::{filter, key, now, slice};
use tokio::time::Instant;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Ticketmaster, answering each call like this.
async fn answering(status: u16, headers: &[(&str, &str)]) -> MockServer {
    let body = json!({"page": {"totalElements": 0}}).to_string();
    let answer = ResponseTemplate::new(status).set_body_raw(body, "application/json");
    let answer = headers.iter().fold(answer, |answer, (name, value)| {
        answer.insert_header(*name, *value)
    });
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

async fn calls(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

/// A budget of so many calls a day.
fn budgets(per_day: u32) -> Budgets {
    Budgets {
        ticketmaster: Budget {
            per_second: None,
            per_window: Some((per_day, Duration::from_hours(24))),
            reserved_percent: 40,
        },
        ..Budgets::default()
    }
}

/// What one process has.
fn process(server: &MockServer, store: Store, budgets: Budgets) -> Guarded {
    let base_url: BaseUrl = format!("{}/", server.uri()).parse().unwrap();
    let providers = Providers::new(Config {
        ticketmaster: Some(ticketmaster::Config {
            base_url: base_url.clone(),
            api_key: "key".into(),
        }),
        seatgeek: Some(seatgeek::Config {
            base_url,
            client_id: "id".into(),
            client_secret: None,
        }),
        ..Config::default()
    });
    Guarded::new(providers, store, budgets)
}

fn alone(server: &MockServer, dynamo: &Dynamo) -> Guarded {
    process(server, dynamo.store(), Budgets::default())
}

async fn search(guarded: &Guarded) -> Result<Findings, ProviderError> {
    let known = guarded.health(Source::Ticketmaster).await;
    let deadline = Instant::now() + Duration::from_secs(5);
    // With a date, so that one call is all it takes.
    let filter = SearchFilter {
        from: Some(now()),
        ..filter("jazz")
    };
    guarded
        .search(Source::Ticketmaster, &filter, now(), known, deadline)
        .await
}

async fn detail(guarded: &Guarded) -> Result<Option<ExternalEvent>, ProviderError> {
    guarded.event(&key("ticketmaster#vvG1")).await
}

async fn sync(guarded: &Guarded) -> Result<(), ProviderError> {
    let window = Window::next_days(now(), 7);
    let slice = slice(Source::Ticketmaster, "music", window);
    let page = guarded.slice_page(&slice, window, Place::default()).await;
    page.map(drop)
}

#[tokio::test]
async fn refused_credentials_are_tried_once_by_all_functions_together() {
    let (server, dynamo) = (answering(401, &[]).await, dynamodb::start().await);
    for _ in 0..2 {
        let process = alone(&server, &dynamo);
        assert!(matches!(search(&process).await, Err(ProviderError::Unauthorized)));
        assert!(matches!(detail(&process).await, Err(ProviderError::Unauthorized)));
        assert!(matches!(sync(&process).await, Err(ProviderError::Unauthorized)));
    }
    assert_eq!(calls(&server).await, 1);
}

#[tokio::test]
async fn a_provider_that_keeps_failing_is_not_called_and_says_when_it_will_be() {
    let (server, dynamo) = (MockServer::start().await, dynamodb::start().await);
    let broken = ResponseTemplate::new(200).set_body_raw("<html>", "text/html");
    Mock::given(any()).respond_with(broken).mount(&server).await;
    let process = alone(&server, &dynamo);
    for _ in 0..3 {
        assert!(search(&process).await.is_err());
    }
    let ProviderError::Unavailable {
        retry_after: Some(wait),
        fault: Fault::LeftAlone,
    } = detail(&alone(&server, &dynamo)).await.unwrap_err()
    else {
        panic!("it was called again");
    };
    assert!(wait <= domain::health::FAILURE_PAUSE);
    assert_eq!(calls(&server).await, 3);
}

#[tokio::test]
async fn one_functions_429_closes_the_provider_for_all() {
    let (server, dynamo) = (
        answering(429, &[("retry-after", "3600")]).await,
        dynamodb::start().await,
    );
    assert!(sync(&alone(&server, &dynamo)).await.is_err());
    for error in [
        search(&alone(&server, &dynamo)).await.unwrap_err(),
        detail(&alone(&server, &dynamo)).await.unwrap_err(),
    ] {
        let wait = error.retry_after().unwrap().as_secs();
        assert!(matches!(error, ProviderError::RateLimited { .. }) && (3000..=3600).contains(&wait));
    }
    assert_eq!(calls(&server).await, 1);
}

#[tokio::test]
async fn a_quota_that_an_answer_says_is_used_up_is_not_exceeded() {
    let said = [
        ("rate-limit", "5000"),
        ("rate-limit-available", "0"),
        ("rate-limit-reset", "32503680000000"),
    ];
    let (server, dynamo) = (answering(200, &said).await, dynamodb::start().await);
    search(&alone(&server, &dynamo)).await.unwrap();
    let error = search(&alone(&server, &dynamo)).await.unwrap_err();
    assert!(matches!(
        error,
        ProviderError::RateLimited { retry_after: Some(_) }
    ));
    assert_eq!(calls(&server).await, 1);
}

#[tokio::test]
async fn processes_that_call_at_once_share_one_budget() {
    let (server, dynamo) = (answering(200, &[]).await, dynamodb::start().await);
    let mut searches = tokio::task::JoinSet::new();
    for _ in 0..9 {
        let process = process(&server, dynamo.store(), budgets(5));
        searches.spawn(async move { search(&process).await.is_ok() });
    }
    let answered = searches.join_all().await.into_iter().filter(|ok| *ok).count();
    assert_eq!((answered, calls(&server).await), (5, 5));
}

#[tokio::test]
async fn a_sync_leaves_searches_their_share() {
    let (server, dynamo) = (answering(200, &[]).await, dynamodb::start().await);
    let process = process(&server, dynamo.store(), budgets(5));
    for synced in [true, true, true, false, false] {
        assert_eq!(sync(&process).await.is_ok(), synced);
    }
    for searched in [true, true, false] {
        assert_eq!(search(&process).await.is_ok(), searched);
    }
    assert_eq!(calls(&server).await, 5);
}

#[tokio::test]
async fn repetitions_count() {
    let (server, dynamo) = (answering(503, &[]).await, dynamodb::start().await);
    let process = process(&server, dynamo.store(), budgets(5));
    assert!(search(&process).await.is_err());
    let stored = dynamo.store().healths().await.unwrap()[&Source::Ticketmaster].clone();
    let used = usize::try_from(stored.health.used(chrono::Utc::now())).unwrap();
    assert_eq!((used, calls(&server).await), (2, 2));
    let next = stored
        .health
        .admit(Purpose::Live, &Budget::default(), chrono::Utc::now());
    assert!(
        matches!(next, domain::health::Admission::Granted(_)),
        "one failure closes nothing"
    );
}

#[tokio::test]
async fn each_page_of_a_search_is_within_the_budget() {
    let dynamo = dynamodb::start().await;
    // Nothing is found, so that what has no date yet is asked for as well.
    let server = answering(200, &[]).await;
    let guarded = process(&server, dynamo.store(), budgets(3));
    let deadline = Instant::now() + Duration::from_secs(5);
    for is_whole in [true, false] {
        let known = guarded.health(Source::Ticketmaster).await;
        let findings = guarded
            .search(Source::Ticketmaster, &filter("jazz"), now(), known, deadline)
            .await
            .unwrap();
        assert_eq!(findings.is_whole, is_whole);
    }
    assert_eq!(calls(&server).await, 3);
}

#[tokio::test]
async fn how_a_provider_fares_is_not_read_before_each_call() {
    let (server, dynamo) = (answering(200, &[]).await, dynamodb::start().await);
    let store = dynamo.store().metered();
    let process = process(&server, store.clone(), Budgets::default());
    for _ in 0..20 {
        sync(&process).await.unwrap();
    }
    assert_eq!(calls(&server).await, 20);
    let units = store.take_units();
    // Half a unit each time that it is read.
    assert!(units.read < 10.0 && units.write == 0.0, "{units:?}");
}

#[tokio::test]
async fn how_all_providers_fare_is_one_reading() {
    let (server, dynamo) = (answering(200, &[]).await, dynamodb::start().await);
    let store = dynamo.store().metered();
    let guarded = process(&server, store.clone(), Budgets::default());
    tokio::join!(
        guarded.health(Source::Ticketmaster),
        guarded.health(Source::SeatGeek)
    );
    let (read, write) = (0.5, 0.0);
    assert_eq!(store.take_units(), Units { read, write });
}

#[tokio::test]
async fn who_counts_calls_learns_at_once_that_another_process_closed_the_provider() {
    let (well, limiting) = (
        answering(200, &[]).await,
        answering(429, &[("retry-after", "3600")]).await,
    );
    let dynamo = dynamodb::start().await;
    let [one, other] = [&well, &limiting].map(|server| process(server, dynamo.store(), budgets(100)));
    sync(&one).await.unwrap();
    assert!(sync(&other).await.is_err());
    let error = sync(&one).await.unwrap_err();
    assert!(matches!(error, ProviderError::RateLimited { .. }));
    assert_eq!(calls(&well).await, 1);
}

#[tokio::test]
async fn who_writes_nothing_learns_within_two_seconds_that_another_process_closed_the_provider() {
    let (well, limiting) = (
        answering(200, &[]).await,
        answering(429, &[("retry-after", "3600")]).await,
    );
    let dynamo = dynamodb::start().await;
    let [one, other] = [&well, &limiting].map(|server| alone(server, &dynamo));
    sync(&one).await.unwrap();
    assert!(sync(&other).await.is_err());
    tokio::time::sleep(Duration::from_secs(2)).await;
    let error = sync(&one).await.unwrap_err();
    assert!(matches!(error, ProviderError::RateLimited { .. }));
    assert_eq!(calls(&well).await, 1);
}

#[tokio::test]
async fn a_closing_that_is_remembered_lasts_no_longer_than_it_says() {
    let server = MockServer::start().await;
    let limiting = ResponseTemplate::new(429).insert_header("retry-after", "1");
    Mock::given(any())
        .respond_with(limiting)
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(404))
        .mount(&server)
        .await;
    let dynamo = dynamodb::start().await;
    let process = alone(&server, &dynamo);
    let Err(ProviderError::RateLimited { .. }) = detail(&process).await else {
        panic!("it is limited");
    };
    let closed = detail(&process).await.unwrap_err();
    tokio::time::sleep(closed.retry_after().unwrap()).await;
    assert_eq!(detail(&process).await.unwrap(), None);
}

#[tokio::test]
async fn without_a_store_calls_go_out_all_the_same() {
    let server = answering(200, &[]).await;
    let nowhere = Store::new(&connection("http://127.0.0.1:1"), tables());
    let process = process(&server, nowhere, budgets(1));
    for _ in 0..2 {
        search(&process).await.unwrap();
    }
    assert_eq!(calls(&server).await, 2);
}

#[test]
fn budgets_are_the_published_ones_unless_the_environment_says_otherwise() {
    let read = |pairs: &[(&str, &str)]| Budgets::read(&Environment::of(pairs.iter().copied()));
    let published = read(&[]).unwrap();
    assert_eq!(published.ticketmaster.per_second, Some(5));
    assert_eq!(
        published.ticketmaster.per_window,
        Some((5_000, Duration::from_hours(24)))
    );
    assert_eq!(
        published.eventbrite.per_window,
        Some((2_000, Duration::from_hours(1)))
    );
    let own = read(&[
        ("TICKETMASTER_CALLS_PER_DAY", "100"),
        ("LIVE_SHARE_PERCENT", "75"),
    ])
    .unwrap();
    assert_eq!(own.ticketmaster.per_window, Some((100, Duration::from_hours(24))));
    assert_eq!(own.eventbrite.reserved_percent, 75);
    let wrong = read(&[
        ("TICKETMASTER_CALLS_PER_SECOND", "0"),
        ("LIVE_SHARE_PERCENT", "101"),
    ]);
    assert_eq!(wrong.unwrap_err().faults().len(), 2);
}
