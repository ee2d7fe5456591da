//! From a provider's bytes to events.

use std::borrow::Cow;
use std::marker::PhantomData;

use domain::ExternalEvent;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::error::Fault;
use crate::json::{self, Unreadable};
use crate::lenient::{List, Object};
use crate::page::{More, SearchPage, Skipped};

/// How a provider writes events.
pub(crate) trait Format {
    /// An event on the wire.
    type Event<'de>: Deserialize<'de> + Default;

    /// An answer that lists events of type `E`.
    type Page<'de, E: Deserialize<'de> + Default>: Deserialize<'de> + Default;

    /// What `page` lists, `None` if it is no list of events at all.
    fn listing<'de, E: Deserialize<'de> + Default>(page: Self::Page<'de, E>) -> Option<Listing<E>>;

    /// Whether it stands for itself, unlike the parent of a series or a draft: those are passed over in silence.
    fn is_listed(_: &Self::Event<'_>) -> bool {
        true
    }

    /// The one door into the domain.
    fn event(wire: &Self::Event<'_>) -> Result<ExternalEvent, Skipped>;
}

/// More than any page that is asked for holds.
pub(crate) const MAX_EVENTS: usize = 1000;

/// The events of a page.
pub(crate) type Events<E> = List<E, MAX_EVENTS>;

/// What a page lists.
pub(crate) struct Listing<E> {
    pub(crate) events: Events<E>,
    pub(crate) total: Option<u64>,
    pub(crate) more: Option<More>,
}

/// An event that went through the door as soon as it was read: what a page says besides is never gathered.
struct Read<F> {
    /// `None` if it does not stand for itself.
    event: Option<Result<ExternalEvent, Skipped>>,
    format: PhantomData<F>,
}

impl<F: Format> Read<F> {
    fn of(wire: &F::Event<'_>) -> Self {
        Self::from(F::is_listed(wire).then(|| F::event(wire)))
    }
}

impl<F> From<Option<Result<ExternalEvent, Skipped>>> for Read<F> {
    fn from(event: Option<Result<ExternalEvent, Skipped>>) -> Self {
        Self {
            event,
            format: PhantomData,
        }
    }
}

impl<F: Format> Default for Read<F> {
    fn default() -> Self {
        Self::of(&F::Event::default())
    }
}

impl<'de, F: Format> Deserialize<'de> for Read<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        F::Event::deserialize(deserializer).map(|wire| Self::of(&wire))
    }
}

/// Reads a page of events in one pass.
///
/// Only when that fails, which takes broken text or a field that comes twice, is each event read alone, so that the
/// broken one is left out and its neighbours stay.
pub(crate) fn parse_page<F: Format>(body: &[u8]) -> Result<SearchPage, Fault> {
    let text = text(body);
    if let Ok(page) = json::from_str::<Object<F::Page<'_, Object<Read<F>>>>>(&text) {
        return list::<F, _>(page, Object::into_inner);
    }
    let page: Object<F::Page<'_, Box<RawValue>>> = serde_json::from_str(&text)?;
    list::<F, _>(page, |event| {
        json::from_str(event.get()).map_or_else(
            |error: Unreadable| {
                Read::from(Some(Err(Skipped {
                    id: None,
                    reason: error.to_string(),
                })))
            },
            Object::into_inner,
        )
    })
}

/// Reads an event that comes alone.
pub(crate) fn parse_event<F: Format>(body: &[u8]) -> Result<ExternalEvent, Fault> {
    let text = text(body);
    let wire: Object<F::Event<'_>> = read(&text)?;
    F::event(&wire).map_err(|_| Fault::Shape)
}

/// The text that an answer is, what is broken of it replaced. Checked once for all of it, not again for each text in it.
pub(crate) fn text(body: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed)
}

/// Reads an answer with an event.
pub(crate) fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Fault> {
    json::from_str(text).or_else(|_| {
        serde_json::from_str::<IgnoredAny>(text)?;
        Err(Fault::Shape)
    })
}

fn list<'de, F: Format, E: Deserialize<'de> + Default>(
    page: Object<F::Page<'de, E>>,
    read: impl Fn(E) -> Read<F>,
) -> Result<SearchPage, Fault> {
    let listing = F::listing(page.into_inner()).ok_or(Fault::Shape)?;
    if listing.events.is_full() {
        return Err(Fault::TooMany { limit: MAX_EVENTS });
    }
    let mut page = SearchPage {
        total: listing.total,
        more: listing.more,
        ..SearchPage::default()
    };
    let events = listing.events.into_items();
    page.events.reserve_exact(events.len());
    for outcome in events.into_iter().filter_map(|event| read(event).event) {
        match outcome {
            Ok(event) => page.events.push(event),
            Err(skipped) => page.skipped.push(skipped),
        }
    }
    Ok(page)
}
