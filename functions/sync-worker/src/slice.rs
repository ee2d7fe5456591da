//! Reading a slice: its pages, then what vanished from it, then its end.
//!
//! Every step may be done again. What is written is written once, what is counted is counted by the name of its step,
//! and the cursor moves on only after both.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use domain::sync::{Counts, Effort, Report, RunStatus, SkipReasons, Slice, is_suspicious};
use domain::{EventKey, EventStatus, ExternalEvent, Source, StoredEvent};
use edge::error::chain;
use edge::metric;
use edge::queue::{Cursor, SyncJob, Task};
use providers::{Next, Place, SlicePage};
use storage::{Comparison, EndedRun, Lease, Manifest, Progress, StorageError};

use crate::context::Context;
use crate::handler::Failure;
use crate::spending::Spending;

/// How long an invocation begins further pages before it passes its cursor on. A page takes at most the provider's
/// timeout of 5 s, and a few seconds to write, so that this stays well within the function's minute.
const SHARE: Duration = Duration::from_secs(25);

/// The most pages of an invocation, so that a crash repeats a bounded amount of work.
const PAGES: usize = 20;

/// How many vanished events are looked up in one step.
const LOOKUPS: usize = 20;

/// The most vanished events that a run looks up, which are also what a message has room for; the next run sees to
/// the others.
const MAX_LOOKUPS: usize = 2_000;

/// One invocation's work on a slice.
struct Reading<'a> {
    context: &'a Context,
    run_id: &'a str,
    slice: &'a Slice,
    /// The manifest that the cursor compares with.
    manifest: Option<Manifest>,
    /// Whether this run has written its own manifest: all that is left is to note the end.
    is_done: bool,
    spending: &'a Spending<'a>,
    started: Instant,
}

/// Goes on reading `slice` at `cursor`, up to the slice's end or the end of this invocation's share; what is left is
/// sent as a new message. After a failure the cursor stands where the reading got to.
pub(crate) async fn read(
    context: &Context,
    run_id: &str,
    slice: &Slice,
    cursor: &mut Cursor,
    spending: &Spending<'_>,
) -> Result<(), Failure> {
    if let Lease::Theirs { run_id: other } = context.store.lease(run_id, slice, now()).await? {
        // Its lease ran out while its message waited. Two runs of a slice do each other no harm.
        tracing::warn!(run.id = run_id, run.other = other, %slice, "another run reads the slice too");
    }
    let manifest = context.store.manifest(slice).await.unwrap_or_else(|error| {
        tracing::warn!(%slice, error = chain(&error), "the manifest cannot be read: the store is compared instead");
        None
    });
    if *cursor
        == (Cursor {
            force: cursor.force,
            ..Cursor::start(slice)
        })
    {
        cursor.seen = manifest.as_ref().map(|manifest| manifest.unseen(now()));
    }
    let reading = Reading {
        context,
        run_id,
        slice,
        is_done: manifest.as_ref().is_some_and(|manifest| manifest.is_by(run_id)),
        manifest: manifest.filter(|manifest| cursor.seen.as_ref().is_some_and(|seen| seen.is_of(manifest))),
        spending,
        started: Instant::now(),
    };
    if reading.manifest.is_none() {
        // Replaced or lost since the run began.
        cursor.seen = None;
    }
    if !reading.pages(cursor).await? || !reading.vanished(cursor).await? {
        let task = Task::Slice {
            slice: slice.clone(),
            cursor: cursor.clone(),
        };
        let job = SyncJob {
            run_id: run_id.to_owned(),
            task,
        };
        context.jobs.send_all(&[job]).await?;
    }
    Ok(())
}

impl Reading<'_> {
    /// Reads pages; `true` once all are read.
    async fn pages(&self, cursor: &mut Cursor) -> Result<bool, Failure> {
        let (context, slice) = (self.context, self.slice);
        for _ in 0..PAGES {
            let Some(&window) = cursor.windows.last() else {
                break;
            };
            if cursor.read >= context.max_events {
                tracing::warn!(run.id = self.run_id, %slice, events = cursor.read, "the slice is cut off (MAX_EVENTS_PER_SYNC)");
                cursor.windows.clear();
                cursor.cut = true;
                break;
            }
            if self.started.elapsed() > SHARE {
                break;
            }
            let page = context
                .providers
                .slice_page(
                    slice,
                    window,
                    Place {
                        page: cursor.page,
                        token: cursor.token.as_deref(),
                    },
                )
                .await?;
            if page.next == Next::Split
                && let Some((first, second)) = window.halves()
            {
                cursor.windows.pop();
                cursor.windows.extend([second, first]);
                cursor.page = 0;
                cursor.token = None;
                continue;
            }
            let step = format!("{}/{}", window.from.timestamp(), cursor.page);
            cursor.read += self.store(&step, &page, cursor).await?.read();
            cursor.token = page.token;
            match page.next {
                Next::Page(next) => cursor.page = next,
                // A second that holds more than the provider pages through cannot be halved: its first page has to do.
                Next::End | Next::Split => {
                    cursor.windows.pop();
                    cursor.page = 0;
                }
            }
        }
        Ok(cursor.windows.is_empty())
    }

    /// Writes what changed and notes the page; fails if anything could not be written, so that the page comes again.
    async fn store(&self, step: &str, page: &SlicePage, cursor: &mut Cursor) -> Result<Counts, Failure> {
        let mut skipped_for = SkipReasons::default();
        for skipped in &page.skipped {
            skipped_for.add(&skipped.reason, 1);
            tracing::warn!(
                run.id = self.run_id,
                slice = %self.slice,
                event.id = skipped.id.as_deref().unwrap_or_default(),
                reason = skipped.reason,
                "an event could not be read and was left out"
            );
        }
        let mut counts = Counts {
            skipped: page.skipped.len() as u64,
            ..Counts::default()
        };
        let mut seen = cursor.seen.clone();
        let (mut unknown, mut compared) = (Vec::new(), Vec::new());
        for event in &page.events {
            let known = match (&self.manifest, &mut seen) {
                (Some(manifest), Some(seen)) => manifest
                    .position(event)?
                    .map(|position| (seen.insert(position), seen.verify)),
                _ => None,
            };
            match known {
                Some((true, false)) => counts.unchanged += 1,
                // At the edge of two pages: it is counted already.
                Some((false, false)) => {}
                Some((_, true)) => compared.push(event.clone()),
                None => {
                    unknown.push(event);
                    compared.push(event.clone());
                }
            }
        }
        counts += self.record(&compared).await?;
        metric::events_written(self.slice.source, counts);
        if !unknown.is_empty() {
            let store = &self.context.store;
            store
                .note_present(self.run_id, self.slice, step, &unknown, now())
                .await?;
            cursor.noted = true;
        }
        let report = Report {
            counts,
            skipped: skipped_for,
            effort: self.spending.take(),
        };
        self.note(step, &report).await?;
        cursor.seen = seen;
        Ok(counts)
    }

    async fn record(&self, events: &[ExternalEvent]) -> Result<Counts, Failure> {
        if events.is_empty() {
            return Ok(Counts::default());
        }
        let recorded = self.context.store.record_slice(self.slice, events, now()).await?;
        let failed = recorded.failed.len();
        if let Some((key, error)) = recorded.failed.into_iter().next() {
            tracing::error!(run.id = self.run_id, event.key = %key, failed, "events could not be written");
            return Err(Failure::Unwritten(failed, error));
        }
        Ok(Counts {
            created: recorded.created,
            updated: recorded.updated,
            unchanged: recorded.unchanged,
            ..Counts::default()
        })
    }

    /// Sees to what vanished, and ends the slice; `false` if a further message has to.
    async fn vanished(&self, cursor: &mut Cursor) -> Result<bool, Failure> {
        if self.is_done || self.is_as_before(cursor) {
            self.end(cursor, RunStatus::Succeeded).await?;
            return Ok(true);
        }
        if cursor.lookups.is_none() {
            return self.find_vanished(cursor).await;
        }
        while let Some(lookups) = cursor.lookups.as_mut().filter(|lookups| !lookups.is_empty()) {
            if self.started.elapsed() > SHARE {
                return Ok(false);
            }
            let rest = lookups.len().saturating_sub(LOOKUPS);
            let asked = lookups.get(rest..).unwrap_or_default();
            self.look_up(asked, rest).await?;
            lookups.truncate(rest);
        }
        let comparison = self.compare(cursor).await?;
        self.replace_manifest(comparison, cursor).await?;
        self.end(cursor, RunStatus::Succeeded).await?;
        Ok(true)
    }

    /// Lists what vanished. The list is sent in a message before anything on it is removed, so that whoever repeats
    /// the removing counts the same.
    async fn find_vanished(&self, cursor: &mut Cursor) -> Result<bool, Failure> {
        let comparison = self.compare(cursor).await?;
        // Of a slice that was not read to its end nobody knows what vanished.
        let vanished = comparison.missing().filter(|_| !cursor.cut);
        let lookups: Vec<EventKey> = vanished.take(MAX_LOOKUPS).cloned().collect();
        let known = comparison.present() + lookups.len();
        if !cursor.force && is_suspicious(lookups.len(), known) {
            tracing::error!(
                run.id = self.run_id,
                slice = %self.slice,
                events.vanished = lookups.len(),
                events.known = known,
                "sync held: suspiciously many events vanished"
            );
            metric::sync_held(self.slice.source);
            // In this order: a repetition holds the run again, as long as there is a manifest to compare with.
            self.end(cursor, RunStatus::Held).await?;
            self.replace_manifest(comparison, cursor).await?;
            return Ok(true);
        }
        if lookups.is_empty() {
            self.replace_manifest(comparison, cursor).await?;
            self.end(cursor, RunStatus::Succeeded).await?;
            return Ok(true);
        }
        cursor.lookups = Some(lookups);
        Ok(false)
    }

    /// Whether everything that the last run saw came back as it was, and nothing else: there is nothing to be done.
    fn is_as_before(&self, cursor: &Cursor) -> bool {
        match (&self.manifest, &cursor.seen) {
            (Some(manifest), Some(seen)) => !cursor.noted && !seen.verify && manifest.is_complete(seen),
            _ => false,
        }
    }

    /// What came and what did not, of what should have: an event that is over, or was removed, is not missed.
    async fn compare(&self, cursor: &Cursor) -> Result<Comparison, Failure> {
        let store = &self.context.store;
        let manifest = self.manifest.as_ref().zip(cursor.seen.as_ref());
        let mut comparison = store
            .compare(self.run_id, self.slice, manifest, cursor.noted)
            .await?;
        let missing: Vec<EventKey> = comparison.missing().cloned().collect();
        let stored = store.events(&missing).await?;
        let missed: HashSet<&EventKey> = stored
            .iter()
            .filter(|(_, stored)| self.slice.window.expects(&stored.outline()))
            .map(|(key, _)| key)
            .collect();
        // Meetup's events are kept by their token and looked up by an id that may have changed: an id that is not found
        // proves nothing, so nothing of Meetup's is missed. But then it is not known to be there either.
        if self.slice.source == Source::Meetup {
            if !cursor.cut {
                let missed: Vec<EventKey> = missed.into_iter().cloned().collect();
                store.forget_slice(self.slice, &missed).await?;
            }
            comparison.keep_missing(|_| false);
        } else {
            comparison.keep_missing(|key| missed.contains(key));
        }
        Ok(comparison)
    }

    /// Asks for events by id, and writes what they are now: removed, if there are none.
    async fn look_up(&self, keys: &[EventKey], rest: usize) -> Result<(), Failure> {
        let stored: HashMap<EventKey, StoredEvent> = self.context.store.events(keys).await?;
        let mut removed = 0;
        let mut events = Vec::new();
        for key in keys {
            match self.context.providers.event(key).await? {
                // Under another id it is another event of the store.
                Some(event) if event.key == *key => events.push(event),
                _ => {
                    removed += 1;
                    events.extend(stored.get(key).map(|stored| ExternalEvent {
                        status: EventStatus::Removed,
                        ..stored.event.clone()
                    }));
                }
            }
        }
        self.record(&events).await?;
        let report = Report {
            counts: Counts {
                removed,
                ..Counts::default()
            },
            effort: self.spending.take(),
            ..Report::default()
        };
        self.note(&format!("lookup/{rest}"), &report).await
    }

    async fn note(&self, step: &str, report: &Report) -> Result<(), Failure> {
        let progress = Progress {
            run_id: self.run_id,
            slice: self.slice,
            step,
            report,
            is_cut: false,
            status: RunStatus::Running,
            at: now(),
        };
        self.context.store.note_progress(&progress).await?;
        Ok(())
    }

    async fn replace_manifest(&self, comparison: Comparison, cursor: &Cursor) -> Result<(), StorageError> {
        let verified_at = match (&self.manifest, &cursor.seen) {
            (Some(manifest), Some(seen)) if !seen.verify => manifest.verified_at(),
            _ => now(),
        };
        self.context
            .store
            .replace_manifest(self.run_id, self.slice, comparison, verified_at, now())
            .await
    }

    async fn end(&self, cursor: &Cursor, status: RunStatus) -> Result<(), StorageError> {
        let effort = self.spending.take();
        end(self.context, self.run_id, self.slice, effort, cursor.cut, status).await?;
        tracing::info!(run.id = self.run_id, slice = %self.slice, events = cursor.read, "slice synced");
        Ok(())
    }
}

/// Notes the end of a slice; if it was the last of its run, logs what the run came to.
pub(crate) async fn end(
    context: &Context,
    run_id: &str,
    slice: &Slice,
    effort: Effort,
    is_cut: bool,
    status: RunStatus,
) -> Result<(), StorageError> {
    let report = Report {
        effort,
        ..Report::default()
    };
    let progress = Progress {
        run_id,
        slice,
        step: "end",
        report: &report,
        is_cut,
        status,
        at: now(),
    };
    if let Some(run) = context.store.note_progress(&progress).await?.ended {
        log(&run);
    }
    Ok(())
}

fn log(run: &EndedRun) {
    let Report {
        counts,
        skipped,
        effort,
    } = &run.report;
    let reasons: Vec<_> = skipped
        .iter()
        .map(|(reason, events)| format!("{reason}: {events}"))
        .collect();
    tracing::info!(
        run.id = run.run_id,
        run.status = ?run.status,
        run.slices = run.slices,
        events.created = counts.created,
        events.updated = counts.updated,
        events.unchanged = counts.unchanged,
        events.skipped = counts.skipped,
        events.skipped_for = reasons.join(", "),
        events.failed = counts.failed,
        events.removed = counts.removed,
        calls = effort.calls,
        bytes = effort.bytes,
        milliseconds = effort.milliseconds,
        read_units = effort.read_units,
        write_units = effort.write_units,
        "sync run ended"
    );
}

fn now() -> DateTime<Utc> {
    Utc::now()
}
