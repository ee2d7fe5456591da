//! Tokens as issuers make them, and as attackers do.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use edge::auth::{AuthConfig, AuthMode, Authenticator};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use serde_json::{Value, json};

/// The moment of all tests.
pub(crate) const NOW: i64 = 1_790_000_000;

pub(crate) const SECRET: &str = "a-shared-secret-of-the-tests-that-is-long-enough";

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).unwrap()
}

/// Claims that are good at [`NOW`].
pub(crate) fn claims(others: Value) -> Value {
    let mut claims = json!({"user_id": 7, "exp": NOW + 600});
    claims
        .as_object_mut()
        .unwrap()
        .append(&mut others.as_object().unwrap().clone());
    claims
}

pub(crate) enum Key {
    None,
    Shared(Vec<u8>),
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
}

impl Key {
    pub(crate) fn shared() -> Self {
        Self::Shared(SECRET.as_bytes().to_vec())
    }

    /// From a file: ring makes no RSA keys.
    pub(crate) fn rsa() -> Self {
        Self::Rsa(RsaKeyPair::from_pkcs8(include_bytes!("../fixture/rsa_2048.pk8")).unwrap())
    }

    pub(crate) fn ec() -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self::Ec(EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap())
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Shared(_) => "HS256",
            Self::Rsa(_) => "RS256",
            Self::Ec(_) => "ES256",
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::None => Vec::new(),
            Self::Shared(secret) => hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message)
                .as_ref()
                .to_vec(),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .unwrap();
                signature
            }
            Self::Ec(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
        }
    }

    /// The public part as a JSON Web Key.
    pub(crate) fn public(&self, id: &str) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rsa(pair) => {
                let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({"kty": "RSA", "kid": id, "alg": "RS256", "use": "sig",
                       "n": encode(&public.n), "e": encode(&public.e)})
            }
            Self::Ec(pair) => {
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "kid": id,
                       "x": encode(&point[1..33]), "y": encode(&point[33..])})
            }
            Self::None | Self::Shared(_) => unreachable!("has no public part"),
        }
    }

    pub(crate) fn token(&self, claims: &Value) -> String {
        self.token_with(json!({"alg": self.algorithm(), "typ": "JWT"}), claims)
    }

    pub(crate) fn token_with_id(&self, id: &str, claims: &Value) -> String {
        self.token_with(json!({"alg": self.algorithm(), "kid": id}), claims)
    }

    pub(crate) fn token_with(&self, header: Value, claims: &Value) -> String {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(&header), encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }
}

pub(crate) fn config(mode: AuthMode) -> AuthConfig {
    AuthConfig {
        mode,
        issuer: None,
        audience: None,
        roles_claim: "roles".to_owned(),
    }
}

pub(crate) fn hs256() -> AuthMode {
    AuthMode::Hs256 {
        secret: SECRET.into(),
        previous: None,
    }
}

pub(crate) fn authenticator() -> Authenticator {
    Authenticator::new(config(hs256()))
}

/// The header for a user with these roles.
pub(crate) fn bearer(roles: &str) -> String {
    format!("Bearer {}", Key::shared().token(&claims(json!({"roles": roles}))))
}
