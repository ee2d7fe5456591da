//! Many events, of which the store has seen a thousand.
//!
//! These are stored, imported and counted as always. What that leaves in the tables is multiplied in the engine: every
//! copy has ids, cities and times of its own, put in the place of names that the originals have for it, so that the
//! layout of keys stays the store's business.

use chrono::{NaiveTime, TimeDelta, Utc};
use domain::import::ImportOverrides;
use domain::{ExternalEvent, Start, StoredEvent};
use serde_json::Value;
use storage::{Basis, Change, ChangeOrder, NewImport};
use testkit::{full_event, key};

use crate::engine;
use crate::error::BenchError;
use crate::progress::Progress;
use crate::report::count;
use crate::world::{World, tables};

/// The events that are stored as always.
pub(super) const ORIGINALS: u64 = 1_000;
/// Every how many of them one is imported.
const IMPORT_EVERY: usize = 100;
/// How many cities there are to a thousand events.
const CITIES: u64 = 10;
/// Over how many days they are spread: about as far ahead as providers announce.
pub(super) const DAYS: u64 = 500;
/// What the number of a copy takes the place of.
const MARK: &str = "C0000000";
/// When all originals begin; what the times of copies take the place of.
const TIME: &str = "T19:00:00Z";

/// Stores the originals, and copies of them until there are `copies` in all.
pub(super) async fn store(world: &World, copies: u64) -> Result<(), BenchError> {
    originals(world).await?;
    tokio::task::block_in_place(|| multiply(world, copies))
}

/// The key of an original.
pub(super) fn name(number: u64) -> String {
    format!("ticketmaster#vvG1zZ{MARK}n{number:04}")
}

/// Its city.
pub(super) fn city(number: u64) -> String {
    format!("Invented {} {MARK}", number % CITIES)
}

fn original(number: u64) -> ExternalEvent {
    let days = TimeDelta::days(1 + i64::try_from(number * DAYS / ORIGINALS).unwrap_or_default());
    let day = (Utc::now() + days).date_naive();
    let seven = NaiveTime::from_hms_opt(19, 0, 0).unwrap_or_default();
    full_event(&name(number))
        .city(&city(number))
        .with(|event| event.start = Start::exact(day.and_time(seven).and_utc(), event.timezone))
        .build()
}

/// Stores, imports and counts the originals.
async fn originals(world: &World) -> Result<(), BenchError> {
    let failed = || BenchError::measured("storing events");
    let (store, now) = (&world.store, Utc::now());
    let events: Vec<_> = (0..ORIGINALS).map(original).collect();
    store.record(&events, now).await.map_err(failed())?;
    let keys: Vec<_> = events.into_iter().map(|event| event.key).collect();
    let stored = store.events(&keys).await.map_err(failed())?;
    for number in (0..ORIGINALS).step_by(IMPORT_EVERY) {
        if let Some(stored) = stored.get(&key(&name(number))) {
            import(world, stored).await?;
        }
    }
    let stored = store.events(&keys).await.map_err(failed())?;
    let changes: Vec<_> = stored
        .into_iter()
        .map(|(key, stored)| Change {
            key,
            order: ChangeOrder::new("stream/bench", "1"),
            before: None,
            after: Some(stored),
        })
        .collect();
    let counted = store.apply_changes(&changes, now).await;
    counted.map(drop).map_err(failed())
}

/// Copies what the originals left in the tables; totals, which name no original, become those of all.
fn multiply(world: &World, copies: u64) -> Result<(), BenchError> {
    let failed = || BenchError::measured("loading events");
    let tables = tables(&world.stack);
    let database = world.aws.database();
    let (small, totals): (Vec<_>, Vec<_>) = engine::items(database, &tables.state)?
        .into_iter()
        .partition(|item| item.to_string().to_lowercase().contains(&MARK.to_lowercase()));
    let events = engine::items(database, &tables.events)?;
    let originals = [
        (&tables.events, Value::Array(events).to_string()),
        (&tables.state, Value::Array(small).to_string()),
    ];
    let mut progress = Progress::new(format!("{} events", count(copies * ORIGINALS)), copies);
    database.enable_bulk_loading().map_err(failed())?;
    for number in 1..copies {
        for (table, items) in &originals {
            engine::import(database, table, &copy(items, number))?;
        }
        progress.show(number + 1);
    }
    let totals: Value = totals.iter().map(|total| multiplied(total, copies)).collect();
    engine::import(database, &tables.state, &totals.to_string())?;
    database.disable_bulk_loading().map_err(failed())
}

/// Makes a stored event one of the platform's own.
async fn import(world: &World, stored: &StoredEvent) -> Result<(), BenchError> {
    let now = Utc::now();
    let draft = domain::import::draft(&stored.event, &ImportOverrides::default(), now);
    let Ok(draft) = draft else {
        return Ok(());
    };
    let import = NewImport {
        basis: Basis::Stored(stored),
        draft,
        created_by: "7".to_owned(),
        now,
        request: None,
    };
    let imported = world.store.import(import).await;
    imported
        .map(drop)
        .map_err(BenchError::measured("importing events"))
}

/// The items of a copy: with ids and cities of its own, and starting at a time of its own.
fn copy(items: &str, copy: u64) -> String {
    let mark = format!("C{copy:07}");
    let time = format!("T19:{:02}:{:02}Z", copy / 60 % 60, copy % 60);
    items
        .replace(MARK, &mark)
        .replace(&MARK.to_lowercase(), &mark.to_lowercase())
        .replace(TIME, &time)
}

/// A total of so many copies.
fn multiplied(total: &Value, copies: u64) -> Value {
    let mut total = total.clone();
    for attribute in ["events", "imported"] {
        let number = total[attribute]["N"]
            .as_str()
            .and_then(|number| number.parse::<u64>().ok());
        if let Some(number) = number {
            total[attribute]["N"] = (number * copies).to_string().into();
        }
    }
    total
}
