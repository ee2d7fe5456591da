//! The tokens that are printed at the start.

use std::os::unix::fs::PermissionsExt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::DateTime;
use local::token::{Claims, Tokens, kept_secret};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

fn claims(token: &str, secret: &str) -> Value {
    let (message, signature) = token.rsplit_once('.').unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::verify(
        &key,
        message.as_bytes(),
        &URL_SAFE_NO_PAD.decode(signature).unwrap(),
    )
    .unwrap();
    let (header, claims) = message.split_once('.').unwrap();
    let json = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    assert_eq!(json(header), json!({"alg": "HS256", "typ": "JWT"}));
    json(claims)
}

#[test]
fn signs_one_token_a_role() {
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let demanded = Claims {
        roles_claim: "groups".to_owned(),
        issuer: Some("https://id.test".to_owned()),
        audience: None,
    };
    let tokens = Tokens::sign(&SecretString::from("a secret"), &demanded, now);
    assert_eq!(
        claims(&tokens.user, "a secret"),
        json!({
            "sub": "user-1", "user_id": 1, "groups": [], "token_type": "access", "iss": "https://id.test",
            "iat": 1_800_000_000, "exp": 1_800_000_000 + 30 * 24 * 3600,
        })
    );
    assert_eq!(
        claims(&tokens.organizer, "a secret")["groups"],
        json!(["organizer"])
    );
    let admin = claims(&tokens.admin, "a secret");
    assert_eq!(
        (&admin["groups"], &admin["is_staff"]),
        (&json!(["admin"]), &json!(true))
    );
}

#[test]
fn keeps_its_key_for_its_owner_alone() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("data/jwt-secret");
    let made = kept_secret(&path).unwrap();
    assert!(made.expose_secret().len() >= 43);
    assert_eq!(kept_secret(&path).unwrap().expose_secret(), made.expose_secret());
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}
