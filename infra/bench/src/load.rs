//! Whether more events make reading dearer or slower.

mod copies;

use bytes::Bytes;
use chrono::{Datelike as _, Months, NaiveDate, TimeDelta, Utc};
use local::aws::Storage;
use tempfile::TempDir;

use self::copies::{DAYS, ORIGINALS, city, name};
use crate::cold::milliseconds;
use crate::error::BenchError;
use crate::executable::Executables;
use crate::group::{Bill, Group};
use crate::process::Process;
use crate::report::{Table, count, figure, times};
use crate::sample::{Sample, ratio};
use crate::world::{Setting, Way, World};

/// Calls before the first that counts.
const WARM_UP: usize = 5;

/// Prints what detail, browses and analytics cost and take among these numbers of events, measured in turns.
pub(crate) async fn measure(iterations: usize, sizes: &[u64]) -> Result<(), BenchError> {
    let executables = crate::executable::functions().await?;
    let mut places = Vec::new();
    for size in sizes {
        places.push(Place::of(size.div_ceil(ORIGINALS)).await?);
    }
    let mut table = Table::new(
        "Reading among ever more events (units by ReturnConsumedCapacity, medians of times taken in turns)",
        &["what", "events", "requests", "read units", "ms", "of the first"],
    );
    for read in reads() {
        let taken = read.take(&places, &executables, iterations).await?;
        for (place, (bill, sample)) in places.iter().zip(&taken) {
            table.row([
                read.what.to_owned(),
                count(place.events),
                bill.requests().to_string(),
                figure(bill.read()),
                figure(sample.median()),
                times(ratio(sample, &taken[0].1)),
            ]);
        }
    }
    table.print()
}

/// A world with so many events.
struct Place {
    world: World,
    events: u64,
    _tables: TempDir,
}

impl Place {
    async fn of(copies: u64) -> Result<Self, BenchError> {
        let tables = tempfile::tempdir().map_err(BenchError::io("no place for the tables"))?;
        let setting = Setting {
            // A million events with their indexes do not fit the memory of every machine.
            storage: Storage::Directory(tables.path().to_owned()),
            ..Setting::default()
        };
        let world = World::empty(setting).await?;
        copies::store(&world, copies).await?;
        Ok(Self {
            world,
            events: copies * ORIGINALS,
            _tables: tables,
        })
    }
}

/// A read that is compared.
struct Read {
    what: &'static str,
    package: &'static str,
    path: String,
    query: String,
}

fn reads() -> [Read; 4] {
    let read = |what, package, path, query| Read {
        what,
        package,
        path: format!("/external-events/{path}"),
        query,
    };
    let detail = format!("{}/", name(0).replacen('#', "/", 1));
    let today = Utc::now().date_naive();
    // A month that has a whole page also of the fewest events.
    let month = first_of_next_month(today);
    let end = today + TimeDelta::days(DAYS.cast_signed());
    let city = city(0).replace(' ', "%20");
    [
        read("detail", "detail", detail, String::new()),
        read(
            "browse of 50 by source",
            "detail",
            String::new(),
            format!("source=ticketmaster&date_from={month}"),
        ),
        read(
            "browse of 50 by city",
            "detail",
            String::new(),
            format!("city={city}&date_to={end}"),
        ),
        read("analytics", "analytics", "analytics/".to_owned(), String::new()),
    ]
}

fn first_of_next_month(today: NaiveDate) -> NaiveDate {
    today.with_day(1).unwrap_or(today) + Months::new(1)
}

impl Read {
    /// What it costs and takes at each place.
    async fn take(
        &self,
        places: &[Place],
        executables: &Executables,
        iterations: usize,
    ) -> Result<Vec<(Bill, Sample)>, BenchError> {
        let mut taken = Vec::new();
        let mut processes = Vec::new();
        for Place { world, .. } in places {
            let group = Group::start(world, executables, &[self.package]).await?;
            // The first has what the start costs among it.
            group.call(self.package, self.request(world)).await?;
            let bill = group.call(self.package, self.request(world)).await?;
            taken.push((bill, Sample::default()));
            let command = world.command(self.package, &executables.of(self.package), Way::Plain);
            processes.push(Process::start(self.package, command).await?);
        }
        for iteration in 0..iterations + WARM_UP {
            for ((place, process), (_, sample)) in places.iter().zip(&mut processes).zip(&mut taken) {
                let took = process.invoke(&self.request(&place.world)).await?;
                if iteration >= WARM_UP {
                    sample.add(milliseconds(took));
                }
            }
        }
        for process in processes {
            process.end().await?;
        }
        Ok(taken)
    }

    fn request(&self, world: &World) -> Bytes {
        world.request("GET", &self.path, &self.query)
    }
}
