//! Faults on request: what goes wrong between a provider and its caller.

use std::{
    io,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use futures_util::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    catalogue::chance::Chance, eventbrite, meetup, provider::Provider, seatgeek, ticketmaster, world::Stage,
};

/// How a body ends too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Truncation {
    /// Half of the JSON, under a `Content-Length` that is right for the half.
    Body,
    /// The connection breaks off in the middle of what `Content-Length` promised.
    Connection,
}

/// An HTTP status, 100 to 599.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub(crate) struct Status(StatusCode);

/// A share, 0 to 1.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub(crate) struct Rate(f64);

/// A number that a fault cannot have.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FaultError {
    #[error("status {0} is not one of HTTP")]
    Status(u16),
    #[error("error_rate {0} is not between 0 and 1")]
    Rate(f64),
}

impl TryFrom<u16> for Status {
    type Error = FaultError;

    fn try_from(code: u16) -> Result<Self, Self::Error> {
        let status = StatusCode::from_u16(code).ok().filter(|_| code < 600);
        status.map(Self).ok_or(FaultError::Status(code))
    }
}

impl From<Status> for u16 {
    fn from(Status(status): Status) -> Self {
        status.as_u16()
    }
}

impl TryFrom<f64> for Rate {
    type Error = FaultError;

    fn try_from(rate: f64) -> Result<Self, Self::Error> {
        if (0.0..=1.0).contains(&rate) {
            Ok(Self(rate))
        } else {
            Err(FaultError::Rate(rate))
        }
    }
}

impl From<Rate> for f64 {
    fn from(Rate(rate): Rate) -> Self {
        rate
    }
}

/// What a provider does wrong until told otherwise. Everything in it strikes the same calls.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Fault {
    /// Wait before anything else.
    pub latency_ms: u64,
    /// Never answer.
    pub hang: bool,
    /// Answer with this status and the provider's own body for it.
    pub status: Option<Status>,
    /// Send this `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
    /// The share of calls, 0 to 1, that the fault strikes; alone it makes them fail with 503.
    pub error_rate: Option<Rate>,
    pub truncate: Option<Truncation>,
    /// Answer with a web page instead of JSON.
    pub html: bool,
    /// Claim this many results.
    pub lie_total: Option<u64>,
    /// Lengthen the body, still valid, by this many bytes.
    pub oversize_body: Option<usize>,
    /// Send the body in ten pieces with this pause before each.
    pub drip_ms: u64,
    /// Let this many calls pass first.
    pub skip: u32,
    /// Strike only this many calls.
    pub only: Option<u32>,
    /// Strike only calls whose path, with its query, contains this.
    pub path: Option<String>,
    /// The provider's budget (calls a day, calls an hour, points a minute) instead of the published one.
    pub quota: Option<u32>,
    /// Calls a second beyond which Ticketmaster's spike arrest refuses; off unless given.
    pub spike_arrest: Option<u32>,
}

/// The fault in force at one provider.
#[derive(Debug)]
pub(crate) struct Faults(Mutex<Plan>);

#[derive(Debug)]
struct Plan {
    seed: u64,
    fault: Fault,
    seen: u32,
    chance: Chance,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new(Plan {
            seed,
            fault: Fault::default(),
            seen: 0,
            chance: Chance::new(&[seed]),
        }))
    }

    pub(crate) fn current(&self) -> Fault {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fault
            .clone()
    }

    /// Puts a fault in force; its counts and its chance begin anew.
    pub(crate) fn set(&self, fault: Fault) {
        let mut plan = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *plan = Plan {
            seed: plan.seed,
            fault,
            seen: 0,
            chance: Chance::new(&[plan.seed]),
        };
    }

    /// The fault, when it strikes this call.
    fn next(&self, path: &str) -> Option<Fault> {
        let mut plan = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if plan
            .fault
            .path
            .as_ref()
            .is_some_and(|part| !path.contains(part.as_str()))
        {
            return None;
        }
        plan.seen += 1;
        let turn = plan.seen.checked_sub(plan.fault.skip).filter(|turn| *turn > 0)?;
        if plan.fault.only.is_some_and(|only| turn > only) {
            return None;
        }
        if let Some(Rate(rate)) = plan.fault.error_rate
            && plan.chance.share() >= rate
        {
            return None;
        }
        Some(plan.fault.clone())
    }
}

impl Fault {
    /// The status to fail with, if this fault is about one.
    fn failure(&self) -> Option<StatusCode> {
        let harmless = self.latency_ms == 0
            && self.drip_ms == 0
            && self.truncate.is_none()
            && !self.html
            && self.lie_total.is_none()
            && self.oversize_body.is_none();
        let by_rate = self
            .error_rate
            .filter(|_| harmless)
            .map(|_| StatusCode::SERVICE_UNAVAILABLE);
        self.status.map(|Status(status)| status).or(by_rate)
    }
}

/// Notes the call and lets the fault in force strike it.
pub(crate) async fn strike(State(stage): State<Stage>, request: Request, next: Next) -> Response {
    let uri = request.uri();
    let path = format!("/{}{}", stage.provider, uri.path());
    let number = stage
        .world
        .journal
        .received(stage.provider, request.method().as_str(), &path, uri.query());
    let target = format!("{path}?{}", uri.query().unwrap_or_default());
    let fault = stage.imitation().faults.next(&target);
    let response = match fault {
        Some(fault) => struck(&stage, &fault, request, next).await,
        None => next.run(request).await,
    };
    stage.world.journal.answered(number, response.status().as_u16());
    response
}

async fn struck(stage: &Stage, fault: &Fault, request: Request, next: Next) -> Response {
    tokio::time::sleep(Duration::from_millis(fault.latency_ms)).await;
    if fault.hang {
        std::future::pending::<()>().await;
    }
    let mut response = match fault.failure() {
        Some(status) if fault.html => (status, html(status)).into_response(),
        Some(status) => refusal(stage.provider, status, fault.retry_after),
        None if fault.html => html(StatusCode::OK).into_response(),
        None => next.run(request).await,
    };
    if let Some(seconds) = fault.retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    spoil(fault, response).await
}

/// A provider's own words for a status.
fn refusal(provider: Provider, status: StatusCode, retry_after: Option<u32>) -> Response {
    match provider {
        Provider::Ticketmaster => ticketmaster::refusal(status),
        Provider::SeatGeek => seatgeek::refusal(status),
        Provider::Eventbrite => eventbrite::refusal(status),
        Provider::Meetup => meetup::refusal(status, retry_after),
    }
}

/// A page as gateways and bot filters send it where JSON is due.
pub(crate) fn html(status: StatusCode) -> Html<String> {
    let reason = status
        .canonical_reason()
        .unwrap_or("Access to this page has been denied");
    Html(format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{reason}</title></head>\
         <body><h1>{reason}</h1><p>Please verify that you are a human.</p></body></html>\n"
    ))
}

/// Does to the body what the fault asks for.
async fn spoil(fault: &Fault, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(mut bytes) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if let Some(total) = fault.lie_total
        && let Ok(mut json) = serde_json::from_slice(&bytes)
    {
        lie(&mut json, total);
        bytes = json.to_string().into();
    }
    let full = bytes.len();
    let body = match fault.truncate {
        Some(Truncation::Body) => Body::from(bytes.slice(..full / 2)),
        Some(Truncation::Connection) => {
            parts
                .headers
                .insert(header::CONTENT_LENGTH, HeaderValue::from(full));
            let half = bytes.slice(..full / 2);
            // The half must be on its way before the break: whatever is still in a buffer dies with it.
            let broken = stream::once(async move { Ok(half) }).chain(stream::once(async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Err(io::Error::from(io::ErrorKind::ConnectionReset))
            }));
            Body::from_stream(broken)
        }
        None => match (fault.oversize_body, fault.drip_ms) {
            (Some(extra), _) => Body::from_stream(stream::iter(padded(bytes, extra)).map(Ok::<_, io::Error>)),
            (None, 0) => Body::from(bytes),
            (None, pause) => Body::from_stream(dripping(bytes, Duration::from_millis(pause))),
        },
    };
    Response::from_parts(parts, body)
}

/// Replaces every total that a provider may state.
fn lie(json: &mut Value, total: u64) {
    const TOTALS: [&str; 4] = ["totalElements", "total", "object_count", "totalCount"];
    match json {
        Value::Object(fields) => {
            for (name, value) in fields {
                if TOTALS.contains(&name.as_str()) && value.is_number() {
                    *value = total.into();
                } else {
                    lie(value, total);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| lie(item, total)),
        _ => {}
    }
}

/// The body and then blanks, which JSON allows, in pieces that never exist all at once.
fn padded(bytes: Bytes, extra: usize) -> impl Iterator<Item = Bytes> {
    const BLANKS: Bytes = Bytes::from_static(&[b' '; 65_536]);
    let whole = std::iter::repeat_n(BLANKS, extra / BLANKS.len());
    std::iter::once(bytes)
        .chain(whole)
        .chain([BLANKS.slice(..extra % BLANKS.len())])
}

fn dripping(bytes: Bytes, pause: Duration) -> impl stream::Stream<Item = Result<Bytes, io::Error>> {
    let piece = bytes.len().div_ceil(10).max(1);
    let starts = (0..bytes.len()).step_by(piece);
    stream::iter(starts).then(move |start| {
        let piece = bytes.slice(start..bytes.len().min(start + piece));
        async move {
            tokio::time::sleep(pause).await;
            Ok(piece)
        }
    })
}
