//! What the work on a slice takes.

use std::cell::Cell;
use std::time::Instant;

use domain::sync::Effort;

use crate::context::Context;

/// Measures one job's work.
pub(crate) struct Spending<'a> {
    context: &'a Context,
    since: Cell<Instant>,
}

impl<'a> Spending<'a> {
    /// From now on. Jobs follow each other in a process, so what the last one left is not this one's.
    pub(crate) fn begin(context: &'a Context) -> Self {
        let spending = Self {
            context,
            since: Cell::new(Instant::now()),
        };
        spending.take();
        spending
    }

    /// What the work took since this was asked last.
    pub(crate) fn take(&self) -> Effort {
        let (calls, bytes) = self.context.providers.take_traffic();
        let units = self.context.store.take_units();
        let milliseconds = self.since.replace(Instant::now()).elapsed().as_millis();
        Effort {
            calls,
            bytes,
            milliseconds: u64::try_from(milliseconds).unwrap_or(u64::MAX),
            read_units: units.read,
            write_units: units.write,
        }
    }
}
