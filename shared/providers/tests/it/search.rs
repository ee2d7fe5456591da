//! Searches of more than one page.

use domain::search::SearchFilter;
use domain::{Category, Source};
use providers::{Fault, Findings, ProviderError, Providers};
use serde_json::{Value, json};
use test_case::test_case;
use testkit::{filter, now};
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::meetup::here;
use crate::server::{first_page, providers};

/// Lists as many events on each page as it is asked for, until there were `count`; claims to have `total`.
struct Catalogue {
    count: u64,
    total: u64,
    /// Every so many events is one of music.
    music: u64,
}

impl Catalogue {
    fn honest(count: u64, music: u64) -> Self {
        Self {
            count,
            total: count,
            music,
        }
    }

    fn numbers(&self, page: u64, size: u64) -> impl Iterator<Item = u64> {
        let first = (page * size).min(self.count);
        first..(first + size).min(self.count)
    }

    fn seatgeek(&self, page: u64, size: u64) -> Value {
        let events: Vec<_> = self
            .numbers(page - 1, size)
            .map(|number| {
                let kind = if number % self.music == 0 {
                    "concert"
                } else {
                    "sports"
                };
                json!({"id": number + 1, "title": "Example", "type": kind})
            })
            .collect();
        json!({"events": events, "meta": {"total": self.total}})
    }

    fn ticketmaster(&self, page: u64, size: u64) -> Value {
        let events: Vec<_> = self
            .numbers(page, size)
            .map(|number| json!({"id": format!("vv{number}"), "name": "Example"}))
            .collect();
        json!({"_embedded": {"events": events}, "page": {"totalElements": self.total}})
    }
}

impl Respond for Catalogue {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let number = |names: [&str; 2]| {
            let pairs = request.url.query_pairs();
            let named = pairs.filter(|(name, _)| names.contains(&name.as_ref()));
            named.last().map(|(_, value)| value.parse().unwrap())
        };
        let (page, size) = (number(["page", ""]), number(["size", "per_page"]).unwrap());
        ResponseTemplate::new(200).set_body_json(match request.url.path() {
            "/2/events" => self.seatgeek(page.unwrap(), size),
            _ if request.url.query().unwrap().contains("includeTBA=only") => {
                json!({"_embedded": {"events": [{"id": "vvUndated", "name": "Example"}]}, "page": {"totalElements": 1}})
            }
            _ => self.ticketmaster(page.unwrap_or_default(), size),
        })
    }
}

async fn serving(catalogue: Catalogue) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(catalogue).mount(&server).await;
    server
}

async fn whole(providers: &Providers, source: Source, filter: &SearchFilter) -> Findings {
    let mut search = providers.search(source, filter, now());
    search.read_on().await.unwrap();
    while search.wants_more() {
        search.read_on().await.unwrap();
    }
    search.finish()
}

async fn calls(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

/// Of every ten events one is of music, so that a page of a hundred has ten.
#[test_case(10, 1000, 1, 910, 10; "enough on the first page")]
#[test_case(25, 1000, 3, 730, 30; "enough after some pages")]
#[test_case(50, 1000, 4, 640, 40; "no more than a few pages")]
#[test_case(50, 250, 3, 25, 25; "all there are")]
#[tokio::test]
async fn asks_for_further_pages_while_what_is_left_is_short(
    size: u32,
    count: u64,
    pages: usize,
    total: u64,
    found: usize,
) {
    let server = serving(Catalogue::honest(count, 10)).await;
    let music = SearchFilter {
        category: Some(Category::Music),
        size,
        ..filter("any")
    };
    let findings = whole(&providers(&server), Source::SeatGeek, &music).await;
    assert_eq!((findings.events.len(), findings.total), (found, Some(total)));
    assert_eq!(calls(&server).await, pages);
}

#[test_case(3, 99_999, Some(3), 1; "more than there are")]
#[test_case(3, 1, Some(3), 1; "fewer than there are")]
#[test_case(50, 0, Some(50), 1; "none although there are")]
#[tokio::test]
async fn a_total_that_lies_is_not_passed_on(count: u64, total: u64, told: Option<u64>, pages: usize) {
    let catalogue = Catalogue {
        count,
        total,
        music: 1,
    };
    let server = serving(catalogue).await;
    let many = SearchFilter {
        size: 100,
        ..filter("any")
    };
    let findings = whole(&providers(&server), Source::SeatGeek, &many).await;
    assert_eq!((findings.events.len() as u64, findings.total), (count, told));
    assert_eq!(calls(&server).await, pages);
}

#[tokio::test]
async fn a_page_without_the_events_that_it_promises_is_no_empty_answer() {
    let catalogue = Catalogue {
        count: 0,
        total: 734,
        music: 1,
    };
    let server = serving(catalogue).await;
    let providers = providers(&server);
    for source in [Source::Ticketmaster, Source::SeatGeek] {
        let error = first_page(&providers, source, &filter("any"), now()).await;
        let cut_off = matches!(
            error,
            Err(ProviderError::Unavailable {
                fault: Fault::Truncated,
                ..
            })
        );
        assert!(cut_off, "{error:?}");
    }
}

#[tokio::test]
async fn undated_events_come_after_the_others_unless_dates_are_wanted() {
    let server = serving(Catalogue::honest(5, 1)).await;
    let providers = providers(&server);
    let undated = filter("lanterns");
    let dated = SearchFilter {
        from: Some(now()),
        ..undated.clone()
    };
    let few = SearchFilter {
        size: 5,
        ..undated.clone()
    };
    for (filter, pages, last) in [(dated, 1, None), (few, 1, None), (undated, 2, Some("vvUndated"))] {
        let before = calls(&server).await;
        let mut search = providers.search(Source::Ticketmaster, &filter, now());
        while !search.has_begun() || search.wants_more() {
            search.read_on().await.unwrap();
        }
        let events = search.finish().events;
        assert_eq!(calls(&server).await - before, pages);
        // Without a date it lies in no window.
        let found = events.last().map(|event| event.key.id.as_str());
        assert!(last.is_none() || found == last, "{found:?}");
    }
    let requests = server.received_requests().await.unwrap();
    let asked = requests.last().unwrap().url.query_pairs();
    let names: Vec<_> = asked.map(|(name, _)| name.into_owned()).collect();
    assert!(names.iter().any(|name| name == "includeTBA"));
    for name in ["startDateTime", "endDateTime", "includeTBD", "page"] {
        assert!(!names.iter().any(|other| other == name), "{name}");
    }
}

#[tokio::test]
async fn overlapping_pages_are_followed_by_their_cursors_and_show_each_event_once() {
    let server = MockServer::start().await;
    let page = |ids: [u32; 2], cursor: &str, more: bool| {
        let edges: Vec<_> = ids
            .map(|id| json!({"node": {"id": id, "token": id, "title": "Example"}}))
            .into();
        json!({"data": {"events": {
            "totalCount": 900, "pageInfo": {"hasNextPage": more, "endCursor": cursor}, "edges": edges,
        }}})
    };
    let first = page([1, 2], "b", true);
    let last = page([2, 3], "c", false);
    Mock::given(path("/oauth2/access"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"access_token": "T1"})))
        .mount(&server)
        .await;
    Mock::given(path("/gql-ext"))
        .respond_with(move |request: &Request| {
            let body: Value = request.body_json().unwrap();
            let is_first = body["variables"]["after"].is_null();
            assert!(is_first || body["variables"]["after"] == "b");
            ResponseTemplate::new(200).set_body_json(if is_first { &first } else { &last })
        })
        .mount(&server)
        .await;
    let findings = whole(&providers(&server), Source::Meetup, &here("any")).await;
    let ids: Vec<_> = findings
        .events
        .iter()
        .map(|event| event.key.id.as_str())
        .collect();
    assert_eq!((ids, findings.total), (vec!["1", "2", "3"], Some(3)));
}
