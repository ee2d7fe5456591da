use chrono::{DateTime, TimeDelta, Utc};
use domain::sync::{Coverage, Slice, SliceName, Window};
use domain::{EventStatus, Source, Start, StoredEvent};

use crate::sample::{now, stored_concert};

fn slice(category: &str) -> Slice {
    Slice {
        source: Source::Ticketmaster,
        category: category.parse().unwrap(),
        window: Window::next_days(now() + TimeDelta::days(1), 90),
        area: None,
    }
}

/// An event of the music, seen as it is now, of which a run began to read the music a day later.
fn concert() -> (StoredEvent, Coverage, DateTime<Utc>) {
    let music = slice("music");
    let mut concert = stored_concert();
    concert.event.start = Start::exact(now() + TimeDelta::days(30), None);
    concert.slice = Some(SliceName::from(&music));
    let coverage = Coverage::from_iter([(SliceName::from(&music), music.window)]);
    (concert, coverage, music.window.from)
}

#[test]
fn a_run_that_did_not_write_an_event_has_seen_it_as_it_is() {
    let (concert, coverage, began) = concert();
    assert_eq!(coverage.last_seen(&concert.outline()), began);
    let written_since = StoredEvent {
        synced_at: began + TimeDelta::minutes(3),
        ..concert
    };
    assert_eq!(
        coverage.last_seen(&written_since.outline()),
        began + TimeDelta::minutes(3)
    );
}

#[test]
fn a_run_says_nothing_of_what_it_did_not_read() {
    let (concert, coverage, _) = concert();
    let never_synced = StoredEvent {
        slice: None,
        ..concert.clone()
    };
    let elsewhere = StoredEvent {
        slice: Some(SliceName::from(&slice("sports"))),
        ..concert.clone()
    };
    let mut removed = concert.clone();
    removed.event.status = EventStatus::Removed;
    let mut past = concert.clone();
    past.event.start = Start::exact(now(), None);
    let mut far = concert;
    far.event.start = Start::exact(now() + TimeDelta::days(200), None);
    for unread in [never_synced, elsewhere, removed, past, far] {
        assert_eq!(
            coverage.last_seen(&unread.outline()),
            unread.synced_at,
            "{unread:?}"
        );
    }
}
