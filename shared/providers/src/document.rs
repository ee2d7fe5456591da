//! From a provider's bytes to events.

use domain::ExternalEvent;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::Fault;
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

/// Reads a page of events in one pass.
///
/// Only when that fails, which takes broken text or a field that comes twice, is each event read alone, so that the
/// broken one is left out and its neighbours stay.
pub(crate) fn parse_page<F: Format>(body: &[u8]) -> Result<SearchPage, Fault> {
    match serde_json::from_slice::<Object<F::Page<'_, Object<F::Event<'_>>>>>(body) {
        Ok(page) => read::<F, _>(page, |event| door::<F>(event)),
        Err(error) => {
            let text = String::from_utf8_lossy(body);
            let page: Object<F::Page<'_, Box<RawValue>>> =
                serde_json::from_str(&text).map_err(|_| Fault::from(error))?;
            read::<F, _>(page, |event| {
                let Ok(event) = serde_json::from_str::<Object<F::Event<'_>>>(event.get()) else {
                    return Some(Err(Skipped {
                        id: None,
                        reason: "is not readable".to_owned(),
                    }));
                };
                door::<F>(&event)
            })
        }
    }
}

fn door<F: Format>(event: &F::Event<'_>) -> Option<Result<ExternalEvent, Skipped>> {
    F::is_listed(event).then(|| F::event(event))
}

/// Reads an event that comes alone.
pub(crate) fn parse_event<F: Format>(body: &[u8]) -> Result<ExternalEvent, Fault> {
    let wire: Object<F::Event<'_>> = serde_json::from_slice(body)?;
    F::event(&wire).map_err(|_| Fault::Shape)
}

fn read<'de, F: Format, E: Deserialize<'de> + Default>(
    page: Object<F::Page<'de, E>>,
    event: impl Fn(&E) -> Option<Result<ExternalEvent, Skipped>>,
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
    let events = listing.events.items();
    page.events.reserve(events.len());
    for outcome in events.iter().filter_map(event) {
        match outcome {
            Ok(event) => page.events.push(event),
            Err(skipped) => page.skipped.push(skipped),
        }
    }
    Ok(page)
}
