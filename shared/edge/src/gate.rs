//! The way from a Lambda event to a handler and back.

use std::future::Future;
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, Utc};
use domain::parameter::Parameters;
use http::{Response, header};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Request, RequestExt as _, service_fn};
use tracing::Instrument as _;

use crate::answer::Answer;
use crate::auth::{Authenticator, Caller};
use crate::call::Call;
use crate::error::ApiError;
use crate::invocation::is_cold_start;
use crate::route::{Access, Route};
use crate::trace::Trace;

/// Lets calls through to a handler: known, authenticated, allowed ones.
#[derive(Debug)]
pub struct Gate {
    authenticator: Authenticator,
    clock: fn() -> DateTime<Utc>,
}

impl Gate {
    /// A gate that goes by the system's clock.
    pub fn new(authenticator: Authenticator) -> Self {
        Self {
            authenticator,
            clock: Utc::now,
        }
    }

    /// The gate, going by another clock: for tests.
    #[must_use]
    pub fn with_clock(self, clock: fn() -> DateTime<Utc>) -> Self {
        Self { clock, ..self }
    }

    async fn admit(&self, request: Request, request_id: &str) -> Result<Call, ApiError> {
        let route = Route::parse(request.method(), request.raw_http_path())?;
        tracing::Span::current().record("route", route.template());
        let now = (self.clock)();
        let caller = match route.access() {
            Access::Public => None,
            Access::User => Some(self.authenticate(&request, now).await?),
            Access::Role(role) => {
                let caller = self.authenticate(&request, now).await?;
                if !caller.is(role) {
                    return Err(ApiError::Forbidden);
                }
                Some(caller)
            }
        };
        let time = time(&request);
        let query = request.uri().query().unwrap_or_default().to_owned();
        let (parts, body) = request.into_parts();
        if body.len() > Call::MAX_BODY {
            return Err(ApiError::TooLarge);
        }
        let call = Call {
            now,
            request_id: request_id.to_owned(),
            time,
            caller,
            query,
            headers: parts.headers,
            body: match body {
                Body::Text(text) => text.into(),
                Body::Binary(bytes) => bytes.into(),
                _ => bytes::Bytes::new(),
            },
            route,
        };
        if !call.route.takes_parameters() {
            Parameters::read(call.query(), &[]).finish(Some(()))?;
        }
        Ok(call)
    }

    async fn authenticate(&self, request: &Request, now: DateTime<Utc>) -> Result<Caller, ApiError> {
        let authorization = request
            .headers()
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let caller = self.authenticator.authenticate(authorization, now).await?;
        tracing::Span::current().record("caller", caller.id.pseudonym());
        Ok(caller)
    }
}

/// Serves a function's calls until Lambda ends it.
pub async fn serve<H, F>(gate: Gate, handler: H) -> Result<(), lambda_http::Error>
where
    H: Fn(Call) -> F,
    F: Future<Output = Result<Answer, ApiError>> + Send,
    H: Sync,
{
    lambda_http::run(service_fn(async |request: Request| {
        Ok::<_, std::convert::Infallible>(respond(&gate, &handler, request).await)
    }))
    .await
}

/// Answers one call; whatever happens, there is a response. One line in the log says what became of it.
pub async fn respond<H, F>(gate: &Gate, handler: &H, request: Request) -> Response<Body>
where
    H: Fn(Call) -> F,
    F: Future<Output = Result<Answer, ApiError>>,
{
    let request_id = request_id(&request);
    let trace = request
        .lambda_context_ref()
        .and_then(|context| context.xray_trace_id.clone())
        .map(Trace::of);
    // A span is there at every level, for it is on the line of an error that its ids are missed.
    let span = tracing::error_span!(
        "request",
        request_id,
        trace_id = trace.as_ref().map(Trace::id),
        cold_start = is_cold_start(),
        method = %request.method(),
        route = tracing::field::Empty,
        caller = tracing::field::Empty,
    );
    let work = respond_in_span(gate, handler, request, &request_id).instrument(span);
    Trace::within(trace, work).await
}

async fn respond_in_span<H, F>(gate: &Gate, handler: &H, request: Request, request_id: &str) -> Response<Body>
where
    H: Fn(Call) -> F,
    F: Future<Output = Result<Answer, ApiError>>,
{
    let started = Instant::now();
    let accept_encoding = request.headers().get(header::ACCEPT_ENCODING).cloned();
    let outcome = match gate.admit(request, request_id).await {
        Ok(call) => handler(call).await,
        Err(error) => Err(error),
    };
    let answer = outcome.unwrap_or_else(|error| {
        error.log();
        error.answer(request_id)
    });
    let status = answer.status().as_u16();
    let response = answer.into_response(accept_encoding.as_ref().and_then(|value| value.to_str().ok()));
    tracing::info!(
        status,
        duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "answered"
    );
    response
}

/// What is left of the invocation's time; outside Lambda, the longest that API Gateway waits.
fn time(request: &Request) -> Duration {
    const MAX: Duration = Duration::from_secs(30);
    request
        .lambda_context_ref()
        .and_then(|context| context.deadline().duration_since(SystemTime::now()).ok())
        .map_or(MAX, |left| left.min(MAX))
}

/// Lambda's id of the invocation, which its own log lines have too; outside Lambda, API Gateway's of the request.
fn request_id(request: &Request) -> String {
    let invocation = request
        .lambda_context_ref()
        .map(|context| context.request_id.clone());
    let gateway = || match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone(),
        _ => None,
    };
    invocation
        .filter(|id| !id.is_empty())
        .or_else(gateway)
        .unwrap_or_else(|| "unknown".to_owned())
}
