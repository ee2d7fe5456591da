//! Answers that something happened to.

use proptest::prelude::*;
use providers::{ProviderError, SearchPage, eventbrite, meetup, seatgeek, ticketmaster};
use serde_json::{Value, json};

use crate::server::{EVENTBRITE_EVENTS, MEETUP_EVENTS, SEATGEEK_EVENTS, TICKETMASTER_EVENTS};

type Parse = fn(&[u8]) -> Result<SearchPage, ProviderError>;

/// Each provider's parser, its fixture, and where the events are in it.
const FORMATS: [(Parse, &str, &str); 4] = [
    (
        ticketmaster::parse_events,
        TICKETMASTER_EVENTS,
        "/_embedded/events",
    ),
    (seatgeek::parse_events, SEATGEEK_EVENTS, "/events"),
    (eventbrite::parse_events, EVENTBRITE_EVENTS, "/events"),
    (meetup::parse_events, MEETUP_EVENTS, "/data/events/edges"),
];

/// JSON of every kind, what parsers trip over among it: text that is no Unicode, numbers out of range, fields that come
/// twice, more depth than a stack has.
pub(crate) fn any_json() -> impl Strategy<Value = String> {
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(50_000), close.repeat(50_000));
    let texts = [
        "null",
        r#""1900-01-01T06:00:00Z""#,
        r#""+262142-12-31T23:59:59Z""#,
        r#""-0001-13-40T25:61:61""#,
        r#""PT99999999999999999999H""#,
        r#""\ud800""#,
        r#""\u0000""#,
        "1e999",
        "-1e-999",
        "123456789012345678901234567890",
        "[]",
        r#"[null, [], {}, "x"]"#,
        "{}",
        r#"{"id": {}, "name": [], "code": 7, "localDate": 20261205}"#,
        r#"{"id": "1", "id": "2", "node": {}, "node": {}}"#,
        r#"{"\ud800": 1}"#,
    ];
    let texts = texts.map(str::to_owned).into_iter();
    let large = [
        deep("[", "]"),
        deep(r#"{"start":"#, "}"),
        format!("[{}]", vec!["{}"; 20_000].join(",")),
        format!("{:?}", "é<".repeat(20_000)),
    ];
    prop_oneof![
        4 => prop::sample::select(texts.chain(large).collect::<Vec<_>>()),
        1 => any::<i64>().prop_map(|number| number.to_string()),
        1 => any::<f64>().prop_map(|number| json!(number).to_string()),
        1 => ".{0,20}".prop_map(|text| json!(text).to_string()),
    ]
}

/// `document` with `json`, which need not be what any [`Value`] can be, where `pointer` points to.
pub(crate) fn replaced(mut document: Value, pointer: &str, json: &str) -> String {
    const HERE: &str = "what is here is replaced";
    *document.pointer_mut(pointer).unwrap() = Value::from(HERE);
    document.to_string().replace(&format!("{HERE:?}"), json)
}

/// Every place below `value`, as JSON pointers.
pub(crate) fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                places(field, &format!("{here}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &format!("{here}/{index}"), found);
            }
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn a_mutated_event_never_takes_its_neighbours(
        format in 0..FORMATS.len(),
        which: prop::sample::Index,
        place: prop::sample::Index,
        json in any_json(),
    ) {
        let (parse, fixture, pointer) = FORMATS[format];
        let whole = parse(fixture.as_bytes()).unwrap();
        let document: Value = serde_json::from_str(fixture).unwrap();
        let events = document.pointer(pointer).and_then(Value::as_array).unwrap();
        let which = which.index(events.len());
        let marks = events[which].to_string();
        let mut found = Vec::new();
        places(&events[which], "", &mut found);
        let place = format!("{pointer}/{which}{}", found[place.index(found.len())]);

        let page = parse(replaced(document, &place, &json).as_bytes()).unwrap();
        prop_assert!(page.events.len() + page.skipped.len() <= whole.events.len() + 1);
        for event in &whole.events {
            let is_mutated = marks.contains(&format!("\"{}\"", event.key.id))
                || marks.contains(&format!(":{},", event.key.id));
            prop_assert!(is_mutated || page.events.contains(event), "{} was lost", event.key);
        }
    }

    #[test]
    fn damaged_bytes_are_an_error_or_a_page_but_never_a_panic(
        format in 0..FORMATS.len(),
        damages in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
        whole: bool,
    ) {
        let (parse, fixture, _) = FORMATS[format];
        let mut bytes = fixture.as_bytes().to_vec();
        for (place, byte) in damages {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if !whole {
            bytes.truncate(cut.index(bytes.len()));
        }
        match parse(&bytes) {
            Ok(page) => prop_assert!(page.events.len() + page.skipped.len() <= 5),
            Err(error) => prop_assert!(error.is_transient()),
        }
    }
}

/// A body is bounded in bytes, and must not become more than that many times as much in memory.
#[test]
fn a_page_of_more_events_than_anybody_asks_for_is_refused() {
    for (parse, fixture, pointer) in FORMATS {
        for (count, is_read) in [(999, true), (1000, false), (1_000_000, false)] {
            let document: Value = serde_json::from_str(fixture).unwrap();
            let events = format!("[{}]", vec!["{}"; count].join(","));
            let page = parse(replaced(document, pointer, &events).as_bytes());
            match page {
                Ok(page) => assert!(is_read && page.skipped.len() == count),
                Err(error) => assert!(!is_read && error.is_transient(), "{error:?}"),
            }
        }
    }
}

/// Recursion would end the process, not the test.
#[test]
fn depth_without_end_is_no_recursion_without_end() {
    const DEPTH: usize = 1 << 20;
    for (parse, fixture, pointer) in FORMATS {
        let document: Value = serde_json::from_str(fixture).unwrap();
        let whole = parse(fixture.as_bytes()).unwrap();
        for (open, close) in [("[", "]"), ("[", ""), (r#"{"a":"#, "}"), (r#"{"id":"#, "")] {
            let deep = format!("{}1{}", open.repeat(DEPTH), close.repeat(DEPTH));
            assert!(parse(deep.as_bytes()).is_err());
            let page = parse(replaced(document.clone(), &format!("{pointer}/0"), &deep).as_bytes());
            if close.is_empty() {
                assert!(page.unwrap_err().is_transient());
            } else {
                assert_eq!(page.unwrap().events, whole.events[1..]);
            }
        }
    }
}

/// Text damage inside one event, which a parser of the whole page cannot step over.
#[test]
fn broken_text_costs_only_its_own_event() {
    for (parse, fixture, _) in FORMATS {
        let whole = parse(fixture.as_bytes()).unwrap();
        let title = &whole.events[1].title;
        let quoted = |text: &str| format!("\"{text}\"");
        let before = &fixture[..fixture.find(&quoted(title)).unwrap()];
        let field = quoted(before.rsplit('"').nth(1).unwrap());
        let broken: [Vec<u8>; 3] = [
            // Half of a surrogate pair.
            fixture.replace(&quoted(title), r#""\ud800""#).into_bytes(),
            // A number out of range.
            fixture.replace(&quoted(title), "1e999").into_bytes(),
            // The same field twice.
            fixture
                .replace(
                    &format!("{field}: {}", quoted(title)),
                    &format!("{field}: {title:?}, {field}: {title:?}"),
                )
                .into_bytes(),
        ];
        for body in broken {
            let page = parse(&body).unwrap();
            assert_eq!(page.skipped.len(), 1);
            assert_eq!(page.events.len(), whole.events.len() - 1);
        }
        let mut invalid = fixture.as_bytes().to_vec();
        let place = fixture.find(title.as_str()).unwrap();
        invalid[place] = 0xff;
        let page = parse(&invalid).unwrap();
        assert_eq!(page.events.len(), whole.events.len());
    }
}

#[test]
fn a_truncated_answer_is_unavailable() {
    for (parse, fixture, _) in FORMATS {
        let error = parse(&fixture.as_bytes()[..fixture.len() / 2]).unwrap_err();
        assert!(error.is_transient(), "{error:?}");
    }
}

#[test]
fn json_that_is_no_page_is_no_empty_page() {
    for (parse, ..) in FORMATS {
        for body in [
            "{}",
            "[]",
            "null",
            "\"x\"",
            "7",
            r#"{"fault": {"faultstring": "?"}}"#,
            r#"{"events": {}}"#,
        ] {
            assert!(parse(body.as_bytes()).is_err(), "{body}");
        }
    }
}
