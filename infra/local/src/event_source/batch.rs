//! What a function says about the records of a batch.

use bytes::Bytes;
use serde::Deserialize;

use crate::runtime::InvokeError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchResponse {
    #[serde(default)]
    batch_item_failures: Option<Vec<BatchItemFailure>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchItemFailure {
    item_identifier: String,
}

/// The positions in `identifiers` of the records that failed, in order.
///
/// Lambda’s rules (developer guide, “Implementing partial batch responses”): an empty answer means success; an answer
/// that cannot be read or that names an unknown record means that the whole batch failed.
pub(super) fn failures(
    answer: Result<Bytes, InvokeError>,
    report_batch_item_failures: bool,
    identifiers: &[&str],
) -> Vec<usize> {
    let all = || (0..identifiers.len()).collect();
    let answer = match answer {
        Ok(_) if !report_batch_item_failures => return Vec::new(),
        Ok(answer) => answer,
        Err(_) => return all(),
    };
    if answer.iter().all(u8::is_ascii_whitespace) {
        return Vec::new();
    }
    let Ok(response) = serde_json::from_slice::<Option<BatchResponse>>(&answer) else {
        return all();
    };
    let failures = response
        .and_then(|response| response.batch_item_failures)
        .unwrap_or_default();
    let position = |failure: BatchItemFailure| {
        identifiers
            .iter()
            .position(|known| *known == failure.item_identifier)
    };
    let Some(mut failed) = failures.into_iter().map(position).collect::<Option<Vec<_>>>() else {
        return all();
    };
    failed.sort_unstable();
    failed.dedup();
    failed
}
