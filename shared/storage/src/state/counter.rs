//! Counters, moved exactly once for each change: what each event is counted as is kept beside them.

mod marker;
pub mod reconcile;

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, TransactWriteItem, Update as UpdateAction};
use chrono::{DateTime, Utc};
use domain::tally::{Counted, Counter, Place, Step, Steps, add_change, is_import};
use domain::{EventKey, StoredEvent};
use serde::Deserialize;

use self::marker::{Marker, Over};
use super::import_failure::{self, ImportFailures};
use super::performance::Weeks;
use crate::error::StorageError;
use crate::retry::pauses;
use crate::store::Store;
use crate::transaction::{is_condition, is_conflict};
use crate::update::{Update, number, text};

/// Where all counters are, except those of places.
pub(super) const PARTITION: &str = "COUNTERS";

/// Where the counters of places are: there are as many as there are places with imports.
const PLACES: &str = "PLACES";

/// The sort key of the attempts to import that failed.
pub(super) const FAILURES: &str = "attempts";

/// The sort key of the number of transactions that moved counters, and of the imports among what they counted.
const MOVES: &str = "moves";

/// The most actions of one transaction.
const MAX_ACTIONS: usize = 100;

/// The most bytes of a sort key.
const MAX_SORT_KEY: usize = 1024;

/// Where a change stands among the changes of its event: later ones are greater.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangeOrder(String);

impl ChangeOrder {
    /// The place of the record with this number in this stream. A table that was restored has a new stream, whose ARN
    /// ends with a later time.
    ///
    /// Source: Amazon DynamoDB API reference, StreamRecord: a sequence number has 21 to 40 digits.
    pub fn new(stream_arn: &str, sequence_number: &str) -> Self {
        let label = stream_arn.rsplit('/').next().unwrap_or_default();
        Self(format!("{label}#{sequence_number:0>40}"))
    }
}

/// One change of one event, as the stream tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The event.
    pub key: EventKey,
    /// Its place among the event's changes.
    pub order: ChangeOrder,
    /// The event before; `None` if it is new.
    pub before: Option<StoredEvent>,
    /// The event after; `None` if it is gone.
    pub after: Option<StoredEvent>,
}

/// What became of a set of changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    /// Changes that moved counters, alone or together with later ones of the same event.
    pub counted: usize,
    /// Changes that had been counted before.
    pub repeated: usize,
    /// Changes that move no counter.
    pub unmoved: usize,
}

/// What analytics shows of the counters.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// All counters except those of places, each with its totals.
    pub counters: BTreeMap<Counter, Step>,
    /// How many imports were ever made.
    pub imports: u64,
    /// The attempts to import that failed.
    pub failures: ImportFailures,
    /// The calls of providers.
    pub calls: Weeks,
}

/// The changes of one event in a batch, as one.
struct Move<'a> {
    /// In their order.
    changes: Vec<&'a Change>,
    first: &'a Change,
    last: &'a Change,
    /// What the event is supposed to be counted as.
    before: Option<Counted>,
    after: Option<Counted>,
}

impl<'a> Move<'a> {
    /// What these changes make of an event that is counted as `before`; nothing if there are none.
    fn of(before: Option<Counted>, changes: Vec<&'a Change>) -> Option<Self> {
        let (first, last) = (*changes.first()?, *changes.last()?);
        Some(Self {
            first,
            last,
            before,
            after: counted(last.after.as_ref()),
            changes,
        })
    }

    fn steps(&self) -> Steps {
        let mut steps = Steps::new();
        add_change(&mut steps, self.before.as_ref(), self.after.as_ref());
        steps
    }

    fn imports(&self) -> usize {
        self.changes.iter().filter(|change| change.is_import()).count()
    }
}

impl Change {
    fn is_import(&self) -> bool {
        is_import(self.before.as_ref(), self.after.as_ref())
    }

    /// Whether there is anything to count about it.
    fn is_moving(&self) -> bool {
        counted(self.before.as_ref()) != counted(self.after.as_ref()) || self.is_import()
    }
}

fn counted(stored: Option<&StoredEvent>) -> Option<Counted> {
    stored.map(Counted::of)
}

impl Store {
    /// What analytics shows of the counters: one query, however many events there are.
    pub async fn figures(&self) -> Result<Figures, StorageError> {
        let items = self.state_partition(PARTITION, "reading counters").await?;
        read_figures(items)
    }

    /// The places with most imports, and their numbers: one query of `limit` small items.
    pub async fn top_places(&self, limit: u32) -> Result<Vec<(Place, u64)>, StorageError> {
        let answer = self
            .client
            .query()
            .table_name(&self.tables.state)
            .index_name("by_rank")
            .key_condition_expression("ranking = :places AND imported > :none")
            .expression_attribute_values(":places", text(PLACES))
            .expression_attribute_values(":none", number(0))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|error| StorageError::of("reading places", error))?;
        let items = answer.items.unwrap_or_default().into_iter();
        let places = items.map(|item| match place(item)? {
            (Counter::City(place), total) => Ok(Some((place, total.imported.unsigned_abs()))),
            _ => Ok(None),
        });
        places.filter_map(Result::transpose).collect()
    }

    /// Every counter that is not zero, also of places, as they are at this instant: for whoever compares them with the
    /// table.
    pub async fn counters(&self) -> Result<Steps, StorageError> {
        let items = self.state_partition_now(PARTITION, "reading counters").await?;
        let mut counters = read_figures(items)?.counters;
        for item in self.state_partition_now(PLACES, "reading places").await? {
            let (counter, total) = place(item)?;
            counters.insert(counter, total);
        }
        counters.retain(|_, total| *total != Step::default());
        Ok(counters)
    }

    /// Moves the counters by `changes`, each exactly once however often, in whatever batches and in whatever order they
    /// are delivered within two days of `now`.
    ///
    /// Beside the counters the store keeps what each event is counted as, and by which change. Both move in one
    /// transaction, whose condition is what the event was counted as, and that by an earlier change than any of these: who
    /// finds it otherwise starts from there.
    pub async fn apply_changes(
        &self,
        changes: &[Change],
        now: DateTime<Utc>,
    ) -> Result<Applied, StorageError> {
        let mut applied = Applied::default();
        let moves = moves(changes, &mut applied);
        let mut chunk: Vec<Move<'_>> = Vec::new();
        let mut touched = Steps::new();
        for one in moves {
            let steps = one.steps();
            touched.extend(steps.clone());
            // One for each event, one for each counter, one for the number of moves.
            if chunk.len() + 1 + touched.len() + 1 > MAX_ACTIONS {
                self.apply_chunk(std::mem::take(&mut chunk), now, &mut applied)
                    .await?;
                touched = steps;
            }
            chunk.push(one);
        }
        self.apply_chunk(chunk, now, &mut applied).await?;
        Ok(applied)
    }

    /// Applies moves that fit one transaction, less those that were applied before.
    async fn apply_chunk(
        &self,
        mut moves: Vec<Move<'_>>,
        now: DateTime<Utc>,
        applied: &mut Applied,
    ) -> Result<(), StorageError> {
        let mut pauses = pauses();
        while !moves.is_empty() {
            let actions = self.actions(&moves, now)?;
            if actions.len() > MAX_ACTIONS {
                // Events that are counted otherwise than was supposed move more counters.
                let rest = moves.split_off(moves.len() / 2);
                Box::pin(self.apply_chunk(rest, now, applied)).await?;
                continue;
            }
            let answer = self
                .client
                .transact_write_items()
                .set_transact_items(Some(actions))
                .send()
                .await;
            let Err(error) = answer else {
                applied.counted += moves.iter().map(|one| one.changes.len()).sum::<usize>();
                break;
            };
            let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
                error.as_service_error()
            else {
                return Err(StorageError::of("moving counters", error));
            };
            let reasons = cancelled.cancellation_reasons();
            let pause = pauses
                .next()
                .ok_or_else(|| StorageError::contended("moving counters"))?;
            if reasons.iter().any(is_condition) {
                moves = corrected(moves, reasons, applied)?;
            } else if reasons.iter().any(is_conflict) {
                tokio::time::sleep(pause).await;
            } else {
                return Err(StorageError::of("moving counters", error));
            }
        }
        Ok(())
    }

    /// The actions of one transaction, the markers first, in the order of the moves.
    fn actions(
        &self,
        moves: &[Move<'_>],
        now: DateTime<Utc>,
    ) -> Result<Vec<TransactWriteItem>, StorageError> {
        let mut actions = moves
            .iter()
            .map(|one| {
                self.put_marker(
                    &one.last.key,
                    Over::Earlier(&one.first.order, one.before.as_ref()),
                    &Marker::new(&one.last.order, one.after.clone()),
                    now,
                )
            })
            .collect::<Result<Vec<_>, _>>()?;
        let mut totals = Steps::new();
        for (counter, step) in moves.iter().flat_map(Move::steps) {
            let total = totals.entry(counter).or_default();
            total.events += step.events;
            total.imported += step.imported;
        }
        totals.retain(|_, total| *total != Step::default());
        for (counter, total) in &totals {
            actions.push(self.step(counter, *total)?);
        }
        let imports = moves.iter().map(Move::imports).sum();
        actions.push(self.one_more_move(None, imports)?);
        Ok(actions)
    }

    /// Counts a transaction that moves counters, and the imports that it counts; one that names `moves` fails unless it is
    /// the next after as many.
    fn one_more_move(&self, moves: Option<u64>, imports: usize) -> Result<TransactWriteItem, StorageError> {
        let update = Update::default()
            .add("moves", number(1))
            .add("imports", number(imports));
        let update = match moves {
            None => update,
            Some(0) => update.only_if("attribute_not_exists(#moves)"),
            Some(moves) => update.only_if("#moves = :made").value("made", number(moves)),
        };
        self.counter_action(super::key(PARTITION, MOVES), &update)
    }

    fn step(&self, counter: &Counter, total: Step) -> Result<TransactWriteItem, StorageError> {
        let update = Update::default()
            .add("events", number(total.events))
            .add("imported", number(total.imported));
        let update = match counter {
            Counter::City(place) => update
                .set_once("city", text(&place.city))
                .set("ranking", text(PLACES)),
            _ => update,
        };
        self.counter_action(key(counter), &update)
    }

    fn counter_action(&self, key: super::Item, update: &Update) -> Result<TransactWriteItem, StorageError> {
        let action = UpdateAction::builder()
            .table_name(&self.tables.state)
            .set_key(Some(key))
            .set_update_expression(update.expression())
            .set_condition_expression(update.condition())
            .set_expression_attribute_names(update.names())
            .set_expression_attribute_values(update.values())
            .build()
            .map_err(|error| StorageError::unwritable("counter", error))?;
        Ok(TransactWriteItem::builder().update(action).build())
    }
}

/// The counters of the partition that has all but those of places.
fn read_figures(items: Vec<super::Item>) -> Result<Figures, StorageError> {
    let mut figures = Figures::default();
    for mut item in items {
        let sort_key = item.remove("sk");
        match sort_key
            .as_ref()
            .and_then(|key| key.as_s().ok())
            .map(String::as_str)
        {
            Some(FAILURES) => figures.failures = import_failure::read(&item),
            Some(MOVES) => figures.imports = import_failure::count(&item, "imports"),
            Some(name) => {
                figures.calls.read(name, &item);
                // A counter of a kind that is no longer kept counts for nothing.
                if let Ok(counter) = name.parse() {
                    figures.counters.insert(counter, super::read("counter", item)?);
                }
            }
            None => {}
        }
    }
    figures.counters.retain(|_, total| *total != Step::default());
    Ok(figures)
}

/// One move for each event, from what it was before its first change to what it is after its last. An event whose
/// changes move nothing is left out.
fn moves<'a>(changes: &'a [Change], applied: &mut Applied) -> Vec<Move<'a>> {
    let mut by_event: HashMap<&EventKey, Vec<&Change>> = HashMap::new();
    let mut events = Vec::new();
    for change in changes {
        let of_event = by_event.entry(&change.key).or_default();
        if of_event.is_empty() {
            events.push(&change.key);
        }
        of_event.push(change);
    }
    let mut moves = Vec::new();
    for key in events {
        let mut changes = by_event.remove(key).unwrap_or_default();
        changes.sort_by_key(|change| &change.order);
        let told = changes.len();
        changes.dedup_by_key(|change| &change.order);
        applied.repeated += told - changes.len();
        let before = changes.first().and_then(|first| counted(first.before.as_ref()));
        let told = changes.len();
        changes.retain(|change| change.is_moving());
        applied.unmoved += told - changes.len();
        moves.extend(Move::of(before, changes));
    }
    moves
}

/// The moves from what their events are counted as in truth, less those that were made before.
fn corrected<'a>(
    moves: Vec<Move<'a>>,
    reasons: &[CancellationReason],
    applied: &mut Applied,
) -> Result<Vec<Move<'a>>, StorageError> {
    let mut reasons = reasons.iter();
    let mut corrected = Vec::new();
    for one in moves {
        let Some(refusal) = reasons.next().filter(|reason| is_condition(reason)) else {
            corrected.push(one);
            continue;
        };
        let marker = match refusal.item() {
            Some(item) if !item.is_empty() => Some(Marker::read(item.clone())?),
            _ => None,
        };
        let told = one.changes.len();
        let mut changes = one.changes;
        changes.retain(|change| !marker.as_ref().is_some_and(|marker| marker.is_at(&change.order)));
        applied.repeated += told - changes.len();
        corrected.extend(Move::of(marker.and_then(Marker::into_counted), changes));
    }
    Ok(corrected)
}

/// The counter of a place.
fn place(item: super::Item) -> Result<(Counter, Step), StorageError> {
    #[derive(Deserialize)]
    struct PlaceItem {
        sk: String,
        city: String,
        #[serde(flatten)]
        total: Step,
    }
    let PlaceItem { sk, city, total } = super::read("counter", item)?;
    match sk.parse() {
        Ok(Counter::City(place)) => Ok((Counter::City(place.spelt(city)), total)),
        _ => Err(StorageError::unreadable("counter", "it is of no place")),
    }
}

/// The key of a counter, cut to what a sort key holds: a provider's city can have any length.
fn key(counter: &Counter) -> super::Item {
    let mut name = counter.to_string();
    name.truncate(name.floor_char_boundary(MAX_SORT_KEY));
    let partition = match counter {
        Counter::City(_) => PLACES,
        _ => PARTITION,
    };
    super::key(partition, name)
}
