//! Where everything that a person reads is written, one whole line at a time.

use std::{
    error::Error,
    fmt::Display,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use anstyle::AnsiColor;

use crate::cause::chain;

/// A line printer that many tasks share. Clones write to the same place.
#[derive(Clone)]
pub struct Console {
    out: Arc<Mutex<dyn Write + Send>>,
}

impl Console {
    /// Standard output; colours only when it is a terminal that shows them.
    pub fn stdout() -> Self {
        Self::to(anstream::AutoStream::auto(io::stdout()))
    }

    /// Standard error, likewise.
    pub fn stderr() -> Self {
        Self::to(anstream::AutoStream::auto(io::stderr()))
    }

    /// Any writer, which receives the colour codes too.
    pub fn to(out: impl Write + Send + 'static) -> Self {
        Self {
            out: Arc::new(Mutex::new(out)),
        }
    }

    /// Writes `line` and a line end. A closed output (`local | head`) is no reason to stop serving.
    pub fn line(&self, line: impl Display) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let _closed = out
            .write_all(format!("{line}\n").as_bytes())
            .and_then(|()| out.flush());
    }

    /// Writes an error with all that caused it.
    pub fn error(&self, error: &dyn Error) {
        let red = AnsiColor::Red.on_default().bold();
        self.line(format_args!("{red}error{red:#}: {}", chain(error)));
    }
}
