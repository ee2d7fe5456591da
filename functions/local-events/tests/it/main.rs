//! Local events after their import, from API Gateway's event to the answer.
#![expect(
    clippy::unwrap_used,
    reason = "a test's helper fails by panicking, as the test does"
)]

use chrono::TimeDelta;
use domain::import::{ImportOverrides, draft};
use domain::{EventStatus, ExternalEvent, LocalEventId, Start};
use futures_util::future::join_all;
use lambda_http::Request;
use lambda_http::http::Method;
use local_events::context::Context;
use local_events::handler::handle;
use serde_json::{Value, json};
use storage::{Basis, ImportOutcome, NewImport};
use test_case::test_case;
use testkit::call::{self, Reply, get, post, sample_call, with};
use testkit::dynamodb::{self, Dynamo};
use testkit::event::EventBuilder;
use testkit::{at, event, now};

/// A store with one imported event, `/events/1/`.
struct World {
    dynamo: Dynamo,
    context: Context,
}

fn evening() -> EventBuilder {
    event("ticketmaster#1").title("An evening")
}

impl World {
    /// One whose event was imported by this user.
    async fn imported_by(user: &str) -> Self {
        let dynamo = dynamodb::start().await;
        let context = Context {
            store: dynamo.store(),
        };
        let world = Self { dynamo, context };
        world.source_says(&evening().build(), 0).await;
        world.import(user).await;
        world
    }

    async fn import(&self, user: &str) -> ImportOutcome {
        let stored = self
            .context
            .store
            .event(&evening().build().key)
            .await
            .unwrap()
            .unwrap();
        let import = NewImport {
            basis: Basis::Stored(&stored),
            draft: draft(&stored.event, &ImportOverrides::default(), now()).unwrap(),
            created_by: user.to_owned(),
            now: now(),
            request: None,
        };
        self.context.store.import(import).await.unwrap()
    }

    /// A sync that finds the event so, some minutes from now.
    async fn source_says(&self, event: &ExternalEvent, minutes: i64) {
        let seen_at = now() + TimeDelta::minutes(minutes);
        let recorded = self
            .context
            .store
            .record(std::slice::from_ref(event), seen_at)
            .await;
        assert!(recorded.unwrap().failed.is_empty());
    }

    async fn answer(&self, request: Request) -> Reply {
        call::answer(|call| handle(&self.context, call), request).await
    }

    async fn changes(&self) -> Value {
        let reply = self.answer(get("/events/1/changes/")).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body
    }

    async fn review(&self, body: Value) -> Reply {
        self.answer(post("/events/1/changes/", &body)).await
    }

    async fn history(&self) -> Vec<(String, String)> {
        let reply = self.answer(get("/events/1/history/")).await;
        let entries = reply.body["history"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        entries
            .iter()
            .map(|entry| (text(&entry["action"]), text(&entry["by"])))
            .collect()
    }
}

fn patch(body: &Value, tag: &str) -> Request {
    method(with(post("/events/1/", body), "if-match", tag), Method::PATCH)
}

fn delete() -> Request {
    method(get("/events/1/"), Method::DELETE)
}

fn method(mut request: Request, method: Method) -> Request {
    *request.method_mut() = method;
    request
}

#[tokio::test]
async fn an_edit_replaces_just_what_its_author_has_read() {
    let world = World::imported_by("7").await;
    let unconditional = method(post("/events/1/", &json!({"title": "Ours"})), Method::PATCH);
    assert_eq!(world.answer(unconditional).await.status, 428);
    let first = world.answer(patch(&json!({"title": " Ours "}), "*")).await;
    assert_eq!(
        (first.status, &first.body["title"]),
        (200, &json!("Ours")),
        "{}",
        first.body
    );
    let tag = first.headers["etag"].to_str().unwrap();
    let end = json!({"end_time": "2026-12-20T22:00:00Z"});
    let second = world.answer(patch(&end, tag)).await;
    assert_eq!((second.status, &second.body["end_time"]), (200, &end["end_time"]));
    let stale = world.answer(patch(&json!({"title": "Mine"}), tag)).await;
    assert_eq!(stale.status, 412);
    let compressed = format!("W/{}", second.headers["etag"].to_str().unwrap());
    let third = world.answer(patch(&json!({"end_time": null}), &compressed)).await;
    assert_eq!((third.status, &third.body["end_time"]), (200, &Value::Null));
    let actions: Vec<_> = world
        .history()
        .await
        .into_iter()
        .map(|(action, _)| action)
        .collect();
    assert_eq!(actions, ["imported", "edited", "edited", "edited"]);
}

#[test_case(json!({"title": " "}), "title"; "without a title")]
#[test_case(json!({"start_time": "2026-11-01T00:00:00Z"}), "start_time"; "into the past")]
#[test_case(json!({"start_time": null}), "start_time"; "to an unknown time")]
#[test_case(json!({"end_time": "2026-12-20T19:00:00Z"}), "end_time"; "to end as it begins")]
#[test_case(json!({"created_by": "8"}), "created_by"; "in what is not its own to say")]
#[test_case(json!({}), "body"; "in nothing")]
#[tokio::test]
async fn refuses_to_change_an_event(body: Value, field: &str) {
    let world = World::imported_by("7").await;
    let reply = world.answer(patch(&body, "*")).await;
    assert_eq!(reply.status, 400);
    assert!(reply.body["details"][field].is_array(), "{}", reply.body);
    assert_eq!(world.history().await.len(), 1);
}

#[tokio::test]
async fn of_many_edits_of_one_state_one_succeeds() {
    let world = World::imported_by("7").await;
    let tag = world.answer(patch(&json!({"title": "An evening"}), "*")).await;
    let tag = tag.headers["etag"].to_str().unwrap().to_owned();
    let edits = (0..10).map(|number| world.answer(patch(&json!({"title": number.to_string()}), &tag)));
    let statuses: Vec<u16> = join_all(edits).await.iter().map(|reply| reply.status).collect();
    assert_eq!(
        statuses.iter().filter(|&&status| status == 200).count(),
        1,
        "{statuses:?}"
    );
    assert_eq!(
        statuses.iter().filter(|&&status| status == 412).count(),
        9,
        "{statuses:?}"
    );
}

#[tokio::test]
async fn a_sync_leaves_the_local_event_and_its_news_pending() {
    let world = World::imported_by("7").await;
    assert_eq!(world.changes().await["changes"], json!([]));
    let moved = evening()
        .title("A late evening")
        .starts_at(at("2026-12-20T21:00:00Z"))
        .status(EventStatus::Rescheduled)
        .build();
    world.source_says(&moved, 1).await;
    let changes = world.changes().await;
    assert_eq!(
        changes,
        json!({
            "local_event_id": 1, "local_event_url": "/events/1/", "source_status": "rescheduled",
            "changes": [
                {"field": "title", "at_import": "An evening", "at_source": "A late evening", "local": "An evening"},
                {"field": "start_time", "at_import": "2026-12-20T19:00:00Z",
                 "at_source": "2026-12-20T21:00:00Z", "local": "2026-12-20T19:00:00Z"},
            ],
        })
    );
    let reviewed = world
        .review(json!({"accept": ["start_time"], "reject": ["title"]}))
        .await;
    assert_eq!(
        (reviewed.status, &reviewed.body["changes"]),
        (200, &json!([])),
        "{}",
        reviewed.body
    );
    let local = world
        .context
        .store
        .local_event(LocalEventId::new(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(local.content.title, "An evening");
    assert_eq!(local.content.start_time, at("2026-12-20T21:00:00Z"));
    let history = world.history().await;
    let actions: Vec<_> = history.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(actions, ["imported", "accepted", "rejected"]);

    // What was dismissed stays so until the source says something else.
    let again = EventBuilder::title(
        evening().starts_at(at("2026-12-20T21:00:00Z")),
        "A very late evening",
    );
    world.source_says(&again.build(), 2).await;
    assert_eq!(
        world.changes().await["changes"][0]["at_source"],
        "A very late evening"
    );
    let back = evening().starts_at(at("2026-12-20T21:00:00Z")).build();
    world.source_says(&back, 3).await;
    assert_eq!(
        world.changes().await["changes"],
        json!([]),
        "the source says what the event says"
    );
}

#[tokio::test]
async fn refuses_decisions_on_what_is_not_pending() {
    let world = World::imported_by("7").await;
    world
        .source_says(&evening().title("Another").start(Start::ToBeAnnounced).build(), 1)
        .await;
    for (body, fields) in [
        (json!({}), vec!["body"]),
        (json!({"accept": ["title", "location"]}), vec!["accept"]),
        (json!({"accept": ["title"], "reject": ["title"]}), vec!["reject"]),
        (json!({"accept": ["price"]}), vec!["accept"]),
        (json!({"accept": ["start_time"]}), vec!["start_time"]),
    ] {
        let reply = world.review(body.clone()).await;
        assert_eq!(reply.status, 400, "{body}");
        let details = reply.body["details"].as_object().unwrap();
        assert_eq!(details.keys().collect::<Vec<_>>(), fields, "{body}");
    }
    let stale = with(
        post("/events/1/changes/", &json!({"accept": ["title"]})),
        "if-match",
        "\"old\"",
    );
    assert_eq!(world.answer(stale).await.status, 412);
    assert_eq!(world.changes().await["changes"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_withdrawn_event_can_be_imported_again_under_another_id() {
    let world = World::imported_by("7").await;
    let reply = world.answer(sample_call("local-events/withdraw")).await;
    assert_eq!((reply.status, &reply.body), (204, &Value::Null));
    assert_eq!(world.answer(delete()).await.status, 404);
    assert_eq!(world.answer(get("/events/1/changes/")).await.status, 404);
    let stored = world
        .context
        .store
        .event(&evening().build().key)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.import, None);
    let items = world.dynamo.items("external-events");
    assert!(
        items[0]["expires_at"]["N"].is_string(),
        "it expires like any other"
    );
    let expected = [("imported", "7"), ("withdrawn", "7")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(world.history().await, expected);
    match world.import("8").await {
        ImportOutcome::Imported(again) => assert_eq!(again.id, LocalEventId::new(2)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_import_is_withdrawn_by_its_creator_or_an_admin() {
    let world = World::imported_by("somebody else").await;
    let organizer = world.answer(sample_call("local-events/withdraw")).await;
    assert_eq!(organizer.status, 403);
    assert_eq!(world.answer(delete()).await.status, 204);
    assert_eq!(world.history().await[1].0, "withdrawn");
}

#[tokio::test]
async fn whatever_imports_and_withdrawals_cross_the_store_stays_consistent() {
    let world = World::imported_by("7").await;
    for round in 0..5 {
        let imports = join_all((0..4).map(|_| world.import("7")));
        let withdraw = async |id: u64| {
            let target = format!("/events/{id}/");
            world.answer(method(get(&target), Method::DELETE)).await.status
        };
        let current = world
            .context
            .store
            .event(&evening().build().key)
            .await
            .unwrap()
            .unwrap()
            .import;
        let id = current.map_or(1, |import| import.local_event_id.get());
        let other = evening().title(&format!("Evening {round}")).build();
        tokio::join!(
            imports,
            withdraw(id),
            withdraw(id),
            world.source_says(&other, round + 1)
        );
        let marks: Vec<_> = world
            .dynamo
            .items("external-events")
            .iter()
            .map(|item| item["local_event_id"].clone())
            .collect();
        let local: Vec<_> = world
            .dynamo
            .items("local-events")
            .iter()
            .map(|item| item["id"].clone())
            .collect();
        let marks: Vec<_> = marks.into_iter().filter(|mark| !mark.is_null()).collect();
        assert_eq!(marks, local);
    }
}

#[tokio::test]
async fn what_there_is_not_is_not_found() {
    let world = World::imported_by("7").await;
    for target in ["/events/2/changes/", "/events/2/history/"] {
        assert_eq!(world.answer(get(target)).await.status, 404, "{target}");
    }
    let other = with(post("/events/2/", &json!({"title": "x"})), "if-match", "*");
    assert_eq!(world.answer(method(other, Method::PATCH)).await.status, 404);
    assert_eq!(world.answer(sample_call("search/concert")).await.status, 404);
}
