use std::time::Duration;

use http::{HeaderMap, StatusCode};
use providers::http::HttpError;
use providers::webhook::{InvalidReceiver, Receiver};
use test_case::test_case;
use wiremock::matchers::{body_string, header, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::http::raw;

#[test_case("https://hooks.example/path?token=1"; "a name")]
#[test_case("https://203.1.113.9/"; "an address")]
#[test_case("https://[2606:4700::1111]/"; "an address of six")]
fn takes_a_public(address: &str) {
    assert!(Receiver::new(address, false).is_ok());
}

#[test_case("http://hooks.example/", InvalidReceiver::Scheme; "unencrypted")]
#[test_case("ftp://hooks.example/", InvalidReceiver::Scheme; "by another protocol")]
#[test_case("hooks.example", InvalidReceiver::Form; "that is none")]
#[test_case("https://me:secret@hooks.example/", InvalidReceiver::User; "with a password")]
#[test_case("https://127.0.0.1/", InvalidReceiver::Private; "of this machine")]
#[test_case("https://2130706433/", InvalidReceiver::Private; "of this machine as a number")]
#[test_case("https://10.1.2.3/", InvalidReceiver::Private; "of the network")]
#[test_case("https://100.64.0.1/", InvalidReceiver::Private; "of the carrier")]
#[test_case("https://169.254.169.254/latest/", InvalidReceiver::Private; "of the metadata service")]
#[test_case("https://[::1]/", InvalidReceiver::Private; "of this machine in six")]
#[test_case("https://[fe80::1]/", InvalidReceiver::Private; "of the link in six")]
#[test_case("https://[fd00:ec2::254]/", InvalidReceiver::Private; "of the network in six")]
#[test_case("https://[::ffff:10.0.0.1]/", InvalidReceiver::Private; "mapped into six")]
#[test_case("https://[64:ff9b::a00:1]/", InvalidReceiver::Private; "translated into six")]
#[test_case("https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", InvalidReceiver::Private; "tunnelled by Teredo")]
#[test_case("https://[2002:7f00:1::]/", InvalidReceiver::Private; "tunnelled through six")]
fn refuses_an_address(address: &str, reason: InvalidReceiver) {
    assert_eq!(Receiver::new(address, false).unwrap_err(), reason);
}

#[tokio::test]
async fn refuses_a_name_that_leads_to_a_private_address() {
    let receiver = Receiver::new("https://localhost:9/", false).unwrap();
    let error = receiver
        .post(HeaderMap::new(), "{}".to_owned(), testkit::now())
        .await
        .unwrap_err();
    assert!(format!("{error:?}").contains("no public address"), "{error:?}");
}

#[tokio::test]
async fn posts_the_body_once_and_follows_no_redirect() {
    let server = MockServer::start().await;
    let elsewhere = ResponseTemplate::new(307)
        .insert_header("location", "/elsewhere")
        .insert_header("retry-after", "7");
    Mock::given(method("POST"))
        .and(header("content-type", "application/json"))
        .and(header("webhook-id", "msg_1"))
        .and(body_string("{\"a\":1}"))
        .respond_with(elsewhere)
        .expect(1)
        .mount(&server)
        .await;
    let receiver = Receiver::new(&server.uri(), true).unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("webhook-id", "msg_1".parse().unwrap());
    let receipt = receiver
        .post(headers, "{\"a\":1}".to_owned(), testkit::now())
        .await
        .unwrap();
    assert_eq!(receipt.status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(receipt.retry_after.map(|pause| pause.as_secs()), Some(7));
}

#[tokio::test]
async fn a_receiver_that_hangs_times_out() {
    let receiver = Receiver::new(&raw("", true).await, true).unwrap();
    let receiver = receiver.with_timeout(Duration::from_millis(50));
    let posted = receiver.post(HeaderMap::new(), "{}".to_owned(), testkit::now());
    let error = posted.await.unwrap_err();
    assert!(matches!(error, HttpError::Timeout), "{error:?}");
}

#[tokio::test]
async fn the_status_is_all_that_is_read_of_an_answer() {
    let endless = "HTTP/1.1 202 Accepted\r\ncontent-length: 9000000000\r\n\r\nmore and more";
    let receiver = Receiver::new(&raw(endless, true).await, true).unwrap();
    let posted = receiver.post(HeaderMap::new(), "{}".to_owned(), testkit::now());
    assert_eq!(posted.await.unwrap().status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_failure_shows_nothing_of_the_address() {
    let receiver = Receiver::new("http://127.0.0.1:1/secret?token=secret", true).unwrap();
    let posted = receiver.post(HeaderMap::new(), String::new(), testkit::now());
    let error = posted.await.unwrap_err();
    assert!(!format!("{error:?} {error}").contains("secret"), "{error:?}");
}

#[test]
fn shows_no_more_of_an_address_than_its_host() {
    let receiver = Receiver::new("https://hooks.example/secret?token=secret", false).unwrap();
    let shown = format!("{receiver:?}");
    assert!(
        shown.contains("hooks.example") && !shown.contains("secret"),
        "{shown}"
    );
}
