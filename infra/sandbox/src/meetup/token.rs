//! The token endpoint: a JWT assertion, signed with RS256, for an access token of an hour.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use axum::{
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Json, Response},
};
use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use chrono::{DateTime, TimeDelta, Utc};
use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::{KEYS, catalogue::chance::hash, parameter::Parameters, world::Stage};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const AUDIENCE: &str = "api.meetup.com";
/// `expires_in`, in seconds.
const LIFETIME: i64 = 3_600;

/// The access tokens that were granted, and until when they hold.
#[derive(Debug, Default)]
pub(crate) struct Tokens(Mutex<HashMap<String, DateTime<Utc>>>);

impl Tokens {
    fn grant(&self) -> String {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let token = format!(
            "sandbox-meetup-token-{:016x}",
            hash(&format!("{}-{}", tokens.len(), Utc::now()))
        );
        tokens.insert(token.clone(), Utc::now() + TimeDelta::seconds(LIFETIME));
        token
    }

    pub(super) fn hold(&self, token: &str) -> bool {
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.get(token).is_some_and(|expires| Utc::now() < *expires)
    }

    /// Every token is void from now on.
    pub(crate) fn revoke(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// `POST /oauth2/access`.
pub(super) async fn grant(State(stage): State<Stage>, body: Bytes) -> Response {
    let form = Parameters::parse(std::str::from_utf8(&body).ok());
    if form.get("grant_type") != Some(GRANT_TYPE) {
        return refused("unsupported_grant_type", "expected the JWT bearer grant");
    }
    match check(form.get("assertion").unwrap_or_default()) {
        Err(reason) => refused("invalid_grant", reason),
        Ok(()) => Json(json!({
            "access_token": stage.world.tokens.grant(),
            "refresh_token": format!("refresh-{}", KEYS.meetup_client_key),
            "expires_in": LIFETIME,
            "token_type": "bearer",
        }))
        .into_response(),
    }
}

fn refused(error: &str, description: &str) -> Response {
    (
        StatusCode::BAD_REQUEST,
        Json(json!({"error": error, "error_description": description})),
    )
        .into_response()
}

/// What is wrong with an assertion.
fn check(assertion: &str) -> Result<(), &'static str> {
    let parts: Vec<_> = assertion.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        return Err("not a JWT of three parts");
    };
    let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| "not base64url");
    let json = |part: &str| serde_json::from_slice::<Value>(&decode(part)?).map_err(|_| "not JSON");
    let (head, claim) = (json(header)?, json(claims)?);
    if head["alg"] != "RS256" {
        return Err("alg must be RS256");
    }
    if head["kid"] != KEYS.meetup_signing_key_id {
        return Err("unknown kid");
    }
    if claim["iss"] != KEYS.meetup_client_key {
        return Err("iss must be the client key");
    }
    if claim["sub"] != KEYS.meetup_member_id {
        return Err("sub must be the member id");
    }
    if claim["aud"] != AUDIENCE && claim["aud"] != json!([AUDIENCE]) {
        return Err("aud must be api.meetup.com");
    }
    if claim["exp"]
        .as_i64()
        .is_none_or(|expires| expires <= Utc::now().timestamp())
    {
        return Err("expired");
    }
    let key = public_key().ok_or("no signing key")?;
    let signed = &assertion[..header.len() + 1 + claims.len()];
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
        .verify(signed.as_bytes(), &decode(signature)?)
        .map_err(|_| "the signature does not fit")
}

/// The public half of the one signing key.
fn public_key() -> Option<Vec<u8>> {
    let base64: String = KEYS
        .meetup_private_key
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let pair = RsaKeyPair::from_pkcs8(&BASE64_STANDARD.decode(base64).ok()?).ok()?;
    Some(pair.public_key().as_ref().to_vec())
}
