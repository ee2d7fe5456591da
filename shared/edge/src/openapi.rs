//! The contract as an OpenAPI 3.1 document, made of the routes and the types that serve it.

mod announcement;
mod import;
mod sync;

use http::StatusCode;
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItemBuilder, PathsBuilder,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{Object, ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Content, Info, License, OpenApiBuilder, Ref, RefOr, Required, ResponseBuilder,
    SecurityRequirement,
};

use domain::browse::{DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE};
use domain::search::{Near, SearchFilter, SearchText};
use domain::{Category, EventKey, ExternalId, LocalEventId, Source};

use crate::auth::Role;
use crate::error::{ApiError, ErrorResponse};
use crate::route::{Access, Route};
use crate::view;
use crate::webhook::Announcement;

const TOKEN: &str = "token";
const JSON: &str = "application/json";

/// One operation of the contract.
struct Operation {
    /// The route; path parameters in it stand for all.
    route: Route,
    method: HttpMethod,
    id: &'static str,
    summary: &'static str,
    parameters: Vec<Parameter>,
    body: Option<Object>,
    success: (StatusCode, RefOr<Schema>),
    /// What a dry run answers, where it is something else than success.
    preview: Option<RefOr<Schema>>,
    /// The failures beside those that follow from the route's access.
    failures: &'static [StatusCode],
}

/// The document as it is served: made once, when a route or type changes, not at each start.
pub const PUBLISHED: &str = include_str!("../../../docs/openapi.json");

/// The document as the routes and types make it, pretty JSON with a final line break. A test holds what is published
/// against it.
pub fn document() -> Result<String, ApiError> {
    let mut paths = PathsBuilder::new();
    for operation in operations() {
        let path = operation.route.template();
        let method = operation.method.clone();
        let item = PathItemBuilder::new()
            .operation(method, describe(operation))
            .build();
        paths = paths.path(path, item);
    }
    let mut schemas = Vec::new();
    register::<view::SearchResponse<'_>>(&mut schemas);
    register::<view::BrowseResponse<'_>>(&mut schemas);
    register::<view::CategoriesResponse<'_>>(&mut schemas);
    register::<view::ImportResponse>(&mut schemas);
    register::<view::ImportResult<'_>>(&mut schemas);
    register::<view::BulkImportResponse<'_>>(&mut schemas);
    register::<view::LocalEventResponse<'_>>(&mut schemas);
    register::<view::ChangesResponse<'_>>(&mut schemas);
    register::<view::HistoryResponse<'_>>(&mut schemas);
    register::<view::AnalyticsResponse<'_>>(&mut schemas);
    register::<view::SyncStartedResponse<'_>>(&mut schemas);
    register::<view::SyncRunResponse<'_>>(&mut schemas);
    register::<ErrorResponse>(&mut schemas);
    Announcement::schemas(&mut schemas);
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some(
            "HS256 with the platform's secret, or RS256 or ES256 by the issuer's key set.",
        ))
        .build();
    let mut info = Info::new("External Events", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Real-world events from Ticketmaster, SeatGeek, Eventbrite and Meetup: search, look, import. \
         Every path works with and without its final slash."
            .to_owned(),
    );
    info.license = Some(License::new(env!("CARGO_PKG_LICENSE")));
    let document = OpenApiBuilder::new()
        .info(info)
        .paths(paths.build())
        .webhooks(Some(announcement::webhooks()))
        .components(Some(
            ComponentsBuilder::new()
                .schemas_from_iter(schemas)
                .security_scheme(TOKEN, SecurityScheme::Http(bearer))
                .build(),
        ))
        .build();
    let text = document.to_pretty_json().map_err(ApiError::internal)?;
    Ok(text + "\n")
}

fn register<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

fn describe(operation: Operation) -> OperationBuilder {
    let (status, schema) = operation.success;
    let mut description = OperationBuilder::new()
        .operation_id(Some(operation.id))
        .summary(Some(operation.summary))
        .parameters(Some(
            path_parameters(&operation.route).chain(operation.parameters),
        ))
        .response(status.as_str(), response(status, schema));
    if let Some(preview) = operation.preview {
        description = description.response(StatusCode::OK.as_str(), response(StatusCode::OK, preview));
    }
    if let Some(body) = operation.body {
        description = description.request_body(Some(
            RequestBodyBuilder::new()
                .content(JSON, Content::new(Some(body)))
                .required(Some(Required::False))
                .build(),
        ));
    }
    let by_access: &[StatusCode] = match operation.route.access() {
        Access::Public => &[],
        Access::User => &[StatusCode::UNAUTHORIZED],
        Access::Role(_) => &[StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN],
    };
    if let Access::Role(role) = operation.route.access() {
        description = description.description(Some(match role {
            Role::Organizer => "For organizers.",
            Role::Admin => "For admins.",
        }));
    }
    if operation.route.access() != Access::Public {
        description = description.security(SecurityRequirement::new(TOKEN, [] as [&str; 0]));
    }
    let failures = [StatusCode::BAD_REQUEST, StatusCode::INTERNAL_SERVER_ERROR];
    for &status in failures.iter().chain(by_access).chain(operation.failures) {
        let body = response(status, Ref::from_schema_name(ErrorResponse::name()));
        description = description.response(status.as_str(), body);
    }
    description
}

fn response(status: StatusCode, schema: impl Into<RefOr<Schema>>) -> ResponseBuilder {
    let response = ResponseBuilder::new().description(status.canonical_reason().unwrap_or_default());
    if status == StatusCode::NO_CONTENT {
        return response;
    }
    response.content(JSON, Content::new(Some(schema)))
}

fn operations() -> Vec<Operation> {
    let mut operations = vec![
        Operation {
            parameters: search_parameters(),
            failures: &[StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE],
            ..get(
                Route::Search,
                "search",
                "Search the sources, live",
                reference::<view::SearchResponse<'_>>(),
            )
        },
        Operation {
            parameters: browse_parameters(),
            ..get(
                Route::Browse,
                "browse",
                "Browse what is stored, by at least one of source, city and category",
                reference::<view::BrowseResponse<'_>>(),
            )
        },
        Operation {
            parameters: vec![query(
                "source",
                "`all`, or sources with commas between them",
                text(),
            )],
            ..get(
                Route::Categories,
                "categories",
                "The sources' categories",
                reference::<view::CategoriesResponse<'_>>(),
            )
        },
        get(
            Route::OpenApi,
            "openapi",
            "This document",
            ObjectBuilder::new().schema_type(Type::Object).build().into(),
        ),
        get(
            Route::Analytics,
            "analytics",
            "What is stored, and what of it is used",
            reference::<view::AnalyticsResponse<'_>>(),
        ),
    ];
    operations.extend(sync::operations());
    // The routes of one event, by a source and an id that are there in every version.
    let id = LocalEventId::new(1);
    operations.push(Operation {
        failures: &[StatusCode::NOT_FOUND],
        ..get(
            Route::LocalEvent(id),
            "localEvent",
            "An event of the platform",
            reference::<view::LocalEventResponse<'_>>(),
        )
    });
    let key = EventKey::new(Source::Ticketmaster, ExternalId::from(1));
    let failures = &[
        StatusCode::NOT_FOUND,
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::SERVICE_UNAVAILABLE,
    ];
    operations.push(Operation {
        failures,
        ..get(
            Route::Event(key.clone()),
            "event",
            "An event of a source, stored or live",
            reference::<view::ExternalEventResponse<'_>>(),
        )
    });
    operations.extend(import::operations(key, id));
    operations
}

/// An operation that answers 200 and takes nothing but its path.
fn get(route: Route, id: &'static str, summary: &'static str, schema: RefOr<Schema>) -> Operation {
    Operation {
        route,
        method: HttpMethod::Get,
        id,
        summary,
        parameters: Vec::new(),
        body: None,
        success: (StatusCode::OK, schema),
        preview: None,
        failures: &[],
    }
}

fn reference<T: ToSchema>() -> RefOr<Schema> {
    Ref::from_schema_name(T::name()).into()
}

fn path_parameters(route: &Route) -> impl Iterator<Item = Parameter> + use<> {
    let schemas = match route {
        Route::Event(_) | Route::Import(_) => vec![("source", view::source()), ("external_id", text())],
        Route::LocalEvent(_)
        | Route::EditLocalEvent(_)
        | Route::WithdrawLocalEvent(_)
        | Route::Changes(_)
        | Route::ReviewChanges(_)
        | Route::History(_) => vec![("id", number(1, None))],
        Route::SyncRun(_) => vec![("run_id", text())],
        _ => Vec::new(),
    };
    schemas.into_iter().map(|(name, schema)| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .schema(Some(schema))
            .build()
    })
}

fn search_parameters() -> Vec<Parameter> {
    let q = ObjectBuilder::from(text())
        .min_length(Some(1))
        .max_length(Some(SearchText::MAX_LENGTH))
        .build();
    let size = number(1, Some(SearchFilter::MAX_SIZE));
    let radius = number(1, Some(Near::MAX_RADIUS_KM));
    let sort = ObjectBuilder::from(text())
        .enum_values(Some(["date", "relevance"]))
        .build();
    let mut required = query("q", "What to search for", q);
    required.required = Required::True;
    vec![
        required,
        query("source", "`all`, or sources with commas between them", text()),
        query("location", "A city", text()),
        query("date_from", "Not before: RFC 3339, or a date", text()),
        query("date_to", "Not after: RFC 3339, or a date", text()),
        query("category", "A category in our own terms", category()),
        query("country", "ISO 3166 alpha-2", text()),
        query(
            "latlong",
            "The centre of a circle, in degrees: `40.75,-73.99`",
            text(),
        ),
        query(
            "radius",
            "Its radius in kilometres",
            with_default(radius, Near::DEFAULT_RADIUS_KM),
        ),
        query(
            "size",
            "The most events",
            with_default(size, SearchFilter::DEFAULT_SIZE),
        ),
        query("sort", "The order", with_default(sort, "date")),
        query(
            "include_addons",
            "Whether extras that sources list like events (parking, VIP packages) are shown as well",
            with_default(ObjectBuilder::new().schema_type(Type::Boolean).build(), false),
        ),
    ]
}

fn browse_parameters() -> Vec<Parameter> {
    let page_size = with_default(number(1, Some(MAX_PAGE_SIZE)), DEFAULT_PAGE_SIZE);
    let imported = ObjectBuilder::new().schema_type(Type::Boolean).build();
    vec![
        query("source", "A source", view::source()),
        query("city", "A city", text()),
        query("category", "A category in our own terms", category()),
        query(
            "date_from",
            "Not before: RFC 3339, or a date; now by default",
            text(),
        ),
        query(
            "date_to",
            "Not after; 90 days after date_from by default, at most 18 months",
            text(),
        ),
        query("status", "The state at the source", view::status()),
        query("imported", "Whether imported", imported),
        query("page_size", "The most events", page_size),
        query("page_token", "The next_page_token of the page before", text()),
    ]
}

fn query(name: &str, description: &str, schema: Object) -> Parameter {
    parameter(ParameterIn::Query, name, description, schema)
}

fn header(name: &str, description: &str, schema: Object) -> Parameter {
    parameter(ParameterIn::Header, name, description, schema)
}

fn parameter(place: ParameterIn, name: &str, description: &str, schema: Object) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

fn text() -> Object {
    ObjectBuilder::new().schema_type(Type::String).build()
}

fn category() -> Object {
    ObjectBuilder::from(text())
        .enum_values(Some(Category::ALL.map(Category::slug)))
        .build()
}

fn number(min: u32, max: Option<u32>) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(min))
        .maximum(max)
        .build()
}

fn with_default(schema: Object, default: impl Into<serde_json::Value>) -> Object {
    ObjectBuilder::from(schema)
        .default(Some(json!(default.into())))
        .build()
}
