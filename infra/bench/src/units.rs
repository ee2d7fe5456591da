//! What each operation costs in DynamoDB's units, and how large the items are that it is about.

use std::time::Duration;

use chrono::{SubsecRound as _, TimeDelta, Utc};
use domain::browse::BrowseQuery;
use domain::performance::{Calls, Performance};
use domain::{ExternalEvent, Source, Start};
use dynoxide::types::item_size;
use serde_json::json;
use testkit::full_event;

use crate::engine;
use crate::error::BenchError;
use crate::executable::Executables;
use crate::group::{Bill, Group};
use crate::imitation::Imitation;
use crate::report::{Table, count, figure};
use crate::sync::{self, SYNCING, for_thousand};
use crate::world::{World, tables};

/// How many events are stored: more than a page of a browse.
const EVENTS: u64 = 200;

/// How many of them are imported: more than analytics shows.
const IMPORTS: u64 = 20;

/// Longer than a process takes what it read of the syncs for what there is.
const A_WHILE: Duration = Duration::from_secs(6);

/// The functions behind the API.
const API: [&str; 3] = ["detail", "import", "analytics"];

/// Prints the units of each operation beside its goal, and the bytes of an event of full size.
pub(crate) async fn measure() -> Result<(), BenchError> {
    let executables = crate::executable::functions().await?;
    let mut bills = Bills {
        totals: Table::new(
            "Request units (ReturnConsumedCapacity) of the functions' requests",
            &["what", "goal", "requests", "read", "write"],
        ),
        parts: Table::new("What they are for", &["what", "operation", "units"]),
    };
    let world = World::empty(sync::setting(1)).await?;
    store_events(&world).await?;
    of_the_api(&world, &executables, &mut bills).await?;
    let sizes = sizes(&world)?;
    let world = World::empty(sync::setting(1)).await?;
    of_a_sync(&world, &executables, &mut bills).await?;
    bills.totals.print()?;
    bills.parts.print()?;
    sizes.print()
}

/// One of the stored events, of full size, an hour after the one before.
fn event(number: u64) -> ExternalEvent {
    let hours = TimeDelta::hours(24 + i64::try_from(number).unwrap_or_default());
    // In whole seconds, as providers have it.
    let start = Utc::now().trunc_subsecs(0) + hours;
    full_event(&path_and_key(number).1)
        .with(|event| event.start = Start::exact(start, event.timezone))
        .build()
}

/// Where an event is in the API, and its key.
fn path_and_key(number: u64) -> (String, String) {
    let id = format!("vvG1zZ9{number:06}xY");
    (
        format!("/external-events/ticketmaster/{id}/"),
        format!("ticketmaster#{id}"),
    )
}

async fn store_events(world: &World) -> Result<(), BenchError> {
    let events: Vec<_> = (0..EVENTS).map(event).collect();
    let stored = world.store.record(&events, Utc::now()).await;
    stored.map(drop).map_err(BenchError::measured("storing events"))
}

async fn of_the_api(world: &World, executables: &Executables, bills: &mut Bills) -> Result<(), BenchError> {
    let group = Group::start(world, executables, &API).await?;
    let get = |path: &str, query: &str| world.request("GET", path, query);
    let (detail, _) = path_and_key(150);
    for package in API {
        // Not a route: no answer costs less, so this is the start of its process.
        group.invoke(package, get("/external-events/none/", "")).await?;
        bills.add(
            &format!("start of {package}"),
            "one cheap read",
            &group.take_bill(),
        );
    }
    let read = group.call("detail", get(&detail, "")).await?;
    bills.add("detail of a stored event", "0.5 read", &read);
    let query = "source=ticketmaster&page_size=50";
    let browse = group.call("detail", get("/external-events/", query)).await?;
    bills.add("browse of 50 events", "at most 8 read", &browse);
    for number in 0..IMPORTS {
        let path = format!("{}import/", path_and_key(number).0);
        let import = group.call("import", world.request("POST", &path, "")).await?;
        match number {
            0 => bills.add("import that reserves ids for 20", "", &import),
            1 => bills.add("import of a stored event", "the transaction", &import),
            _ => {}
        }
    }
    count_everything(world, executables).await?;
    tokio::time::sleep(A_WHILE).await;
    let read = group.call("detail", get(&detail, "")).await?;
    bills.add("detail, the first for five seconds", "", &read);
    for what in ["analytics, the first for five seconds", "analytics"] {
        let analytics = group
            .call("analytics", get("/external-events/analytics/", ""))
            .await?;
        bills.add(what, "at most 2 read", &analytics);
    }
    Ok(())
}

/// Counts what was stored and imported, and two weeks of calls to every provider: of every latency up to ten seconds.
async fn count_everything(world: &World, executables: &Executables) -> Result<(), BenchError> {
    let tally = Group::start(world, executables, &["tally"]).await?;
    tally.settled().await;
    let mut performance = Performance {
        failed: 10,
        rate_limited: 10,
        ..Performance::default()
    };
    for ms in 20..10_000 {
        performance.latencies.record(Duration::from_millis(ms));
    }
    let calls: Calls = Source::ALL.map(|source| (source, performance.clone())).into();
    for at in [Utc::now(), Utc::now() - TimeDelta::weeks(1)] {
        let noted = world.store.note_calls(&calls, at).await;
        noted.map_err(BenchError::measured("noting calls"))?;
    }
    Ok(())
}

async fn of_a_sync(world: &World, executables: &Executables, bills: &mut Bills) -> Result<(), BenchError> {
    let group = Group::start(world, executables, &SYNCING).await?;
    let sources = ["ticketmaster", "seatgeek"];
    let names = tables(&world.stack);
    sync::run(world, &group, &sources).await?;
    let unchanged = sync::run(world, &group, &sources).await?;
    let what = format!("sync of {} unchanged events", count(unchanged.events));
    bills.add(&what, "no write on events", &unchanged.bill);
    bills.figures(
        "reads of 1,000 of them, and writes on events",
        "at most 5, and 0",
        String::new(),
        [
            for_thousand(unchanged.bill.read(), unchanged.events),
            unchanged.bill.written_to(&names.events),
        ],
    );
    let changed = an_event(world).await?;
    let imitation = Imitation::new(&world.sandbox);
    imitation
        .rename("ticketmaster", &changed, "A Changed Evening of Invented Music")
        .await?;
    let changed = sync::run(world, &group, &sources).await?;
    bills.add(
        "sync with one changed event",
        "one write and its indexes",
        &changed.bill,
    );
    Ok(())
}

/// The id of an event that a sync stored.
async fn an_event(world: &World) -> Result<String, BenchError> {
    let now = Utc::now();
    let query = BrowseQuery {
        source: Some(Source::Ticketmaster),
        city: None,
        category: None,
        from: now + TimeDelta::days(2),
        to: now + TimeDelta::days(30),
        status: None,
        imported: None,
        page_size: 1,
        page_token: None,
    };
    let page = world.store.browse(&query, None).await;
    let page = page.map_err(BenchError::measured("browsing"))?;
    let id = page.events.first().map(|stored| stored.event.key.id.to_string());
    Ok(id.unwrap_or_default())
}

/// What was measured.
struct Bills {
    totals: Table,
    parts: Table,
}

impl Bills {
    fn add(&mut self, what: &str, goal: &str, bill: &Bill) {
        let requests = bill.requests().to_string();
        self.figures(what, goal, requests, [bill.read(), bill.written()]);
        for (operation, units) in bill.operations() {
            self.parts.row([what.to_owned(), operation.to_owned(), units]);
        }
    }

    fn figures(&mut self, what: &str, goal: &str, requests: String, units: [f64; 2]) {
        let [read, written] = units.map(figure);
        self.totals
            .row([what.to_owned(), goal.to_owned(), requests, read, written]);
    }
}

/// The bytes of an event of full size, in the table and in each index, before it is imported and after.
fn sizes(world: &World) -> Result<Table, BenchError> {
    let mut table = Table::new(
        "Bytes of an event of full size, as DynamoDB counts them",
        &["where", "stored", "write units", "imported", "write units"],
    );
    let [stored, imported] = [EVENTS - 1, 0].map(|number| bytes(world, &path_and_key(number).1));
    for ((place, stored), (_, imported)) in stored?.into_iter().zip(imported?) {
        let cells = [stored, imported].map(|bytes| match bytes {
            0 => [String::new(), String::new()],
            bytes => [count(bytes as u64), bytes.div_ceil(1024).to_string()],
        });
        let cells = cells.into_iter().flatten();
        table.row(std::iter::once(place.to_owned()).chain(cells));
    }
    Ok(table)
}

/// The bytes of an event in the table and in each index; 0 where it is not.
fn bytes(world: &World, key: &str) -> Result<Vec<(&'static str, usize)>, BenchError> {
    let events = tables(&world.stack).events;
    let database = world.aws.database();
    let request = json!({"TableName": events, "Key": {"event_key": {"S": key}}});
    let item = database.get_item(engine::request(request)?);
    let item = item.map_err(BenchError::measured("reading an event"))?.item;
    let item = item.unwrap_or_default();
    let mut bytes = vec![("the item", item_size(&item))];
    for (index, partition) in [
        ("by_source", "source_month"),
        ("by_city", "city_key"),
        ("by_category", "category_month"),
        ("by_import", "import_month"),
    ] {
        let Some(value) = item.get(partition) else {
            bytes.push((index, 0));
            continue;
        };
        let request = json!({
            "TableName": events,
            "IndexName": index,
            "KeyConditionExpression": "#partition = :partition",
            "FilterExpression": "event_key = :key",
            "ExpressionAttributeNames": {"#partition": partition},
            "ExpressionAttributeValues": {":partition": value, ":key": {"S": key}},
        });
        let entries = database.query(engine::request(request)?);
        let entries = entries.map_err(BenchError::measured("reading an index"))?.items;
        let entry = entries.unwrap_or_default().pop();
        bytes.push((index, entry.as_ref().map_or(0, item_size)));
    }
    Ok(bytes)
}
