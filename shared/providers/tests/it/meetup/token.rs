//! How Meetup's tokens are fetched, by assertions that we sign.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use chrono::Utc;
use domain::Source;
use providers::ProviderError;
use providers::meetup::SigningKey;
use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};
use test_case::test_case;
use testkit::now;
use wiremock::matchers::{header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{grant, here, requests, search, server};
use crate::server::{MARK, MEETUP_EVENTS, SIGNING_KEY, first_page, html, json as answer, providers};

/// The claims of an assertion whose signature holds.
fn verified(assertion: &str) -> (Value, Value) {
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).unwrap();
    let der: String = SIGNING_KEY
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let key = RsaKeyPair::from_pkcs8(&BASE64_STANDARD.decode(der).unwrap()).unwrap();
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key())
        .verify(signed.as_bytes(), &decode(signature))
        .unwrap();
    let json = |part: &str| serde_json::from_slice(&decode(part)).unwrap();
    (json(header), json(claims))
}

#[tokio::test]
async fn a_token_is_fetched_once_by_an_assertion_that_we_signed() {
    let server = server(answer(200, MEETUP_EVENTS)).await;
    let providers = providers(&server);
    let wanted = here("any");
    let (one, other) = tokio::join!(
        first_page(&providers, Source::Meetup, &wanted, now()),
        first_page(&providers, Source::Meetup, &wanted, now())
    );
    assert!(one.is_ok() && other.is_ok());
    let [request] = requests(&server, "/oauth2/access").await.try_into().unwrap();
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&request.body).into_owned().collect();
    assert_eq!(form[0].1, "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let (header, claims) = verified(&form[1].1);
    assert_eq!(
        (&header["alg"], &header["kid"]),
        (&json!("RS256"), &json!(format!("{MARK}-kid")))
    );
    assert_eq!(claims["iss"], format!("{MARK}-client-key"));
    assert_eq!(claims["sub"], format!("{MARK}-member"));
    assert_eq!(claims["aud"], "api.meetup.com");
    let lasts = claims["exp"].as_i64().unwrap() - Utc::now().timestamp();
    assert!((1..=120).contains(&lasts), "{lasts}");
}

#[tokio::test]
async fn a_token_that_is_about_to_end_is_replaced() {
    let server = MockServer::start().await;
    Mock::given(path("/oauth2/access"))
        .respond_with(grant("T1", 60))
        .mount(&server)
        .await;
    Mock::given(path("/gql-ext"))
        .respond_with(answer(200, MEETUP_EVENTS))
        .mount(&server)
        .await;
    let providers = providers(&server);
    for _ in 0..2 {
        first_page(&providers, Source::Meetup, &here("any"), now())
            .await
            .unwrap();
    }
    assert_eq!(requests(&server, "/oauth2/access").await.len(), 2);
}

#[tokio::test]
async fn a_token_that_was_forgotten_is_replaced_at_once() {
    let server = MockServer::start().await;
    Mock::given(path("/oauth2/access"))
        .respond_with(grant("T1", 3600))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(path("/oauth2/access"))
        .respond_with(grant("T2", 3600))
        .mount(&server)
        .await;
    Mock::given(header("authorization", "Bearer T1"))
        .respond_with(answer(401, r#"{"errors": [{"code": "auth_fail"}]}"#))
        .mount(&server)
        .await;
    Mock::given(header("authorization", "Bearer T2"))
        .respond_with(answer(200, MEETUP_EVENTS))
        .mount(&server)
        .await;
    assert_eq!(search(&server, &here("any")).await.unwrap().events.len(), 4);
}

#[test_case(answer(400, r#"{"error": "invalid_grant", "error_description": "expired"}"#) => "unauthorized"; "a refused assertion")]
#[test_case(answer(200, r#"{"token_type": "bearer"}"#) => "unavailable"; "no token")]
#[test_case(html(503) => "unavailable"; "a gateway's page")]
#[tokio::test]
async fn without_a_token_nothing_is_asked(template: ResponseTemplate) -> &'static str {
    let server = MockServer::start().await;
    Mock::given(path("/oauth2/access"))
        .respond_with(template)
        .mount(&server)
        .await;
    let error = search(&server, &here("any")).await.unwrap_err();
    assert_eq!(requests(&server, "/gql-ext").await.len(), 0);
    match error {
        ProviderError::Unauthorized => "unauthorized",
        ProviderError::Unavailable { .. } => "unavailable",
        error => panic!("{error:?}"),
    }
}

#[test_case(""; "nothing")]
#[test_case("sandbox"; "one line")]
#[test_case("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"; "another kind")]
#[test_case("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"; "no key inside")]
#[test_case("-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----"; "no base64")]
fn refuses_what_is_no_key(pem: &str) {
    let error = pem.parse::<SigningKey>().unwrap_err();
    assert!(error.to_string().starts_with("must be an RSA key"));
}

#[test]
fn a_key_does_not_show_itself() {
    let key: SigningKey = SIGNING_KEY.trim().replace('\n', "\r\n").parse().unwrap();
    assert_eq!(format!("{key:?}"), "SigningKey(***)");
}
