//! Slices of catalogues.

use domain::Source;
use domain::sync::{Slice, Window};

/// A part of a source's catalogue, wherever its events take place.
pub fn slice(source: Source, category: &str, window: Window) -> Slice {
    Slice {
        source,
        category: category.parse().expect("a category in a test is valid"),
        window,
        area: None,
    }
}
