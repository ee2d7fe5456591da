//! Lambda’s event source mappings: queues and streams whose records become invocations.

mod batch;
mod filter;
mod position;
mod queue;
mod stream;

pub use self::{
    filter::{Filter, FilterError},
    position::{Position, PositionError},
    queue::QueuePoller,
    stream::{StreamError, StreamPoller},
};
