//! `Idempotency-Key`: a request that is sent again gets the answer that it got.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::FieldErrors;
use http::{HeaderName, StatusCode};
use ring::digest::{Context, SHA256};
use storage::{Claim, GivenAnswer, Store};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;

/// The header by which a caller names a request.
const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// The longest name.
const MAX_LENGTH: usize = 255;

/// Answers `call` by `handle`, which gets the name of the request if the caller gave one: a name of this caller's,
/// the same for every repetition.
///
/// An answer is kept, and given to repetitions, unless it is [provisional](Answer::provisional) or a failure of ours.
/// A request without an answer may have been cut off anywhere, or be under way: it is carried out again, so `handle`
/// must leave the name in what it writes and know it again there.
pub async fn answer_once<F>(
    store: &Store,
    call: &Call,
    handle: impl FnOnce(Option<String>) -> F,
) -> Result<Answer, ApiError>
where
    F: Future<Output = Result<Answer, ApiError>>,
{
    let Some(name) = name(call)? else {
        return handle(None).await;
    };
    let id = hash(&[call.caller()?.id.as_str().as_bytes(), name.as_bytes()]);
    let fingerprint = hash(&[format!("{:?}", call.route).as_bytes(), &call.body]);
    match store.claim_request(&id, &fingerprint, call.now).await? {
        Claim::Open => {}
        Claim::Answered(given) => {
            tracing::info!("answered as before");
            return replay(given);
        }
        Claim::Taken => return Err(ApiError::IdempotencyKeyReused),
    }
    let answer = match handle(Some(id.clone())).await {
        Err(error) if error.status().is_client_error() && error.retry_after().is_none() => {
            error.answer(&call.request_id)
        }
        outcome => outcome?,
    };
    if !answer.is_provisional()
        && let Ok(body) = std::str::from_utf8(answer.body())
    {
        let given = GivenAnswer {
            status: answer.status().as_u16(),
            location: answer.location().map(str::to_owned),
            body: body.to_owned(),
        };
        store.answer_request(&id, &given).await?;
    }
    Ok(answer)
}

fn name(call: &Call) -> Result<Option<&str>, ApiError> {
    let Some(value) = call.headers.get(HEADER) else {
        return Ok(None);
    };
    let is_fit = |name: &&str| (1..=MAX_LENGTH).contains(&name.len());
    match value.to_str().ok().map(str::trim).filter(is_fit) {
        Some(name) => Ok(Some(name)),
        None => Err(FieldErrors::of(
            "Idempotency-Key",
            format_args!("must have 1 to {MAX_LENGTH} ASCII characters"),
        )
        .into()),
    }
}

fn replay(given: GivenAnswer) -> Result<Answer, ApiError> {
    let status = StatusCode::from_u16(given.status).map_err(ApiError::internal)?;
    Answer::kept(status, given.location.as_deref(), given.body)
}

/// SHA-256 over parts, none of which can pass for a part of its neighbour.
fn hash(parts: &[&[u8]]) -> String {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    URL_SAFE_NO_PAD.encode(context.finish())
}
