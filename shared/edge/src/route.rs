//! The HTTP contract: which paths there are, what they take, and who may call them.

use domain::sync::RunId;
use domain::{EventKey, ExternalId, FieldErrors, LocalEventId, Source};
use http::Method;
use percent_encoding::percent_decode_str;

use crate::auth::Role;
use crate::error::ApiError;

/// A request that the contract knows, its path parameters parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// `GET /external-events/search/`
    Search,
    /// `GET /external-events/`
    Browse,
    /// `GET /external-events/categories/`
    Categories,
    /// `GET /external-events/openapi.json`
    OpenApi,
    /// `GET /external-events/analytics/`
    Analytics,
    /// `POST /external-events/sync/`
    Sync,
    /// `GET /external-events/sync/runs/{run_id}/`
    SyncRun(RunId),
    /// `GET /external-events/{source}/{external_id}/`
    Event(EventKey),
    /// `POST /external-events/{source}/{external_id}/import/`
    Import(EventKey),
    /// `POST /external-events/import/`
    BulkImport,
    /// `GET /events/{id}/`
    LocalEvent(LocalEventId),
    /// `PATCH /events/{id}/`
    EditLocalEvent(LocalEventId),
    /// `DELETE /events/{id}/`
    WithdrawLocalEvent(LocalEventId),
    /// `GET /events/{id}/changes/`
    Changes(LocalEventId),
    /// `POST /events/{id}/changes/`
    ReviewChanges(LocalEventId),
    /// `GET /events/{id}/history/`
    History(LocalEventId),
}

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, without a token.
    Public,
    /// Every authenticated user.
    User,
    /// Users with this role.
    Role(Role),
}

impl Route {
    /// The route of a request; the path is as it came, still percent-encoded, with or without a final slash.
    ///
    /// Unknown paths are 404, known ones with another method 405, and path parameters that break their type's rule
    /// 400. Each segment is decoded exactly once and only after the path is split: an encoded slash stays inside its
    /// segment, where no id may contain it.
    pub fn parse(method: &Method, path: &str) -> Result<Self, ApiError> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        let segments: Vec<_> = path
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy())
            .collect();
        let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
        match segments[..] {
            ["external-events"] => choose(method, [(Method::GET, Self::Browse)]),
            ["external-events", "search"] => choose(method, [(Method::GET, Self::Search)]),
            ["external-events", "categories"] => choose(method, [(Method::GET, Self::Categories)]),
            ["external-events", "openapi.json"] => choose(method, [(Method::GET, Self::OpenApi)]),
            ["external-events", "analytics"] => choose(method, [(Method::GET, Self::Analytics)]),
            ["external-events", "sync"] => choose(method, [(Method::POST, Self::Sync)]),
            ["external-events", "sync", "runs", id] => {
                let id = id.parse().map_err(|rule| FieldErrors::of("run_id", rule))?;
                choose(method, [(Method::GET, Self::SyncRun(id))])
            }
            ["external-events", "import"] => choose(method, [(Method::POST, Self::BulkImport)]),
            ["external-events", source, id] => {
                choose(method, [(Method::GET, Self::Event(event_key(source, id)?))])
            }
            ["external-events", source, id, "import"] => {
                choose(method, [(Method::POST, Self::Import(event_key(source, id)?))])
            }
            ["events", id] => {
                let id = local_event_id(id)?;
                let routes = [
                    (Method::GET, Self::LocalEvent(id)),
                    (Method::PATCH, Self::EditLocalEvent(id)),
                    (Method::DELETE, Self::WithdrawLocalEvent(id)),
                ];
                choose(method, routes)
            }
            ["events", id, "changes"] => {
                let id = local_event_id(id)?;
                let routes = [
                    (Method::GET, Self::Changes(id)),
                    (Method::POST, Self::ReviewChanges(id)),
                ];
                choose(method, routes)
            }
            ["events", id, "history"] => choose(method, [(Method::GET, Self::History(local_event_id(id)?))]),
            _ => Err(ApiError::NotFound("Not found")),
        }
    }

    /// The path in the contract's terms, for logs and metrics: it has no value of a caller in it.
    pub const fn template(&self) -> &'static str {
        match self {
            Self::Search => "/external-events/search/",
            Self::Browse => "/external-events/",
            Self::Categories => "/external-events/categories/",
            Self::OpenApi => "/external-events/openapi.json",
            Self::Analytics => "/external-events/analytics/",
            Self::Sync => "/external-events/sync/",
            Self::SyncRun(_) => "/external-events/sync/runs/{run_id}/",
            Self::Event(_) => "/external-events/{source}/{external_id}/",
            Self::Import(_) => "/external-events/{source}/{external_id}/import/",
            Self::BulkImport => "/external-events/import/",
            Self::LocalEvent(_) | Self::EditLocalEvent(_) | Self::WithdrawLocalEvent(_) => "/events/{id}/",
            Self::Changes(_) | Self::ReviewChanges(_) => "/events/{id}/changes/",
            Self::History(_) => "/events/{id}/history/",
        }
    }

    /// Who may call it. Withdrawing is for an event's creator or an admin, which only its handler can tell.
    pub const fn access(&self) -> Access {
        match self {
            Self::OpenApi => Access::Public,
            Self::Search
            | Self::Browse
            | Self::Categories
            | Self::Event(_)
            | Self::LocalEvent(_)
            | Self::WithdrawLocalEvent(_) => Access::User,
            Self::Import(_)
            | Self::BulkImport
            | Self::EditLocalEvent(_)
            | Self::Changes(_)
            | Self::ReviewChanges(_)
            | Self::History(_) => Access::Role(Role::Organizer),
            Self::Analytics | Self::Sync | Self::SyncRun(_) => Access::Role(Role::Admin),
        }
    }

    /// Whether the route has query parameters, which its handler then reads; on all others every parameter is
    /// unknown, and refused.
    pub const fn takes_parameters(&self) -> bool {
        matches!(
            self,
            Self::Search | Self::Browse | Self::Categories | Self::Import(_) | Self::BulkImport
        )
    }
}

/// The route for `method` among those that a path has, or 405 with all their methods.
fn choose<const N: usize>(method: &Method, routes: [(Method, Route); N]) -> Result<Route, ApiError> {
    let allow = routes.each_ref().map(|(method, _)| method.as_str()).join(", ");
    routes
        .into_iter()
        .find_map(|(allowed, route)| (allowed == *method).then_some(route))
        .ok_or(ApiError::MethodNotAllowed { allow })
}

fn local_event_id(text: &str) -> Result<LocalEventId, FieldErrors> {
    text.parse().map_err(|rule| FieldErrors::of("id", rule))
}

fn event_key(source: &str, id: &str) -> Result<EventKey, FieldErrors> {
    let mut errors = FieldErrors::new();
    let source = errors.check("source", source.parse::<Source>());
    let id = errors.check("external_id", id.parse::<ExternalId>());
    match (source, id) {
        (Some(source), Some(id)) => Ok(EventKey::new(source, id)),
        _ => Err(errors),
    }
}
