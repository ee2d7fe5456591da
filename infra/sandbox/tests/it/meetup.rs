use std::collections::HashSet;

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use sandbox::{Provider::Meetup, Sandbox};
use serde_json::{Value, json};
use test_case::test_case;

use crate::server::{Answer, Server};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SEARCH: &str = "query($f: EventSearchFilter!, $first: Int, $after: String) {
  eventSearch(filter: $f, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { node { id token title eventUrl description dateTime endTime duration status eventType
      venues { id name address city state country postalCode lat lon venueType }
      feeSettings { required amount currency accepts }
      featuredEventPhoto { id baseUrl highResUrl }
      group { id name urlname timezone city country }
      rsvps { totalCount } topics { edges { node { id name urlkey } } } } } } }";

fn claims() -> Value {
    let keys = Sandbox::keys();
    json!({
        "iss": keys.meetup_client_key,
        "sub": keys.meetup_member_id,
        "aud": "api.meetup.com",
        "exp": Utc::now().timestamp() + 120,
    })
}

fn sign(claims: &Value, kid: &str) -> String {
    let pem = Sandbox::keys().meetup_private_key;
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let key = RsaKeyPair::from_pkcs8(&BASE64_STANDARD.decode(base64).unwrap()).unwrap();
    let encode = |part: &Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!(
        "{}.{}",
        encode(&json!({"alg": "RS256", "typ": "JWT", "kid": kid})),
        encode(claims)
    );
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

fn assertion() -> String {
    sign(&claims(), Sandbox::keys().meetup_signing_key_id)
}

fn near_london(query: &str) -> Value {
    json!({"f": {"lat": 51.5, "lon": 0.0, "query": query, "radius": 20}})
}

impl Server {
    fn meetup_url(&self, path: &str) -> String {
        self.sandbox.base_url(Meetup).replace("/gql-ext", path)
    }

    async fn grant(&self, grant_type: &str, assertion: &str) -> Answer {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", grant_type)
            .append_pair("assertion", assertion)
            .finish();
        Self::answer(
            self.client
                .post(self.meetup_url("/oauth2/access"))
                .body(form)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    async fn graphql(&self, query: &str, variables: Value) -> Answer {
        let token = self.grant(GRANT, &assertion()).await.json()["access_token"]
            .as_str()
            .unwrap()
            .to_owned();
        let body = json!({"query": query, "variables": variables}).to_string();
        let request = self.client.post(self.sandbox.base_url(Meetup)).bearer_auth(token);
        Self::answer(
            request
                .header("content-type", "application/json")
                .body(body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    async fn event(&self, quirk: &str, fields: &str) -> Value {
        let id = self.odd_id(Meetup, quirk).await;
        let query = format!("query($id: ID!) {{ event(id: $id) {{ {fields} }} }}");
        self.graphql(&query, json!({"id": id})).await.json()["data"]["event"].clone()
    }
}

#[tokio::test]
async fn grants_a_token_of_an_hour_for_a_signed_assertion() {
    let server = Server::start().await;

    let answer = server.grant(GRANT, &assertion()).await;

    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.json()["expires_in"], 3_600);
    assert_eq!(answer.json()["token_type"], "bearer");
}

#[tokio::test]
async fn refuses_other_grants_and_wrong_assertions() {
    let server = Server::start().await;
    let kid = Sandbox::keys().meetup_signing_key_id;
    let other = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        sign(&claims, kid)
    };
    let forged = assertion().rsplit_once('.').unwrap().0.to_owned() + ".AAAA";

    let grant = server.grant("client_credentials", &assertion()).await;
    assert_eq!(grant.status, StatusCode::BAD_REQUEST);
    assert_eq!(grant.json()["error"], "unsupported_grant_type");
    for (wrong, why) in [
        ("one.two".to_owned(), "two parts"),
        (sign(&claims(), "another"), "kid"),
        (other("iss", json!("another")), "iss"),
        (other("sub", json!("1")), "sub"),
        (other("aud", json!("www.meetup.com")), "aud"),
        (other("exp", json!(1_700_000_000)), "exp"),
        (forged, "signature"),
    ] {
        let answer = server.grant(GRANT, &wrong).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{why}");
        assert_eq!(answer.json()["error"], "invalid_grant", "{why}");
    }
}

#[test_case(None; "no token")]
#[test_case(Some("stale"); "an unknown token")]
#[tokio::test]
async fn refuses_with_401(token: Option<&str>) {
    let server = Server::start().await;
    let request = server
        .client
        .post(server.sandbox.base_url(Meetup))
        .body("{\"query\": \"{ __typename }\"}");
    let request = token
        .into_iter()
        .fold(request, reqwest::RequestBuilder::bearer_auth);

    let answer = Server::answer(request.send().await.unwrap()).await;

    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.json()["errors"][0]["code"], "auth_fail");
}

#[tokio::test]
async fn has_turned_the_old_address_off() {
    let server = Server::start().await;

    let answer = server
        .client
        .post(server.meetup_url("/gql"))
        .send()
        .await
        .unwrap();

    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn finds_events_around_a_position() {
    let server = Server::start().await;

    let answer = server.graphql(SEARCH, near_london("rust")).await;

    let edges = answer.events("/data/eventSearch/edges");
    assert!(!edges.is_empty(), "{}", answer.text);
    for edge in edges {
        assert_eq!(edge["node"]["group"]["urlname"], "london-common-room");
        assert!(edge["node"]["description"].as_str().unwrap().contains("Rust"));
        assert!(
            edge["node"].get("createdTime").is_none(),
            "only what was selected"
        );
    }
    assert!(
        server
            .graphql(SEARCH, near_london(""))
            .await
            .events("/data/eventSearch/edges")
            .is_empty()
    );
}

#[test_case(json!({"f": {"lon": 0.0, "query": "rust"}}), "Field 'lat' has coerced Null value for NonNull type 'Float!'"; "no latitude")]
#[test_case(json!({"f": {"lat": 51.5, "lon": 0.0}}), "Field 'query' has coerced Null value for NonNull type 'String!'"; "no words")]
#[test_case(json!({"f": {"lat": 51.5, "lon": 0.0, "query": "rust", "startDateRange": "2026-12-01"}}), "Failed to parse input value 2026-12-01 as ZonedDateTime"; "no offset")]
#[test_case(json!({"f": {"lat": 51.5, "lon": 0.0, "query": "rust", "eventType": "OUTDOORS"}}), "Invalid input for enum 'EventType'. No value found for name 'OUTDOORS'"; "unknown choice")]
#[tokio::test]
async fn tells_a_wrong_variable_under_status_200(variables: Value, reason: &str) {
    let server = Server::start().await;

    let answer = server.graphql(SEARCH, variables).await;

    assert_eq!(answer.status, StatusCode::OK);
    let error = &answer.json()["errors"][0];
    assert_eq!(
        error["message"],
        format!("Variable 'f' has an invalid value: {reason}")
    );
    assert_eq!(error["extensions"]["classification"], "ValidationError");
    assert_eq!(error["locations"], json!([{"line": 1, "column": 7}]));
}

#[test_case("{ event(id: \"1\") { id venue { name } } }", "FieldUndefined@[event/venue]"; "a field of the old interface")]
#[test_case("{ keywordSearch { id } }", "FieldUndefined@[keywordSearch]"; "a root field of the old interface")]
#[test_case("{ event { id } }", "MissingFieldArgument@[event]"; "no id")]
#[test_case("{ event(id: \"1\") { topics(first: 1) { totalCount } } }", "UnknownArgument@[event/topics]"; "topics take none")]
#[test_case("{ event(id: \"1\") { group } }", "SubselectionRequired@[event/group]"; "nothing selected")]
#[test_case("{ event(id: \"1\") { id { x } } }", "SubselectionNotAllowed@[event/id]"; "inside of a scalar")]
#[test_case("{ event(id: $id) { id } }", "UndefinedVariable"; "undeclared variable")]
#[test_case("{ event(id: \"1\") { ...a } } fragment a on Event { ...a }", "Fragment cycles"; "a circle")]
#[test_case("{ event(id: \"1\") ", "Invalid syntax"; "an open brace")]
#[tokio::test]
async fn tells_an_invalid_query_under_status_200(query: &str, part: &str) {
    let server = Server::start().await;

    let answer = server.graphql(query, json!({})).await;

    assert_eq!(answer.status, StatusCode::OK);
    let message = answer.json()["errors"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains(part), "{message}");
}

#[tokio::test]
async fn limits_points_under_status_200() {
    let server = Server::start().await;
    server.fault(Meetup, json!({"quota": 1})).await;

    let answer = server
        .graphql(
            "{ a: event(id: \"1\") { id } b: event(id: \"2\") { id } }",
            json!({}),
        )
        .await;

    assert_eq!(answer.status, StatusCode::OK);
    let extensions = &answer.json()["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "RATE_LIMITED");
    let resets_at = DateTime::parse_from_rfc3339(extensions["resetAt"].as_str().unwrap()).unwrap();
    assert!(resets_at <= Utc::now() + chrono::TimeDelta::seconds(60));
}

#[tokio::test]
async fn overlaps_its_pages_and_overstates_its_totals() {
    let server = Server::start().await;
    let query =
        "query($after: String) { recommendedEvents(filter: {lat: 51.5, lon: 0.0}, first: 32, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } edges { node { id } } } }";
    let (mut seen, mut calls, mut repeated) = (HashSet::new(), 0, 0);
    let mut after = Value::Null;

    loop {
        let answer = server.graphql(query, json!({"after": after})).await.json();
        let page = &answer["data"]["recommendedEvents"];
        for edge in page["edges"].as_array().unwrap() {
            repeated += usize::from(!seen.insert(edge["node"]["id"].to_string()));
        }
        calls += 1;
        assert!(calls < 20, "does not end");
        if page["pageInfo"]["hasNextPage"] == false {
            assert!(page["totalCount"].as_u64().unwrap() > seen.len() as u64);
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }

    assert!(seen.len() > 32, "{}", seen.len());
    assert!(repeated > 0);
}

#[tokio::test]
async fn reads_a_groups_events_by_status() {
    let server = Server::start().await;
    let query = "query groupEvents($urlname: String!, $status: [EventStatus]) {
        groupByUrlname(urlname: $urlname) { name ...listed } }
        fragment listed on Group { events(first: 100, filter: {status: $status}) { edges { node { status } } } }";
    let statuses = async |status: Value| {
        let variables = json!({"urlname": Sandbox::meetup_groups()[0], "status": status});
        let answer = server.graphql(query, variables).await;
        let edges = answer.events("/data/groupByUrlname/events/edges");
        edges
            .iter()
            .map(|edge| edge["node"]["status"].as_str().unwrap().to_owned())
            .collect::<HashSet<_>>()
    };

    assert!(statuses(Value::Null).await.contains("ACTIVE"));
    assert!(!statuses(Value::Null).await.contains("PAST"));
    assert_eq!(
        statuses(json!(["PAST"])).await,
        HashSet::from(["PAST".to_owned()])
    );
    assert!(
        statuses(json!("CANCELLED"))
            .await
            .iter()
            .all(|status| status == "CANCELLED")
    );

    let unknown = server.graphql(query, json!({"urlname": "nobody"})).await.json();
    assert_eq!(unknown, json!({"data": {"groupByUrlname": null}}));
}

#[test_case("online", "eventType", "/eventType", &json!("ONLINE"))]
#[test_case("online", "venues { venueType }", "/venues/0/venueType", &json!("online"))]
#[test_case("hybrid", "venues { venueType }", "/venues/1/venueType", &json!("online"))]
#[test_case("cancelled", "status", "/status", &json!("CANCELLED"))]
#[test_case("unknown_status", "status", "/status", &json!("ACTIVE_WAITLISTED"))]
#[test_case("no_venue", "venues { id }", "/venues", &Value::Null)]
#[test_case("bare_venue", "venues { postalCode }", "/venues/0/postalCode", &json!("meetup1"))]
#[test_case("no_end", "endTime", "/endTime", &Value::Null)]
#[test_case("no_images", "featuredEventPhoto { id }", "/featuredEventPhoto", &Value::Null)]
#[test_case("no_timezone", "group { timezone }", "/group/timezone", &Value::Null)]
#[test_case("donation", "feeSettings { required }", "/feeSettings/required", &json!(false))]
#[test_case("priced", "feeSettings { required }", "/feeSettings/required", &json!(true))]
#[tokio::test]
async fn has_the_oddity(quirk: &str, fields: &str, pointer: &str, expected: &Value) {
    let server = Server::start().await;

    assert_eq!(server.event(quirk, fields).await.pointer(pointer), Some(expected));
}

#[tokio::test]
async fn prints_local_times_with_their_offset_in_three_spellings() {
    let server = Server::start().await;
    let start = async |quirk: &str| {
        server.event(quirk, "dateTime").await["dateTime"]
            .as_str()
            .unwrap()
            .to_owned()
    };

    assert!(DateTime::parse_from_rfc3339(&start("none").await).is_ok());
    assert_eq!(start("no_seconds").await.len(), "2026-12-01T19:00+01:00".len());
    assert!(start("bracketed_zone").await.ends_with(']'));
}

#[tokio::test]
async fn keeps_the_token_while_the_id_changes() {
    let server = Server::start().await;

    let usual = server.event("none", "id token").await;
    let changed = server.event("changed_id", "id token").await;

    assert_eq!(usual["id"], usual["token"]);
    assert_ne!(changed["id"], changed["token"]);
    assert!(changed["token"].as_str().unwrap().parse::<u64>().is_ok());
}

#[tokio::test]
async fn answers_null_for_a_vanished_event() {
    let server = Server::start().await;
    let id = server.odd_id(Meetup, "none").await;
    server.change(Meetup, &id, json!({"remove": true})).await;

    let answer = server
        .graphql("query($id: ID!) { event(id: $id) { id } }", json!({"id": id}))
        .await;

    assert_eq!(answer.json(), json!({"data": {"event": null}}));
}

#[tokio::test]
async fn lists_topic_categories() {
    let server = Server::start().await;

    let answer = server
        .graphql(
            "{ topicCategories { edges { node { id name urlkey } } } }",
            json!({}),
        )
        .await;

    assert_eq!(
        answer.events("/data/topicCategories/edges")[0]["node"]["urlkey"],
        "music"
    );
}

#[tokio::test]
async fn throttles_under_status_200_when_asked_to() {
    let server = Server::start().await;
    server
        .fault(Meetup, json!({"status": 429, "path": "/gql-ext"}))
        .await;

    let answer = server.graphql("{ event(id: \"1\") { id } }", json!({})).await;

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "RATE_LIMITED");
}
