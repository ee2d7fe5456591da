use chrono::DateTime;
use edge::webhook::{Notification, SigningKey};
use test_case::test_case;

/// The vector that the libraries of the Standard Webhooks specification are tested with.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

fn signed(secrets: &[&str]) -> http::HeaderMap {
    let notification = Notification {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned(),
        body: r#"{"test": 2432232314}"#.to_owned(),
    };
    let keys: Vec<SigningKey> = secrets.iter().map(|secret| secret.parse().unwrap()).collect();
    let at = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
    notification.headers(&keys, at).unwrap()
}

#[test]
fn signs_as_the_specification_does() {
    let headers = signed(&[SECRET]);
    assert_eq!(headers["webhook-id"], "msg_p5jXN8AQM9LWM0D4loKWxJek");
    assert_eq!(headers["webhook-timestamp"], "1614265330");
    assert_eq!(headers["webhook-signature"], SIGNATURE);
}

#[test]
fn signs_by_two_secrets_while_they_change() {
    let new = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
    let headers = signed(&[new, SECRET]);
    let signatures: Vec<_> = headers["webhook-signature"]
        .to_str()
        .unwrap()
        .split(' ')
        .collect();
    assert_eq!((signatures.len(), signatures[1]), (2, SIGNATURE));
    assert_ne!(signatures[0], SIGNATURE);
}

#[test_case("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"; "without its prefix")]
#[test_case("whsec_%%%%"; "that is not base64")]
#[test_case("whsec_AAAA"; "that is too short")]
fn refuses_a_secret(secret: &str) {
    assert!(secret.parse::<SigningKey>().is_err());
}

#[test]
fn shows_nothing_of_a_key() {
    assert_eq!(
        format!("{:?}", SECRET.parse::<SigningKey>().unwrap()),
        "SigningKey"
    );
}
