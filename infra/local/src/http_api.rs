//! API Gateway’s HTTP API: requests become events of payload format 2.0, the functions’ answers become responses.

mod event;
mod response;
mod route;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Instant,
};

use axum::{
    body::to_bytes,
    extract::{ConnectInfo, Request, State},
};
use bytes::Bytes;
use http::{Response, StatusCode, request::Parts};
use serde_json::json;
use tokio::net::TcpListener;

use self::{event::event, route::Routes};
use crate::{
    console::Console,
    log_line::{Level, LogLine},
    runtime::{InvokeError, Runtime, request_id},
    schedule::Place,
    template::Function,
};

/// API Gateway’s limit for a request’s body.
const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// The HTTP API that the functions’ routes make up.
pub struct HttpApi {
    routes: Routes,
    runtime: Arc<Runtime>,
    place: Place,
    console: Console,
}

impl HttpApi {
    /// The API of all routes of `functions`.
    pub fn new(functions: &[Function], runtime: Arc<Runtime>, place: Place, console: Console) -> Self {
        Self {
            routes: Routes::of(functions),
            runtime,
            place,
            console,
        }
    }

    /// Answers requests on `listener` until it is dropped.
    pub async fn serve(self: Arc<Self>, listener: TcpListener) {
        let service = axum::Router::new().fallback(answer).with_state(self);
        // Serving ends only with the task.
        let _never = axum::serve(
            listener,
            service.into_make_service_with_connect_info::<SocketAddr>(),
        )
        .await;
    }

    /// Answers one request as API Gateway would.
    pub async fn respond(&self, parts: &Parts, body: Bytes, source: IpAddr) -> Response<Bytes> {
        let started = Instant::now();
        let request_id = request_id();
        let (response, level) = match self.invoke(parts, body, source, &request_id).await {
            Ok(response) => (response, Level::Info),
            Err(failure) => (failure.response(&request_id), Level::Warn),
        };
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let line = format!(
            "{} {path} {} {} ms",
            parts.method,
            response.status().as_u16(),
            started.elapsed().as_millis()
        );
        LogLine::new(level, Some(&request_id), line).print(&self.console, "api");
        response
    }

    async fn invoke(
        &self,
        parts: &Parts,
        body: Bytes,
        source: IpAddr,
        request_id: &str,
    ) -> Result<Response<Bytes>, Failure> {
        if body.len() > BODY_LIMIT {
            return Err(Failure::BodyTooLarge);
        }
        let path = parts.uri.path();
        let (route, path_parameters) = self.routes.select(&parts.method, path).ok_or(Failure::NoRoute)?;
        let event = event(
            parts,
            &body,
            source,
            request_id,
            &route.key(),
            &path_parameters,
            &self.place,
        );
        let payload = Bytes::from(event.to_string());
        let answer = self.runtime.invoke(route.function(), request_id, payload).await?;
        response::parse(&answer).ok_or(Failure::Integration)
    }
}

async fn answer(
    State(api): State<Arc<HttpApi>>,
    ConnectInfo(source): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<axum::body::Body> {
    let (parts, body) = request.into_parts();
    // One byte more than the limit is enough to see that the body is too large.
    let response = match to_bytes(body, BODY_LIMIT + 1).await {
        Ok(body) => api.respond(&parts, body, source.ip()).await,
        Err(_cut_or_too_large) => Failure::BodyTooLarge.response(&request_id()),
    };
    response.map(Into::into)
}

/// Why API Gateway answers by itself.
enum Failure {
    NoRoute,
    BodyTooLarge,
    TimedOut,
    /// The function failed, ended or answered something that is no response.
    Integration,
}

impl From<InvokeError> for Failure {
    fn from(error: InvokeError) -> Self {
        match error {
            InvokeError::TimedOut(_) => Self::TimedOut,
            InvokeError::PayloadTooLarge(_) => Self::BodyTooLarge,
            _ => Self::Integration,
        }
    }
}

impl Failure {
    /// The API’s error envelope, with API Gateway’s statuses.
    fn response(&self, request_id: &str) -> Response<Bytes> {
        let (status, sentence) = match self {
            Self::NoRoute => (StatusCode::NOT_FOUND, "Not Found"),
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
            Self::TimedOut => (StatusCode::GATEWAY_TIMEOUT, "Endpoint request timed out"),
            Self::Integration => (StatusCode::BAD_GATEWAY, "Internal server error"),
        };
        let body = json!({"error": sentence, "message": sentence, "status_code": status.as_u16(), "request_id": request_id});
        let mut response = Response::new(Bytes::from(body.to_string()));
        *response.status_mut() = status;
        let json = http::HeaderValue::from_static("application/json");
        response.headers_mut().insert(http::header::CONTENT_TYPE, json);
        response
    }
}
