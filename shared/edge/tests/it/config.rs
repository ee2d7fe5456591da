use domain::Source;
use edge::config::{self, ConfigError, Environment, Together as _};
use edge::queue::QueueUrls;
use edge::secrets::Secrets;
use edge::webhook::Notification;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use test_case::test_case;
use wiremock::matchers::{body_partial_json, header, header_exists};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn faults<T: std::fmt::Debug>(outcome: Result<T, ConfigError>) -> Vec<String> {
    outcome.unwrap_err().faults().to_vec()
}

#[test_case("50"; "too small")]
#[test_case("29001"; "too large")]
#[test_case("2.5"; "a fraction")]
#[test_case("soon"; "a word")]
fn names_the_setting_and_what_it_expects(value: &str) {
    let environment = Environment::of([("SEARCH_DEADLINE_MS", value)]);
    let outcome = environment.number("SEARCH_DEADLINE_MS", "milliseconds", 100..=29_000_u32, 2500);
    assert_eq!(
        faults(outcome),
        [format!(
            "SEARCH_DEADLINE_MS: expected a whole number of milliseconds between 100 and 29000, found {value:?}"
        )]
    );
}

#[test]
fn takes_the_default_for_what_is_blank() {
    let environment = Environment::of([("SIZE", " "), ("MODE", "")]);
    assert_eq!(environment.number("SIZE", "events", 1..=9_u8, 5).unwrap(), 5);
    assert!(environment.or("MODE", true).unwrap());
    assert_eq!(environment.optional::<u8>("ABSENT").unwrap(), None);
    assert_eq!(
        faults(environment.required::<String>("MODE")),
        ["MODE: must be set"]
    );
}

#[test]
fn reports_all_faults_at_once() {
    let environment = Environment::of([("EVENTS_TABLE", "events")]);
    assert_eq!(
        faults(config::tables(&environment)),
        ["LOCAL_EVENTS_TABLE: must be set", "STATE_TABLE: must be set"]
    );
    let both = (config::tables(&environment), config::connection(&environment)).together();
    assert_eq!(faults(both.map(|_| ())).len(), 5);
}

#[test]
fn never_shows_the_aws_secret() {
    let environment = Environment::of([("AWS_SECRET_ACCESS_KEY", "MARKED-SECRET")]);
    assert!(!format!("{:?}", config::connection(&environment)).contains("MARKED-SECRET"));
    assert!(!format!("{environment:?}").contains("MARKED-SECRET"));
}

#[test_case("/nowhere/roots.pem", "cannot read"; "that is not there")]
#[test_case(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), "it has no certificate"; "without a certificate")]
fn refuses_a_bundle_of_roots(path: &str, fault: &str) {
    let environment = Environment::of([
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_CA_BUNDLE", path),
    ]);
    let faults = faults(config::connection(&environment));
    assert!(faults[0].starts_with("AWS_CA_BUNDLE: "), "{faults:?}");
    assert!(faults[0].contains(fault), "{faults:?}");
}

/// A Secrets Manager with one secret, and the environment that leads to it.
async fn vault(secret: &str, others: &[(&str, &str)]) -> (MockServer, Environment, Secrets) {
    let server = MockServer::start().await;
    Mock::given(header("x-amz-target", "secretsmanager.GetSecretValue"))
        .and(body_partial_json(json!({"SecretId": "arn:the-secret"})))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"ARN": "arn:the-secret", "SecretString": secret})),
        )
        .mount(&server)
        .await;
    let address = server.uri();
    let variables = [
        ("AWS_ENDPOINT_URL", address.as_str()),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "key"),
        ("PROVIDER_SECRET_ARN", "arn:the-secret"),
        ("AUTH_SECRET_ARN", "arn:the-secret"),
        ("WEBHOOK_SECRET_ARN", "arn:the-secret"),
    ];
    let environment = Environment::of(variables.iter().chain(others).copied());
    let secrets = Secrets::new(&config::connection(&environment).unwrap());
    (server, environment, secrets)
}

fn provider_secret(change: &Value) -> String {
    let mut secret = json!({
        "ticketmaster_api_key": "tm", "seatgeek_client_id": "sg", "seatgeek_client_secret": "", "eventbrite_token": "",
    });
    secret
        .as_object_mut()
        .unwrap()
        .append(&mut change.as_object().unwrap().clone());
    secret.to_string()
}

#[tokio::test]
async fn configures_the_providers_that_have_credentials() {
    let secret = provider_secret(&json!({"seatgeek_client_id": ""}));
    let address = [("TICKETMASTER_BASE_URL", "http://127.0.0.1:9/discovery/v2/")];
    let (_server, environment, secrets) = vault(&secret, &address).await;
    let config = config::providers(&environment, &secrets).await.unwrap();
    let ticketmaster = config.ticketmaster.unwrap();
    assert_eq!(ticketmaster.api_key.expose_secret(), "tm");
    assert_eq!(
        ticketmaster.base_url,
        "http://127.0.0.1:9/discovery/v2".parse().unwrap()
    );
    assert!(config.seatgeek.is_none());
}

const MEETUP_KEY: &str = include_str!("../../../../infra/sandbox/src/meetup/signing_key.pem");

#[tokio::test]
async fn configures_eventbrite_and_meetup_by_all_of_their_credentials() {
    let secret = provider_secret(&json!({
        "eventbrite_token": "eb", "meetup_client_key": "mk", "meetup_member_id": "7", "meetup_signing_key_id": "kid",
        "meetup_private_key": MEETUP_KEY,
    }));
    let (_server, environment, secrets) = vault(&secret, &[]).await;
    let config = config::providers(&environment, &secrets).await.unwrap();
    assert_eq!(config.eventbrite.unwrap().token.expose_secret(), "eb");
    let meetup = config.meetup.unwrap();
    assert_eq!(meetup.member_id.expose_secret(), "7");
    assert_eq!(
        meetup.token_url.to_string(),
        "https://secure.meetup.com/oauth2/access"
    );
}

#[test_case(&json!({"meetup_client_key": "mk"}), "must all be given"; "one of four")]
#[test_case(&json!({"meetup_client_key": "mk", "meetup_member_id": "7", "meetup_signing_key_id": "kid", "meetup_private_key": "MARKED-SECRET"}), "meetup_private_key must be an RSA key"; "no key")]
#[tokio::test]
async fn names_credentials_of_meetup_that_cannot_work(change: &Value, fault: &str) {
    let (_server, environment, secrets) = vault(&provider_secret(change), &[]).await;
    let error = config::providers(&environment, &secrets).await.unwrap_err();
    assert!(error.to_string().contains(fault), "{error}");
    assert!(!error.to_string().contains("MARKED-SECRET"), "{error}");
}

#[test_case("MARKED-SECRET"; "no json")]
#[test_case(r#"{"ticketmaster_api_key": "MARKED-SECRET"}"#; "missing fields")]
#[test_case(r#"{"ticketmaster_api_key": {"MARKED-SECRET": 1}}"#; "a field of a wrong type")]
#[tokio::test]
async fn names_a_secret_of_the_wrong_shape_and_shows_nothing_of_it(secret: &str) {
    let (_server, environment, secrets) = vault(secret, &[]).await;
    let error = config::providers(&environment, &secrets).await.unwrap_err();
    assert_eq!(
        error.faults(),
        [
            "PROVIDER_SECRET_ARN: the secret must be a JSON object of texts with the fields \
          ticketmaster_api_key, seatgeek_client_id, seatgeek_client_secret"
        ]
    );
}

#[tokio::test]
async fn names_a_secret_that_is_not_there() {
    let (server, environment, secrets) = vault("{}", &[]).await;
    server.reset().await;
    Mock::given(header("x-amz-target", "secretsmanager.GetSecretValue"))
        .respond_with(
            ResponseTemplate::new(400).set_body_json(json!({"__type": "ResourceNotFoundException"})),
        )
        .mount(&server)
        .await;
    let error = config::providers(&environment, &secrets).await.unwrap_err();
    assert!(
        error.faults()[0].starts_with("PROVIDER_SECRET_ARN: the secret cannot be read: "),
        "{error}"
    );
}

#[test_case("http://events.example/"; "plain http to another machine")]
#[test_case("nowhere"; "no url")]
#[tokio::test]
async fn names_an_address_that_is_not_acceptable(address: &str) {
    let (_server, environment, secrets) =
        vault(&provider_secret(&json!({})), &[("SEATGEEK_BASE_URL", address)]).await;
    let error = config::providers(&environment, &secrets).await.unwrap_err();
    assert!(
        error.faults()[0].starts_with("SEATGEEK_BASE_URL: must be an "),
        "{error}"
    );
}

fn auth_secret(jwt_secret: &str) -> String {
    json!({"jwt_secret": jwt_secret, "page_token_key": "k".repeat(64)}).to_string()
}

#[tokio::test]
async fn reads_a_secret_once_however_many_ask() {
    let (server, environment, secrets) = vault(&auth_secret(&"s".repeat(32)), &[]).await;
    config::auth(&environment, &secrets).await.unwrap();
    config::page_tokens(&environment, &secrets).await.unwrap();
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[test_case(&auth_secret("short"), &[], "AUTH_SECRET_ARN: the secret's jwt_secret must have at least 32 bytes"; "a short secret")]
#[test_case(&auth_secret(&" ".repeat(40)), &[], "AUTH_SECRET_ARN: the secret's jwt_secret must have at least 32 bytes"; "a blank secret")]
#[test_case(&auth_secret(""), &[], "AUTH_SECRET_ARN: the secret's jwt_secret must have at least 32 bytes"; "no secret")]
#[test_case(&auth_secret(""), &[("AUTH_MODE", "none")], "AUTH_MODE: expected hs256 or jwks, found \"none\""; "an unknown mode")]
#[test_case(&auth_secret(""), &[("AUTH_MODE", "jwks")], "JWKS_URL: must be set"; "no address of keys")]
#[tokio::test]
async fn names_what_is_wrong_with_authentication(secret: &str, others: &[(&str, &str)], fault: &str) {
    let (_server, environment, secrets) = vault(secret, others).await;
    let error = config::auth(&environment, &secrets).await.unwrap_err();
    assert_eq!(error.faults(), [fault]);
}

#[tokio::test]
async fn names_what_is_wrong_with_either_secret_while_they_change() {
    let secret = json!({"jwt_secret": "", "jwt_secret_previous": "short", "page_token_key": "k"}).to_string();
    let (_server, environment, secrets) = vault(&secret, &[]).await;
    let error = config::auth(&environment, &secrets).await.unwrap_err();
    let fault = |field| format!("AUTH_SECRET_ARN: the secret's {field} must have at least 32 bytes");
    assert_eq!(
        error.faults(),
        [fault("jwt_secret"), fault("jwt_secret_previous")]
    );
}

#[tokio::test]
async fn needs_no_shared_secret_for_jwks() {
    let others = [
        ("AUTH_MODE", "jwks"),
        ("JWKS_URL", "https://issuer.example/keys"),
        ("ROLES_CLAIM", "groups"),
    ];
    let (server, environment, secrets) = vault("{}", &others).await;
    let auth = config::auth(&environment, &secrets).await.unwrap();
    assert_eq!(auth.roles_claim, "groups");
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn refuses_to_seal_page_tokens_with_nothing() {
    let secret = json!({"jwt_secret": "", "page_token_key": ""}).to_string();
    let (_server, environment, secrets) = vault(&secret, &[]).await;
    let error = config::page_tokens(&environment, &secrets).await.unwrap_err();
    assert_eq!(
        error.faults(),
        ["AUTH_SECRET_ARN: the secret's page_token_key must not be empty"]
    );
}

const NEW: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
const OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn webhook_secret(current: &str, previous: &str) -> String {
    json!({"current": current, "previous": previous}).to_string()
}

#[test_case("", 1; "one secret")]
#[test_case(OLD, 2; "two secrets while they change")]
#[tokio::test]
async fn signs_by(previous: &str, signatures: usize) {
    let receiver = MockServer::start().await;
    Mock::given(header_exists("webhook-signature"))
        .respond_with(ResponseTemplate::new(204))
        .mount(&receiver)
        .await;
    let address = receiver.uri();
    let others = [
        ("WEBHOOK_URL", address.as_str()),
        ("WEBHOOK_ALLOW_PRIVATE", "true"),
    ];
    let (_server, environment, secrets) = vault(&webhook_secret(NEW, previous), &others).await;
    let webhook = config::webhook(&environment, &secrets).await.unwrap().unwrap();
    let notification = Notification::new("a cause", "{}".to_owned());
    webhook.send(&notification, testkit::now()).await.unwrap();
    let posts = receiver.received_requests().await.unwrap();
    let given = posts[0].headers["webhook-signature"].to_str().unwrap();
    assert_eq!(given.split(' ').count(), signatures, "{given}");
}

#[tokio::test]
async fn tells_nobody_without_an_address() {
    let (_server, environment, secrets) = vault(&webhook_secret("", ""), &[]).await;
    assert!(config::webhook(&environment, &secrets).await.unwrap().is_none());
}

#[test_case("https://10.0.0.1/MARKED-SECRET", &webhook_secret(NEW, ""), "WEBHOOK_URL: must be a public address"; "a private address")]
#[test_case("http://hooks.example/MARKED-SECRET", &webhook_secret(NEW, ""), "WEBHOOK_URL: must be an https URL"; "an open address")]
#[test_case("https://hooks.example/", &webhook_secret("", ""), "WEBHOOK_SECRET_ARN: the secret's current must not be empty"; "no secret")]
#[test_case("https://hooks.example/", &webhook_secret(NEW, "MARKED-SECRET"), "WEBHOOK_SECRET_ARN: each of the secrets must be whsec_"; "a secret of another form")]
#[tokio::test]
async fn names_what_is_wrong_with_the_webhook(address: &str, secret: &str, fault: &str) {
    let (_server, environment, secrets) = vault(secret, &[("WEBHOOK_URL", address)]).await;
    let error = config::webhook(&environment, &secrets).await.unwrap_err();
    assert!(error.faults()[0].starts_with(fault), "{error}");
    assert!(
        !format!("{error} {error:?}").contains("MARKED-SECRET"),
        "{error:?}"
    );
}

#[test]
fn finds_the_queue_of_each_source() {
    let address = |name| format!("https://sqs.eu-central-1.amazonaws.com/1/{name}");
    let urls = json!({"ticketmaster": address("t"), "seatgeek": address("s"), "eventbrite": address("e"), "meetup": address("m")});
    let environment = Environment::of([
        ("SYNC_QUEUE_URLS", urls.to_string()),
        ("SYNC_DLQ_URL", address("dead")),
    ]);
    let QueueUrls { jobs, dead_letters } = config::sync_queues(&environment).unwrap();
    assert_eq!(jobs.of(Source::SeatGeek).name(), "s");
    assert_eq!(jobs.of(Source::Meetup).to_string(), address("m"));
    assert_eq!(dead_letters.name(), "dead");
}

#[test_case("", "SYNC_QUEUE_URLS: must be set"; "nothing")]
#[test_case("https://sqs.example/1/jobs", "SYNC_QUEUE_URLS: expected a JSON object with the URL of each source's queue"; "one queue")]
#[test_case(r#"{"meetup": "https://sqs.example/1/m"}"#, "missing field `eventbrite`"; "a source without a queue")]
#[test_case(r#"{"meetup": "m"}"#, "must be the URL of a queue"; "a name instead of an address")]
#[test_case(r#"{"songkick": "https://sqs.example/1/m"}"#, "unknown field `songkick`"; "a source that is none")]
fn names_what_is_wrong_with_the_queues(urls: &str, fault: &str) {
    let environment = Environment::of([("SYNC_QUEUE_URLS", urls), ("SYNC_DLQ_URL", "dead-letters")]);
    let error = config::sync_queues(&environment).unwrap_err();
    let [of_urls, of_dead_letters] = error.faults() else {
        panic!("{error}");
    };
    assert!(of_urls.contains(fault), "{of_urls}");
    assert_eq!(
        of_dead_letters,
        "SYNC_DLQ_URL: must be the URL of a queue, found \"dead-letters\""
    );
}
