use chrono::TimeDelta;
use edge::auth::{AuthConfig, AuthError, AuthMode, Authenticator, Caller, Role};
use serde_json::{Value, json};
use test_case::test_case;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::token::{Key, NOW, SECRET, authenticator, claims, config, hs256, now};

async fn present(authenticator: &Authenticator, token: &str) -> Result<Caller, AuthError> {
    authenticator
        .authenticate(Some(&format!("Bearer {token}")), now())
        .await
}

async fn present_claims(others: Value) -> Result<Caller, AuthError> {
    present(&authenticator(), &Key::shared().token(&claims(others))).await
}

#[test_case(None; "no header")]
#[test_case(Some(""); "empty header")]
#[test_case(Some("Bearer"); "no token")]
#[test_case(Some("Basic dXNlcjpwYXNz"); "another scheme")]
#[tokio::test]
async fn asks_for_a_token(header: Option<&str>) {
    let error = authenticator().authenticate(header, now()).await.unwrap_err();
    assert!(matches!(error, AuthError::Missing), "{error:?}");
}

#[test_case("bearer"; "lower case")]
#[test_case("BEARER"; "upper case")]
#[tokio::test]
async fn takes_the_scheme_in_any_case(scheme: &str) {
    let token = Key::shared().token(&claims(json!({})));
    let caller = authenticator()
        .authenticate(Some(&format!("{scheme} {token}")), now())
        .await;
    assert_eq!(caller.unwrap().id.as_str(), "7");
}

#[test_case("x"; "no parts")]
#[test_case("a.b.c"; "no base64")]
#[test_case("e30.e30."; "a header without alg")]
#[test_case("e30.e30.e30.e30"; "four parts")]
#[tokio::test]
async fn refuses_what_is_no_token(token: &str) {
    let error = present(&authenticator(), token).await.unwrap_err();
    assert!(matches!(error, AuthError::Malformed), "{error:?}");
}

#[tokio::test]
async fn refuses_a_token_over_8_kilobytes() {
    let error = present_claims(json!({"padding": "x".repeat(Authenticator::MAX_TOKEN)})).await;
    assert!(matches!(error, Err(AuthError::TooLong)));
}

#[tokio::test]
async fn refuses_an_unsigned_token() {
    let error = present(&authenticator(), &Key::None.token(&claims(json!({})))).await;
    assert!(matches!(error, Err(AuthError::Malformed)));
}

#[tokio::test]
async fn refuses_a_token_signed_with_another_secret() {
    let token = Key::Shared(b"somebody else's".to_vec()).token(&claims(json!({})));
    assert!(matches!(
        present(&authenticator(), &token).await,
        Err(AuthError::Signature)
    ));
}

#[tokio::test]
async fn takes_tokens_of_both_secrets_while_they_change() {
    let changing = AuthMode::Hs256 {
        secret: "a-new-secret-of-the-tests-that-is-long-enough".into(),
        previous: Some(SECRET.into()),
    };
    let authenticator = Authenticator::new(config(changing));
    let new = Key::Shared(b"a-new-secret-of-the-tests-that-is-long-enough".to_vec());
    for key in [new, Key::shared()] {
        let token = key.token(&claims(json!({})));
        assert_eq!(present(&authenticator, &token).await.unwrap().id.as_str(), "7");
    }
    let neither = Key::Shared(b"somebody else's".to_vec()).token(&claims(json!({})));
    let error = present(&authenticator, &neither).await.unwrap_err();
    assert!(matches!(error, AuthError::Signature), "{error}");
    // Its signature is right, so what it says decides, whichever secret it is.
    let expired = Key::shared().token(&claims(json!({"exp": NOW - 600})));
    let error = present(&authenticator, &expired).await.unwrap_err();
    assert!(matches!(error, AuthError::Expired), "{error}");
}

#[tokio::test]
async fn refuses_claims_that_were_changed_after_signing() {
    let signed = Key::shared().token(&claims(json!({})));
    let forged = Key::None.token(&claims(json!({"roles": "admin"})));
    let payload = forged.split('.').nth(1).unwrap();
    let parts: Vec<_> = signed.split('.').collect();
    let token = [parts[0], payload, parts[2]].join(".");
    assert!(matches!(
        present(&authenticator(), &token).await,
        Err(AuthError::Signature)
    ));
}

#[test_case("HS384")]
#[test_case("HS512")]
#[test_case("RS256")]
#[test_case("ES256")]
#[test_case("EdDSA")]
#[tokio::test]
async fn refuses_every_other_algorithm_where_hs256_is_configured(algorithm: &str) {
    let token = Key::shared().token_with(json!({"alg": algorithm}), &claims(json!({})));
    assert!(matches!(
        present(&authenticator(), &token).await,
        Err(AuthError::Algorithm)
    ));
}

#[test_case(json!({"exp": null}); "no exp")]
#[test_case(json!({"exp": "2099-01-01"}); "exp as text")]
#[test_case(json!({"exp": "4102444800"}); "exp as digits in text")]
#[test_case(json!({"exp": true}); "exp as flag")]
#[test_case(json!({"nbf": "0"}); "nbf as text")]
#[test_case(json!({"nbf": []}); "nbf as list")]
#[test_case(json!({"user_id": null}); "neither user_id nor sub")]
#[test_case(json!({"user_id": ""}); "empty user_id")]
#[test_case(json!({"user_id": "a\nb"}); "user_id with a line break")]
#[test_case(json!({"user_id": 1.5}); "user_id as fraction")]
#[test_case(json!({"user_id": -1}); "negative user_id")]
#[test_case(json!({"user_id": {"id": 7}}); "user_id as object")]
#[test_case(json!({"user_id": "x".repeat(256)}); "endless user_id")]
#[test_case(json!({"user_id": null, "sub": ""}); "empty sub")]
#[test_case(json!({"token_type": "refresh"}); "a refresh token")]
#[test_case(json!({"token_type": 1}); "token_type as number")]
#[test_case(json!({"is_staff": "true"}); "is_staff as text")]
#[tokio::test]
async fn refuses_wrong_claims(others: Value) {
    let outcome = present_claims(others).await;
    assert!(matches!(outcome, Err(AuthError::Claim(_))), "{outcome:?}");
}

#[test_case(json!({"exp": NOW - 31}), false; "expired")]
#[test_case(json!({"exp": NOW - 30}), false; "expired with all leeway used up")]
#[test_case(json!({"exp": NOW - 29}), true; "expired within the leeway")]
#[test_case(json!({"exp": 1_790_000_000.5}), true; "fractions of a second")]
#[test_case(json!({"nbf": NOW + 31}), false; "not yet valid")]
#[test_case(json!({"nbf": NOW + 30}), true; "not yet valid within the leeway")]
#[tokio::test]
async fn goes_by_the_clock_with_30_seconds_of_leeway(others: Value, good: bool) {
    assert_eq!(present_claims(others).await.is_ok(), good);
}

#[test_case(json!({"user_id": 42, "sub": "other"}), "42"; "user_id first")]
#[test_case(json!({"user_id": "u-1"}), "u-1"; "user_id as text")]
#[test_case(json!({"user_id": null, "sub": "auth0|9"}), "auth0|9"; "else sub")]
#[test_case(json!({"user_id": null, "sub": 5}), "5"; "sub as number")]
#[tokio::test]
async fn knows_the_user(others: Value, id: &str) {
    assert_eq!(present_claims(others).await.unwrap().id.as_str(), id);
}

#[test_case(json!({}), false, false; "none")]
#[test_case(json!({"roles": "organizer"}), true, false; "a string")]
#[test_case(json!({"roles": "user organizer"}), true, false; "a string with spaces")]
#[test_case(json!({"roles": ["organizer"]}), true, false; "a list")]
#[test_case(json!({"roles": ["admin"]}), true, true; "admin includes organizer")]
#[test_case(json!({"is_staff": true}), true, true; "staff")]
#[test_case(json!({"is_staff": false}), false, false; "no staff")]
#[test_case(json!({"roles": "administrator"}), false, false; "a longer word")]
#[test_case(json!({"roles": {"admin": true}}), false, false; "an object")]
#[test_case(json!({"cognito:groups": ["admin"]}), false, false; "another claim")]
#[tokio::test]
async fn knows_the_roles(others: Value, organizer: bool, admin: bool) {
    let caller = present_claims(others).await.unwrap();
    assert_eq!(
        (caller.is(Role::Organizer), caller.is(Role::Admin)),
        (organizer, admin)
    );
}

#[tokio::test]
async fn reads_roles_from_the_configured_claim() {
    let authenticator = Authenticator::new(AuthConfig {
        roles_claim: "cognito:groups".to_owned(),
        ..config(hs256())
    });
    let token = Key::shared().token(&claims(json!({"cognito:groups": ["admin"]})));
    assert!(present(&authenticator, &token).await.unwrap().is(Role::Admin));
}

#[test_case(json!({"iss": "https://issuer.example", "aud": "events"}), true; "as configured")]
#[test_case(json!({"iss": "https://issuer.example", "aud": ["other", "events"]}), true; "one of several audiences")]
#[test_case(json!({"iss": "https://other.example", "aud": "events"}), false; "another issuer")]
#[test_case(json!({"iss": "https://issuer.example", "aud": "other"}), false; "another audience")]
#[test_case(json!({"iss": "https://issuer.example"}), false; "no audience")]
#[test_case(json!({"aud": "events"}), false; "no issuer")]
#[test_case(json!({"iss": "https://issuer.example", "aud": 5}), false; "audience of a wrong type")]
#[tokio::test]
async fn checks_issuer_and_audience_where_configured(others: Value, good: bool) {
    let authenticator = Authenticator::new(AuthConfig {
        issuer: Some("https://issuer.example".to_owned()),
        audience: Some("events".to_owned()),
        ..config(hs256())
    });
    let outcome = present(&authenticator, &Key::shared().token(&claims(others))).await;
    assert_eq!(outcome.is_ok(), good, "{outcome:?}");
}

/// An issuer whose keys can change, and the authenticator that trusts it.
async fn issuer(keys: Value) -> (MockServer, Authenticator) {
    let server = MockServer::start().await;
    publish(&server, keys).await;
    let url = format!("{}/jwks.json", server.uri()).parse().unwrap();
    (server, Authenticator::new(config(AuthMode::Jwks { url })))
}

async fn publish(server: &MockServer, keys: Value) {
    server.reset().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"keys": keys})))
        .mount(server)
        .await;
}

async fn fetches(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

#[tokio::test]
async fn verifies_rs256_and_es256_by_the_issuers_keys() {
    let (rsa, ec) = (Key::rsa(), Key::ec());
    let (server, authenticator) = issuer(json!([rsa.public("r"), ec.public("e")])).await;
    for token in [
        rsa.token_with_id("r", &claims(json!({}))),
        ec.token_with_id("e", &claims(json!({}))),
        ec.token(&claims(json!({}))),
    ] {
        assert_eq!(present(&authenticator, &token).await.unwrap().id.as_str(), "7");
    }
    assert_eq!(fetches(&server).await, 1);
}

#[tokio::test]
async fn refuses_a_public_key_used_as_a_shared_secret() {
    let rsa = Key::rsa();
    let (_server, authenticator) = issuer(json!([rsa.public("r")])).await;
    let public = rsa.public("r").to_string().into_bytes();
    for header in [json!({"alg": "HS256", "kid": "r"}), json!({"alg": "HS256"})] {
        let token = Key::Shared(public.clone()).token_with(header, &claims(json!({})));
        assert!(matches!(
            present(&authenticator, &token).await,
            Err(AuthError::Algorithm)
        ));
    }
}

#[tokio::test]
async fn refuses_a_key_for_another_algorithm_than_its_own() {
    let ec = Key::ec();
    let (_server, authenticator) = issuer(json!([Key::rsa().public("r")])).await;
    let token = ec.token_with_id("r", &claims(json!({})));
    assert!(matches!(
        present(&authenticator, &token).await,
        Err(AuthError::UnknownKey)
    ));
}

#[tokio::test]
async fn refuses_a_signature_by_a_key_that_only_bears_the_id() {
    let (_server, authenticator) = issuer(json!([Key::ec().public("e")])).await;
    let token = Key::ec().token_with_id("e", &claims(json!({})));
    assert!(matches!(
        present(&authenticator, &token).await,
        Err(AuthError::Signature)
    ));
}

#[test_case(json!({"use": "enc"}); "for encryption")]
#[test_case(json!({"alg": "ES384"}); "for another algorithm")]
#[test_case(json!({"crv": "P-384"}); "of another curve")]
#[test_case(json!({"kty": "oct", "k": "c2VjcmV0"}); "symmetric")]
#[test_case(json!({"x": 5}); "malformed")]
#[tokio::test]
async fn ignores_keys_that_are_not_for_signatures_of_ours(change: Value) {
    let (ec, good) = (Key::ec(), Key::ec());
    let mut key = ec.public("e");
    key.as_object_mut()
        .unwrap()
        .append(&mut change.as_object().unwrap().clone());
    let (_server, authenticator) = issuer(json!([key, good.public("good")])).await;
    let outcome = present(&authenticator, &ec.token_with_id("e", &claims(json!({})))).await;
    assert!(matches!(outcome, Err(AuthError::UnknownKey)), "{outcome:?}");
    let neighbour = present(&authenticator, &good.token_with_id("good", &claims(json!({})))).await;
    assert!(neighbour.is_ok(), "{neighbour:?}");
}

#[tokio::test]
async fn asks_for_a_new_key_at_most_once_a_minute() {
    let (old, new) = (Key::ec(), Key::ec());
    let (server, authenticator) = issuer(json!([old.public("old")])).await;
    let present_at = async |key: &Key, id: &str, seconds: i64| {
        let claims = claims(json!({"exp": NOW + 100_000}));
        let header = format!("Bearer {}", key.token_with_id(id, &claims));
        authenticator
            .authenticate(Some(&header), now() + TimeDelta::seconds(seconds))
            .await
    };
    assert!(present_at(&old, "old", 0).await.is_ok());
    publish(&server, json!([new.public("new")])).await;
    assert!(present_at(&new, "new", 59).await.is_err());
    assert_eq!(fetches(&server).await, 0, "asked again within the minute");
    assert!(present_at(&new, "new", 60).await.is_ok());
    assert!(
        present_at(&old, "old", 60).await.is_err(),
        "a withdrawn key still counts"
    );
    assert_eq!(fetches(&server).await, 1);
    assert!(present_at(&new, "new", 60 + 3600).await.is_ok());
    assert_eq!(fetches(&server).await, 2, "an old set is not renewed");
}

#[tokio::test]
async fn keeps_the_keys_while_the_issuer_fails() {
    let key = Key::ec();
    let (server, authenticator) = issuer(json!([key.public("e")])).await;
    let token = key.token_with_id("e", &claims(json!({"exp": NOW + 100_000})));
    let header = format!("Bearer {token}");
    assert!(authenticator.authenticate(Some(&header), now()).await.is_ok());
    server.reset().await;
    let later = now() + TimeDelta::hours(2);
    assert!(authenticator.authenticate(Some(&header), later).await.is_ok());
}

#[tokio::test]
async fn does_not_blame_the_caller_for_an_issuer_that_fails() {
    let (server, authenticator) = issuer(json!([])).await;
    server.reset().await;
    let token = Key::ec().token_with_id("e", &claims(json!({})));
    let error = present(&authenticator, &token).await.unwrap_err();
    assert!(matches!(error, AuthError::KeysUnavailable(_)), "{error:?}");
    assert_eq!(edge::ApiError::from(error).status(), 503);
}
