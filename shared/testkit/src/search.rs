//! Searches.

use domain::search::{SearchFilter, Sort};

/// A search for `text` without any other filter; set what else a test asks by `SearchFilter { …, ..filter("jazz") }`.
pub fn filter(text: &str) -> SearchFilter {
    SearchFilter {
        text: text.parse().expect("a search text in a test is valid"),
        city: None,
        from: None,
        to: None,
        category: None,
        country: None,
        near: None,
        size: SearchFilter::DEFAULT_SIZE,
        sort: Sort::Date,
        include_add_ons: false,
    }
}
