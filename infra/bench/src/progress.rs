//! A bar on standard error.

use std::io::{self, IsTerminal as _, Write as _};

/// The width of the bar, in characters.
const WIDTH: u64 = 40;

/// How far something has come.
#[derive(Debug)]
pub(crate) struct Progress {
    what: String,
    total: u64,
    shown: Option<u64>,
}

impl Progress {
    /// The beginning of `total` steps.
    pub(crate) fn new(what: impl Into<String>, total: u64) -> Self {
        let mut progress = Self {
            what: what.into(),
            total: total.max(1),
            shown: None,
        };
        progress.show(0);
        progress
    }

    /// Shows that `done` steps are done: on a terminal the bar grows, elsewhere each tenth is a line.
    pub(crate) fn show(&mut self, done: u64) {
        let terminal = io::stderr().is_terminal();
        let step = if terminal { 1 } else { 10 };
        let percent = done * 100 / self.total / step * step;
        if self.shown == Some(percent) {
            return;
        }
        self.shown = Some(percent);
        let full = percent * WIDTH / 100;
        let bar: String = (0..WIDTH)
            .map(|place| if place < full { '#' } else { '-' })
            .collect();
        let (start, end) = match (terminal, percent) {
            (true, 0..100) => ("\r", ""),
            (true, _) => ("\r", "\n"),
            (false, _) => ("", "\n"),
        };
        // Nobody may be watching.
        let mut out = anstream::stderr().lock();
        let _unseen =
            write!(out, "{start}{} [{bar}] {percent:>3} %{end}", self.what).and_then(|()| out.flush());
    }
}
