//! Connects each function with the schedules, queues and streams that invoke it.

use std::{path::PathBuf, sync::Arc};

use tokio::task::JoinSet;

use super::StartError;
use crate::{
    aws::{Aws, sqs::Depth},
    console::Console,
    event_source::{Filter, Position, QueuePoller, StreamPoller},
    runtime::Runtime,
    schedule::{self, Place},
    template::{EventSource, Function, QueueSource, Stack, StreamSource},
};

/// What a connection is made from.
pub struct Wiring<'a> {
    /// The functions, and what they are connected with.
    pub stack: &'a Stack,
    /// The emulated AWS services.
    pub aws: &'a Aws,
    /// The functions, ready to be invoked.
    pub runtime: &'a Arc<Runtime>,
    /// The region and account that events name.
    pub place: &'a Place,
    /// Where trouble is told.
    pub console: &'a Console,
    /// The directory that keeps stream positions, if anything is kept.
    pub positions: Option<PathBuf>,
}

/// What is consumed, to be asked whether everything is done.
pub enum Consumer {
    /// A queue by its name.
    Queue(String),
    /// A table’s stream by the table’s name.
    Stream(String, Arc<Position>),
}

impl Consumer {
    /// Whether nothing waits and nothing is under way.
    pub fn is_settled(&self, aws: &Aws) -> bool {
        match self {
            Self::Queue(name) => aws
                .queues()
                .depth(name)
                .is_ok_and(|depth| depth == Depth::default()),
            Self::Stream(table, position) => {
                StreamPoller::is_drained(aws.database(), table, position).unwrap_or(false)
            }
        }
    }
}

impl Wiring<'_> {
    /// Spawns everything that invokes functions by itself; what of it consumes something.
    pub fn connect(&self, tasks: &mut JoinSet<()>) -> Result<Vec<Consumer>, StartError> {
        let mut consumers = Vec::new();
        for function in &self.stack.functions {
            for source in &function.sources {
                match source {
                    EventSource::HttpRoute(_) => {}
                    EventSource::Schedule(schedule) if !schedule.enabled => {}
                    EventSource::Schedule(schedule) => {
                        let runtime = Arc::clone(self.runtime);
                        let place = self.place.clone();
                        tasks.spawn(schedule::run(runtime, function.clone(), schedule.clone(), place));
                    }
                    EventSource::Queue(source) => {
                        let poller = self.queue_poller(function, source)?;
                        consumers.push(Consumer::Queue(poller.queue.name.clone()));
                        tasks.spawn(poller.run());
                    }
                    EventSource::Stream(source) => {
                        let poller = self.stream_poller(function, source)?;
                        consumers.push(Consumer::Stream(
                            poller.table.clone(),
                            Arc::clone(&poller.position),
                        ));
                        tasks.spawn(poller.run());
                    }
                }
            }
        }
        Ok(consumers)
    }

    fn queue_poller(&self, function: &Function, source: &QueueSource) -> Result<QueuePoller, StartError> {
        let queue = self
            .stack
            .queue(&source.queue)
            .ok_or_else(|| unknown(function, &source.queue))?;
        Ok(QueuePoller {
            runtime: Arc::clone(self.runtime),
            queues: Arc::clone(self.aws.queues()),
            function: function.clone(),
            source: source.clone(),
            queue: queue.clone(),
            region: self.place.region.clone(),
            console: self.console.clone(),
        })
    }

    fn stream_poller(&self, function: &Function, source: &StreamSource) -> Result<StreamPoller, StartError> {
        let table = self
            .stack
            .table(&source.table)
            .ok_or_else(|| unknown(function, &source.table))?;
        let on_failure_queue = source.on_failure_queue.as_ref().map(|queue| {
            let queue = self.stack.queue(queue).ok_or_else(|| unknown(function, queue))?;
            Ok::<_, StartError>(queue.name.clone())
        });
        let position = match &self.positions {
            Some(directory) => {
                Position::open(&directory.join(format!("{}-{}", function.logical_id, table.logical_id)))?
            }
            None => Position::memory(),
        };
        Ok(StreamPoller {
            runtime: Arc::clone(self.runtime),
            database: self.aws.database().clone(),
            queues: Arc::clone(self.aws.queues()),
            function: function.clone(),
            filters: source
                .filters
                .iter()
                .map(Filter::parse)
                .collect::<Result<_, _>>()?,
            source: source.clone(),
            table: table.name.clone(),
            on_failure_queue: on_failure_queue.transpose()?,
            position: Arc::new(position),
            place: self.place.clone(),
            console: self.console.clone(),
        })
    }
}

fn unknown(function: &Function, resource: &str) -> StartError {
    StartError::UnknownSource {
        function: function.logical_id.clone(),
        resource: resource.to_owned(),
    }
}
