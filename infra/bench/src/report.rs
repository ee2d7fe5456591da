//! A table as docs/PERFORMANCE.md shows it.

use std::io::{self, Write};

use crate::error::BenchError;

/// A Markdown table.
#[derive(Debug)]
pub(crate) struct Table {
    title: String,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub(crate) fn new(title: impl Into<String>, columns: &[&str]) -> Self {
        Self {
            title: title.into(),
            rows: vec![columns.iter().map(|&column| column.to_owned()).collect()],
        }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Prints it: the first column flush left, figures flush right.
    pub(crate) fn print(&self) -> Result<(), BenchError> {
        self.write(&mut anstream::stdout().lock())
            .map_err(BenchError::io("the table cannot be printed"))
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let columns = self.rows[0].len();
        let width = |column: usize| self.rows.iter().map(|row| row[column].chars().count()).max();
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
        writeln!(out, "\n{}\n", self.title)?;
        for (number, row) in self.rows.iter().enumerate() {
            for (column, cell) in row.iter().enumerate() {
                let width = widths[column];
                match column {
                    0 => write!(out, "| {cell:<width$} ")?,
                    _ => write!(out, "| {cell:>width$} ")?,
                }
            }
            writeln!(out, "|")?;
            if number == 0 {
                for (column, &width) in widths.iter().enumerate() {
                    match column {
                        0 => write!(out, "|{:-<1$}", "", width + 2)?,
                        _ => write!(out, "|{:->1$}", ":", width + 2)?,
                    }
                }
                writeln!(out, "|")?;
            }
        }
        Ok(())
    }
}

/// A figure with two digits after the point; a dash for none.
pub(crate) fn figure(value: f64) -> String {
    if value.is_nan() {
        "–".to_owned()
    } else {
        format!("{value:.2}")
    }
}

/// A whole number, in groups of three digits.
pub(crate) fn count(value: u64) -> String {
    let digits = value.to_string();
    let groups: Vec<_> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(String::from_utf8_lossy)
        .collect();
    groups.join(",")
}

/// A ratio.
pub(crate) fn times(value: f64) -> String {
    if value.is_nan() {
        "–".to_owned()
    } else {
        format!("{value:.2}x")
    }
}
