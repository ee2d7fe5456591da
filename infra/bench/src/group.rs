//! Functions as the template wires them to queues and streams, behind a meter of their own.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use local::StartError;
use local::console::Console;
use local::runtime::{InvokeError, Runtime, request_id};
use local::start::wiring::{Consumer, Wiring};
use local::template::EventSource;
use serde_json::Value;
use testkit::proxy::{Charge, Proxy};
use tokio::task::JoinSet;

use crate::error::BenchError;
use crate::executable::Executables;
use crate::world::{World, host};

/// How often it is looked whether anything is under way.
const POLL: Duration = Duration::from_millis(2);

/// Some functions, running. They end when this is dropped.
pub(crate) struct Group<'a> {
    world: &'a World,
    runtime: Arc<Runtime>,
    meter: Proxy,
    /// What invokes them.
    consumers: Vec<Consumer>,
    _tasks: JoinSet<()>,
}

impl<'a> Group<'a> {
    /// Starts the functions of `packages` with their queues and streams; calls and schedules are ours.
    pub(crate) async fn start(
        world: &'a World,
        executables: &Executables,
        packages: &[&str],
    ) -> Result<Self, BenchError> {
        let mut stack = world.stack.clone();
        stack
            .functions
            .retain(|function| packages.contains(&function.binary.as_str()));
        for function in &mut stack.functions {
            function
                .sources
                .retain(|source| !matches!(source, EventSource::Schedule(_)));
        }
        let paths: BTreeMap<_, _> = packages
            .iter()
            .map(|&package| (package.to_owned(), executables.of(package)))
            .collect();
        let meter = Proxy::before(&world.endpoint, |_, _| None).await;
        let host = host(&meter.endpoint_url, Console::to(io::sink()));
        let runtime = Runtime::new(&stack.functions, &paths, &host);
        let runtime = Arc::new(runtime.map_err(StartError::from)?);
        let wiring = Wiring {
            stack: &stack,
            aws: &world.aws,
            runtime: &runtime,
            place: &host.place,
            console: &host.console,
            positions: None,
        };
        let mut tasks = JoinSet::new();
        Ok(Self {
            consumers: wiring.connect(&mut tasks)?,
            world,
            runtime,
            meter,
            _tasks: tasks,
        })
    }

    /// Invokes the function of `package`.
    pub(crate) async fn invoke(&self, package: &str, event: Bytes) -> Result<Value, BenchError> {
        let function = self
            .world
            .function_of(package)
            .map_or(package, |function| &function.logical_id);
        let answer = self.runtime.invoke(function, &request_id(), event).await;
        let answer = answer.map_err(|error: InvokeError| BenchError::Function {
            function: package.to_owned(),
            fault: error.to_string(),
        })?;
        Ok(serde_json::from_slice(&answer).unwrap_or_default())
    }

    /// Has the function of `package` answer a request of the API; what that costs, if it succeeds.
    pub(crate) async fn call(&self, package: &str, request: Bytes) -> Result<Bill, BenchError> {
        drop(self.take_bill());
        let answer = self.invoke(package, request).await?;
        match answer["statusCode"].as_u64() {
            Some(200 | 201) => Ok(self.take_bill()),
            _ => Err(BenchError::Function {
                function: package.to_owned(),
                fault: answer.to_string(),
            }),
        }
    }

    /// Waits until nothing is under way.
    pub(crate) async fn settled(&self) {
        let is_settled = |consumer: &Consumer| consumer.is_settled(&self.world.aws);
        while !self.consumers.iter().all(is_settled) {
            tokio::time::sleep(POLL).await;
        }
    }

    /// What their requests to DynamoDB since the last call cost.
    pub(crate) fn take_bill(&self) -> Bill {
        Bill(self.meter.take_charges())
    }
}

/// What requests to DynamoDB cost.
#[derive(Debug, Clone)]
pub(crate) struct Bill(Vec<Charge>);

impl Bill {
    /// How many requests it is of.
    pub(crate) fn requests(&self) -> usize {
        self.0.len()
    }

    /// Read units.
    pub(crate) fn read(&self) -> f64 {
        self.sum(|charge, _| charge.is_read())
    }

    /// Write units.
    pub(crate) fn written(&self) -> f64 {
        self.sum(|charge, _| !charge.is_read())
    }

    /// Write units on a table and its indexes.
    pub(crate) fn written_to(&self, table: &str) -> f64 {
        self.sum(|charge, part| !charge.is_read() && part.split('/').next() == Some(table))
    }

    /// The operations, and what each took of each table and index: `ExternalEventsTable 3 + by_city 1`.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (&str, String)> {
        let mut operations: BTreeMap<&str, BTreeMap<&str, f64>> = BTreeMap::new();
        for charge in &self.0 {
            let parts = operations.entry(&charge.operation).or_default();
            for (part, units) in &charge.units {
                *parts.entry(part).or_default() += units;
            }
        }
        operations.into_iter().map(|(operation, parts)| {
            let parts = parts
                .iter()
                .map(|(part, units)| format!("{} {units}", shown(part)));
            (operation, parts.collect::<Vec<_>>().join(" + "))
        })
    }

    fn sum(&self, of: impl Fn(&Charge, &str) -> bool) -> f64 {
        let parts = self.0.iter().flat_map(|charge| {
            let units = charge.units.iter();
            units.map(move |(part, units)| (charge, part, units))
        });
        parts
            .filter(|(charge, part, _)| of(charge, part))
            .fold(0.0, |sum, (_, _, units)| sum + units)
    }
}

/// An index by its name, a table by the part of its name that is its own.
fn shown(part: &str) -> &str {
    match part.split_once('/') {
        Some((_, index)) => index,
        None => part.rsplit('-').next().unwrap_or(part),
    }
}
