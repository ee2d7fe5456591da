//! What a provider answers with.

use domain::ExternalEvent;

use crate::error::Fault;

/// The events on a page, as the provider lists them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SearchPage {
    /// The events, in the provider's order.
    pub events: Vec<ExternalEvent>,
    /// What could not be read.
    pub skipped: Vec<Skipped>,
    /// How many events the provider says there are on all pages.
    pub total: Option<u64>,
    /// How to ask for the page after this one, where the provider itself says that there is one.
    pub more: Option<More>,
}

/// How to ask for the page after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum More {
    /// By the next number.
    Number,
    /// By this token.
    Token(String),
}

/// Which page of a slice or a search is to be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place<'a> {
    /// Its number, counted from 0.
    pub page: u32,
    /// The token that the page before gave, if it gave one.
    pub token: Option<&'a str>,
}

impl Place<'_> {
    /// The page with this number, at a provider that gives no tokens.
    pub const fn number(page: u32) -> Self {
        Self { page, token: None }
    }
}

/// One page of a slice.
#[derive(Debug, Clone, PartialEq)]
pub struct SlicePage {
    /// The events, in the provider's order.
    pub events: Vec<ExternalEvent>,
    /// What could not be read.
    pub skipped: Vec<Skipped>,
    /// How many events the provider says the slice has.
    pub total: Option<u64>,
    /// What to read next.
    pub next: Next,
    /// What to ask for the next page with, at providers that give a token.
    pub token: Option<String>,
}

/// How the reading of a slice goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// This was the last page.
    End,
    /// The page with this number, counted from 0.
    Page(u32),
    /// The window holds more than the provider pages through: read its halves instead.
    Split,
}

impl SlicePage {
    /// Makes this page the last.
    pub(crate) fn end(&mut self) {
        self.next = Next::End;
        self.token = None;
    }

    /// A page of a provider that says itself whether another follows. However often it says so, `max_pages` are read,
    /// and a page without any event is the last.
    pub(crate) fn told(found: SearchPage, page: u32, max_pages: u32) -> Self {
        let is_empty = found.events.is_empty() && found.skipped.is_empty();
        let following = page + 1;
        let (next, token) = match found.more {
            Some(more) if !is_empty && following < max_pages => (
                Next::Page(following),
                match more {
                    More::Number => None,
                    More::Token(token) => Some(token),
                },
            ),
            _ => (Next::End, None),
        };
        Self {
            events: found.events,
            skipped: found.skipped,
            total: found.total,
            next,
            token,
        }
    }
}

/// An event that could not be read; its neighbours were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its id, if at least that was readable.
    pub id: Option<String>,
    /// What is wrong with it.
    pub reason: String,
}

/// Whether pages of a slice follow one of `size` that holds `count` events and stands behind `before` others.
pub(crate) fn more_follow(before: u64, size: u32, count: usize, total: Option<u64>) -> Result<bool, Fault> {
    if is_cut_off(before, count, total) {
        return Err(Fault::Truncated);
    }
    Ok(match total {
        Some(total) => total > before + u64::from(size),
        None => count >= size as usize,
    })
}

/// A page without the events that its own total promises, and a total that falls to nothing once there were pages, are
/// no end but an answer cut off.
pub(crate) fn is_cut_off(before: u64, count: usize, total: Option<u64>) -> bool {
    match total {
        Some(0) => before > 0,
        Some(total) => count == 0 && total > before,
        None => false,
    }
}
