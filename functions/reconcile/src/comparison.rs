//! One piece of a comparison after the other.

use domain::EventKey;
use domain::reconciliation::{Findings, Phase, Sum};
use domain::tally::Counted;
use edge::Invocation;
use storage::{Mended, StorageError, Store};

use crate::context::Context;

/// Compares the next piece; what is to be done after it.
pub(crate) async fn step(
    context: &Context,
    phase: Phase,
    findings: &mut Findings,
    invocation: &Invocation,
) -> Result<Phase, StorageError> {
    match phase {
        Phase::Events(after) => events(context, after, findings, invocation).await,
        Phase::Markers(sum) if sum.bucket < Store::MARKER_BUCKETS => {
            markers(context, sum, findings, invocation).await
        }
        Phase::Markers(sum) => counters(context, sum, findings).await,
        Phase::Done => Ok(Phase::Done),
    }
}

/// Looks for events that are not counted.
async fn events(
    context: &Context,
    after: Option<EventKey>,
    findings: &mut Findings,
    invocation: &Invocation,
) -> Result<Phase, StorageError> {
    let store = &context.store;
    let scanned = store.scan_events(after.as_ref(), context.piece).await?;
    for key in store.uncounted(&scanned.keys).await? {
        if let Some(Mended { before, after }) = store.mend_marker(&key, invocation.now).await? {
            log(&key, before.as_ref(), after.as_ref());
            findings.miscounted += 1;
        }
    }
    findings.events += scanned.keys.len() as u64;
    Ok(match scanned.next {
        Some(next) => Phase::Events(Some(next)),
        None => Phase::Markers(Sum::begin(store.moves().await?, 0)),
    })
}

/// Holds what is counted against the events, and sums it up.
async fn markers(
    context: &Context,
    mut sum: Sum,
    findings: &mut Findings,
    invocation: &Invocation,
) -> Result<Phase, StorageError> {
    let store = &context.store;
    let markers = store
        .markers(sum.bucket, sum.after.as_ref(), context.piece)
        .await?;
    findings.markers += markers.counted.len() as u64;
    sum.after = markers.counted.last().map(|(key, _)| key.clone());
    let counted: Vec<(EventKey, Counted)> = markers
        .counted
        .into_iter()
        .filter_map(|(key, counted)| Some((key, counted?)))
        .collect();
    let keys: Vec<EventKey> = counted.iter().map(|(key, _)| key.clone()).collect();
    let stored = store.events(&keys).await?;
    for (key, counted) in counted {
        let mut counted = Some(counted);
        if stored.get(&key).map(Counted::of) != counted
            && let Some(Mended { before, after }) = store.mend_marker(&key, invocation.now).await?
        {
            log(&key, before.as_ref(), after.as_ref());
            match after {
                Some(_) => findings.miscounted += 1,
                None => findings.gone += 1,
            }
            sum.own_moves += 1;
            counted = after;
        }
        sum.add(counted.as_ref().map(Counted::steps).unwrap_or_default());
    }
    if markers.is_last {
        sum.bucket += 1;
        sum.after = None;
    }
    Ok(Phase::Markers(sum))
}

/// Holds the counters against the sum of the markers, if it is that of one instant.
async fn counters(context: &Context, sum: Sum, findings: &mut Findings) -> Result<Phase, StorageError> {
    let store = &context.store;
    let moves = store.moves().await?;
    let mended = if sum.is_settled(moves) {
        store.mend_counters(&sum.totals(), moves).await?
    } else {
        None
    };
    if let Some(differences) = mended {
        for difference in &differences {
            tracing::warn!(
                counter = %difference.counter,
                was = ?difference.was,
                is = ?difference.is,
                "a counter was not the sum of what is counted"
            );
        }
        findings.counters = differences.len() as u64;
        return Ok(Phase::Done);
    }
    if let Some(sum) = sum.again(store.moves().await?) {
        findings.markers = 0;
        Ok(Phase::Markers(sum))
    } else {
        findings.unsettled = true;
        Ok(Phase::Done)
    }
}

fn log(key: &EventKey, before: Option<&Counted>, after: Option<&Counted>) {
    let text = |counted: Option<&Counted>| counted.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    tracing::warn!(
        event.key = %key,
        was = text(before),
        is = text(after),
        "an event was counted otherwise than it is"
    );
}
