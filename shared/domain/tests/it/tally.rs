use std::collections::HashMap;

use domain::tally::{Counted, Counter, NotCounted, Place, Step, Steps, UnknownCounter};
use domain::{Category, EventKey, EventStatus, Import, LocalEventId, Source, StoredEvent};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use test_case::test_case;

use crate::sample::{import, stored_concert};
use crate::strategy;

fn imported_concert() -> StoredEvent {
    StoredEvent {
        import: Some(import("2026-03-31T23:59:59Z")),
        ..stored_concert()
    }
}

fn add_change(steps: &mut Steps, before: Option<&StoredEvent>, after: Option<&StoredEvent>) {
    let [before, after] = [before, after].map(|stored| stored.map(Counted::of));
    domain::tally::add_change(steps, before.as_ref(), after.as_ref());
}

fn moved(before: Option<&StoredEvent>, after: Option<&StoredEvent>) -> Vec<(String, i64, i64)> {
    let mut steps = Steps::new();
    add_change(&mut steps, before, after);
    steps
        .into_iter()
        .map(|(counter, step)| (counter.to_string(), step.events, step.imported))
        .collect()
}

fn expected(steps: &[(&str, i64, i64)]) -> Vec<(String, i64, i64)> {
    steps
        .iter()
        .map(|&(counter, events, imported)| (counter.to_owned(), events, imported))
        .collect()
}

#[test]
fn an_import_is_a_mark_that_was_not_there_before() {
    let (stored, imported) = (stored_concert(), imported_concert());
    let mut imported_anew = imported.clone();
    imported_anew.import = imported.import.map(|import| Import {
        local_event_id: LocalEventId::new(import.local_event_id.get() + 1),
        ..import
    });
    let is_import = |before, after| domain::tally::is_import(before, after);
    assert!(is_import(None, Some(&imported)));
    assert!(is_import(Some(&stored), Some(&imported)));
    assert!(is_import(Some(&imported), Some(&imported_anew)));
    assert!(!is_import(None, Some(&stored)));
    assert!(!is_import(Some(&imported), Some(&imported)));
    assert!(!is_import(Some(&imported), Some(&stored)));
    assert!(!is_import(Some(&imported), None));
}

#[test_case(""; "nothing")]
#[test_case("source"; "no value")]
#[test_case("source#facebook"; "an unknown source")]
#[test_case("category#knitting"; "an unknown category")]
#[test_case("status#maybe"; "an unknown status")]
#[test_case("city#New York"; "a city without a country")]
#[test_case("colour#red"; "an unknown kind")]
fn refuses_as_counter(text: &str) {
    assert_eq!(text.parse::<Counter>(), Err(UnknownCounter));
}

#[test]
fn a_new_event_counts_for_source_category_and_status() {
    assert_eq!(
        moved(None, Some(&stored_concert())),
        expected(&[
            ("source#ticketmaster", 1, 0),
            ("category#music", 1, 0),
            ("status#scheduled", 1, 0)
        ])
    );
}

#[test]
fn an_import_counts_once_more_for_its_month_and_city() {
    assert_eq!(
        moved(Some(&stored_concert()), Some(&imported_concert())),
        expected(&[
            ("source#ticketmaster", 0, 1),
            ("category#music", 0, 1),
            ("status#scheduled", 0, 1),
            ("month#2026-03", 1, 1),
            ("city#US#new york", 1, 1),
        ])
    );
}

#[test]
fn an_import_without_a_place_counts_for_no_city_of_no_country() {
    let mut stored = imported_concert();
    stored.event.venue.city.clear();
    stored.event.venue.country = None;
    assert!(moved(None, Some(&stored)).contains(&("city##".to_owned(), 1, 1)));
}

#[test]
fn a_city_is_one_place_however_it_is_spelt() {
    let mut respelt = imported_concert();
    respelt.event.venue.city = " NEW  york".to_owned();
    assert_eq!(moved(Some(&imported_concert()), Some(&respelt)), []);
    assert_eq!(
        Counter::City(Place::new("Zürich", "CH")).to_string(),
        "city#CH#zurich"
    );
    assert_ne!(Place::new("Paris", "FR"), Place::new("Paris", "US"));
}

#[test]
fn a_change_of_status_moves_from_one_to_the_other() {
    let mut cancelled = stored_concert();
    cancelled.event.status = EventStatus::Cancelled;
    assert_eq!(
        moved(Some(&stored_concert()), Some(&cancelled)),
        expected(&[("status#scheduled", -1, 0), ("status#cancelled", 1, 0)])
    );
}

#[test]
fn a_change_of_what_is_not_counted_moves_nothing() {
    let mut retitled = imported_concert();
    retitled.event.title.push('!');
    assert_eq!(moved(Some(&imported_concert()), Some(&retitled)), []);
}

#[test]
fn a_change_and_its_reverse_cancel_out() {
    let (before, after) = (stored_concert(), imported_concert());
    let mut steps = Steps::new();
    add_change(&mut steps, Some(&before), Some(&after));
    add_change(&mut steps, Some(&after), Some(&before));
    assert_eq!(steps, Steps::new());
}

fn counter() -> impl Strategy<Value = Counter> {
    let country = option::of(strategy::country()).prop_map(|code| code.map(String::from).unwrap_or_default());
    prop_oneof![
        strategy::source().prop_map(Counter::Source),
        strategy::category().prop_map(Counter::Category),
        strategy::status().prop_map(Counter::Status),
        "20[0-9]{2}-(0[1-9]|1[0-2])".prop_map(Counter::ImportMonth),
        (any::<String>(), country).prop_map(|(city, country)| Counter::City(Place::new(city, country))),
    ]
}

/// A change of one of a handful of events: it becomes this, or goes.
fn change() -> impl Strategy<Value = (EventKey, Option<StoredEvent>)> {
    let key = prop_oneof!["1", "2", "3"].prop_map(|id| EventKey::new(Source::Meetup, id.parse().unwrap()));
    // What is counted is set here once more, from few values, so that changes often leave it as it is.
    let category = prop_oneof![Just(Category::Music), Just(Category::Film)];
    (key, option::weighted(0.8, (strategy::stored_event(), category))).prop_map(|(key, state)| {
        let state = state.map(|(mut stored, category)| {
            stored.event.key = key.clone();
            stored.event.category = category;
            stored
        });
        (key, state)
    })
}

/// Counts by looking at every event, as a reconciliation would.
fn counted<'a>(table: impl Iterator<Item = &'a StoredEvent>) -> Steps {
    let mut steps = Steps::new();
    for stored in table {
        let event = &stored.event;
        let mut counters = vec![
            Counter::Source(event.key.source),
            Counter::Category(event.category),
            Counter::Status(event.status),
        ];
        if let Some(import) = stored.import {
            let country = event.venue.country.map(String::from).unwrap_or_default();
            counters.push(Counter::ImportMonth(
                import.imported_at.format("%Y-%m").to_string(),
            ));
            counters.push(Counter::City(Place::new(&event.venue.city, country)));
        }
        for counter in counters {
            let step = steps.entry(counter).or_default();
            step.events += 1;
            step.imported += i64::from(stored.import.is_some());
        }
    }
    steps
}

#[test_case(""; "nothing")]
#[test_case("ticketmaster music"; "no status")]
#[test_case("ticketmaster music maybe"; "an unknown status")]
#[test_case("ticketmaster music scheduled 2026-11"; "an import of nowhere")]
fn refuses_as_what_an_event_is_counted_as(text: &str) {
    assert_eq!(text.parse::<Counted>(), Err(NotCounted));
}

#[test]
fn what_an_event_is_counted_as_has_a_short_text() {
    let text = |stored: &StoredEvent| Counted::of(stored).to_string();
    assert_eq!(text(&stored_concert()), "ticketmaster music scheduled");
    assert_eq!(
        text(&imported_concert()),
        "ticketmaster music scheduled 2026-03 US new york"
    );
}

proptest! {
    #[test]
    fn what_an_event_is_counted_as_survives_being_written_and_read(stored in strategy::stored_event()) {
        let counted = Counted::of(&stored);
        prop_assert_eq!(counted.to_string().parse(), Ok(counted));
    }

    #[test]
    fn a_counter_survives_being_written_and_read(counter in counter()) {
        prop_assert_eq!(counter.to_string().parse(), Ok(counter));
    }

    #[test]
    fn the_sum_of_all_changes_is_a_fresh_count(changes in vec(change(), 0..30)) {
        let mut table = HashMap::new();
        let mut sum = Steps::new();
        for (key, after) in changes {
            let before = match &after {
                Some(stored) => table.insert(key, stored.clone()),
                None => table.remove(&key),
            };
            add_change(&mut sum, before.as_ref(), after.as_ref());
        }
        prop_assert_eq!(sum, counted(table.values()));
    }

    #[test]
    fn the_sum_does_not_depend_on_how_changes_are_batched(
        changes in vec((option::of(strategy::stored_event()), option::of(strategy::stored_event())), 0..8), cut in 0..8_usize,
    ) {
        let mut whole = Steps::new();
        for (before, after) in changes.iter().rev() {
            add_change(&mut whole, before.as_ref(), after.as_ref());
        }
        let (head, tail) = changes.split_at(cut.min(changes.len()));
        let mut parts: HashMap<Counter, Step> = HashMap::new();
        for batch in [head, tail] {
            let mut steps = Steps::new();
            for (before, after) in batch {
                add_change(&mut steps, before.as_ref(), after.as_ref());
            }
            for (counter, step) in steps {
                let total = parts.entry(counter).or_default();
                total.events += step.events;
                total.imported += step.imported;
            }
        }
        parts.retain(|_, step| *step != Step::default());
        prop_assert_eq!(whole.into_iter().collect::<HashMap<_, _>>(), parts);
    }

    #[test]
    fn a_change_to_the_same_moves_nothing(stored in strategy::stored_event()) {
        let mut steps = Steps::new();
        add_change(&mut steps, Some(&stored), Some(&stored));
        prop_assert!(steps.is_empty());
    }
}
