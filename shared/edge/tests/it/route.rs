use domain::{EventKey, LocalEventId};
use edge::{Access, ApiError, Role, Route};
use http::Method;
use test_case::test_case;

fn key(text: &str) -> EventKey {
    text.parse().unwrap()
}

#[test_case("GET", "/external-events", Route::Browse)]
#[test_case("GET", "/external-events/search", Route::Search)]
#[test_case("GET", "/external-events/categories", Route::Categories)]
#[test_case("GET", "/external-events/openapi.json", Route::OpenApi)]
#[test_case("GET", "/external-events/analytics", Route::Analytics)]
#[test_case("POST", "/external-events/sync", Route::Sync)]
#[test_case(
    "GET",
    "/external-events/sync/runs/20261122-1f0c",
    Route::SyncRun("20261122-1f0c".parse().unwrap())
)]
#[test_case(
    "GET",
    "/external-events/ticketmaster/vv1-A_x",
    Route::Event(key("ticketmaster#vv1-A_x"))
)]
#[test_case("GET", "/external-events/seatgeek/%31%32", Route::Event(key("seatgeek#12")); "an encoded id")]
#[test_case(
    "POST",
    "/external-events/seatgeek/12/import",
    Route::Import(key("seatgeek#12"))
)]
#[test_case("POST", "/external-events/import", Route::BulkImport)]
#[test_case("GET", "/events/789", Route::LocalEvent(LocalEventId::new(789)))]
#[test_case("PATCH", "/events/789", Route::EditLocalEvent(LocalEventId::new(789)))]
#[test_case("DELETE", "/events/789", Route::WithdrawLocalEvent(LocalEventId::new(789)))]
#[test_case("GET", "/events/789/changes", Route::Changes(LocalEventId::new(789)))]
#[test_case("POST", "/events/789/changes", Route::ReviewChanges(LocalEventId::new(789)))]
#[test_case("GET", "/events/789/history", Route::History(LocalEventId::new(789)))]
fn knows_both_forms_of_each_route(method: &str, path: &str, route: Route) {
    let method: Method = method.parse().unwrap();
    assert_eq!(Route::parse(&method, path).unwrap(), route);
    assert_eq!(Route::parse(&method, &format!("{path}/")).unwrap(), route);
}

#[test_case("/")]
#[test_case("/external-event")]
#[test_case("/External-Events")]
#[test_case("//external-events")]
#[test_case("/external-events//")]
#[test_case("/external-events/seatgeek")]
#[test_case("/external-events/seatgeek/12/export")]
#[test_case("/external-events/seatgeek/a/b/import")]
#[test_case("/events")]
#[test_case("/events/1/2")]
fn does_not_know_other_paths(path: &str) {
    let error = Route::parse(&Method::GET, path).unwrap_err();
    assert!(matches!(error, ApiError::NotFound(_)), "{error:?}");
}

#[test_case("POST", "/external-events/search/", "GET")]
#[test_case("DELETE", "/external-events/", "GET")]
#[test_case("HEAD", "/external-events/analytics/", "GET")]
#[test_case("GET", "/external-events/seatgeek/12/import/", "POST")]
#[test_case("GET", "/external-events/sync/", "POST")]
#[test_case("POST", "/external-events/sync/runs/1/", "GET")]
#[test_case("PUT", "/events/5/", "GET, PATCH, DELETE")]
fn names_the_methods_of_a_path(method: &str, path: &str, allowed: &str) {
    match Route::parse(&method.parse().unwrap(), path) {
        Err(ApiError::MethodNotAllowed { allow }) => assert_eq!(allow, allowed),
        other => panic!("{other:?}"),
    }
}

#[test_case("/external-events/seatgeek/..%2f..%2fadmin", "external_id"; "climbing")]
#[test_case("/external-events/seatgeek/a%2Fb", "external_id"; "an encoded slash")]
#[test_case("/external-events/seatgeek/a%252Fb", "external_id"; "a slash encoded twice")]
#[test_case("/external-events/seatgeek/%00", "external_id"; "a null byte")]
#[test_case("/external-events/seatgeek/a%3Fb", "external_id"; "a query")]
#[test_case("/external-events/seatgeek/a?b", "external_id"; "a bare question mark")]
#[test_case("/external-events/seatgeek/a%23b", "external_id"; "a fragment")]
#[test_case("/external-events/seatgeek/%FF", "external_id"; "no utf-8")]
#[test_case("/external-events/seatgeek/..", "external_id"; "dots")]
#[test_case("/external-events/seatgeek/%20", "external_id"; "a space")]
#[test_case("/external-events/sync/runs/..%2f", "run_id"; "a run that is none")]
#[test_case("/external-events/myspace/12", "source"; "an unknown source")]
#[test_case("/events/0", "id"; "zero")]
#[test_case("/events/-1", "id"; "a negative number")]
#[test_case("/events/one", "id"; "a word")]
#[test_case("/events/99999999999999999999", "id"; "a number without end")]
fn names_the_path_parameter_that_is_wrong(path: &str, field: &str) {
    match Route::parse(&Method::GET, path) {
        Err(ApiError::BadRequest(errors)) => {
            assert_eq!(errors.iter().map(|(name, _)| name).collect::<Vec<_>>(), [field]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn names_every_path_parameter_that_is_wrong() {
    match Route::parse(&Method::POST, "/external-events/x/%00/import/") {
        Err(ApiError::BadRequest(errors)) => assert_eq!(errors.iter().count(), 2),
        other => panic!("{other:?}"),
    }
}

#[test]
fn opens_only_the_document_to_everybody() {
    let event = key("seatgeek#1");
    assert_eq!(Route::OpenApi.access(), Access::Public);
    for route in [
        Route::Search,
        Route::Browse,
        Route::Categories,
        Route::Event(event.clone()),
        Route::LocalEvent(LocalEventId::new(1)),
    ] {
        assert_eq!(route.access(), Access::User, "{route:?}");
    }
    let id = LocalEventId::new(1);
    assert_eq!(Route::WithdrawLocalEvent(id).access(), Access::User);
    for route in [
        Route::Import(event),
        Route::BulkImport,
        Route::EditLocalEvent(id),
        Route::Changes(id),
        Route::ReviewChanges(id),
        Route::History(id),
    ] {
        assert_eq!(route.access(), Access::Role(Role::Organizer), "{route:?}");
    }
    for route in [
        Route::Analytics,
        Route::Sync,
        Route::SyncRun("1".parse().unwrap()),
    ] {
        assert_eq!(route.access(), Access::Role(Role::Admin), "{route:?}");
    }
}
