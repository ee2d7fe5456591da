//! Eventbrite and Meetup against imitations that hold to the rules of the real ones.

use std::collections::HashSet;

use domain::search::{Near, SearchFilter};
use domain::sync::Window;
use domain::{EventStatus, ExternalEvent, Source};
use providers::{Config, Next, Place, Providers, eventbrite, meetup};
use sandbox::{Provider, Sandbox};
use test_case::test_case;
use testkit::{filter, now};
use tokio::net::TcpListener;

use crate::server::first_page;

/// Clients of a sandbox; it ends when it is dropped.
async fn start() -> (Sandbox, Providers) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let config = sandbox::Config {
        today: now().date_naive(),
        ..sandbox::Config::default()
    };
    let sandbox = sandbox::start(listener, config).await.unwrap();
    let keys = Sandbox::keys();
    let meetup_url = sandbox.base_url(Provider::Meetup);
    let providers = Providers::new(Config {
        eventbrite: Some(eventbrite::Config {
            base_url: sandbox.base_url(Provider::Eventbrite).parse().unwrap(),
            token: keys.eventbrite_token.into(),
        }),
        meetup: Some(meetup::Config {
            base_url: meetup_url.parse().unwrap(),
            token_url: meetup_url.replace("gql-ext", "oauth2/access").parse().unwrap(),
            client_key: keys.meetup_client_key.into(),
            member_id: keys.meetup_member_id.into(),
            signing_key_id: keys.meetup_signing_key_id.into(),
            private_key: keys.meetup_private_key.parse().unwrap(),
        }),
        ..Config::default()
    });
    (sandbox, providers)
}

/// All events of a slice, page by page.
async fn slice(providers: &Providers, source: Source, category: &str) -> Vec<ExternalEvent> {
    let window = Window::next_days(now(), 180);
    let slice = testkit::slice(source, category, window);
    let (mut number, mut token) = (0, None);
    let mut events = Vec::new();
    loop {
        let place = Place {
            page: number,
            token: token.as_deref(),
        };
        let page = providers.slice_page(&slice, window, place).await.unwrap();
        assert_eq!(page.skipped, []);
        for event in &page.events {
            assert!(
                event.latest_start().is_none_or(|start| start >= window.from),
                "{}",
                event.key
            );
            assert!(
                event.earliest_start().is_none_or(|start| start <= window.to),
                "{}",
                event.key
            );
        }
        events.extend(page.events);
        token = page.token;
        match page.next {
            Next::Page(next) => number = next,
            Next::End | Next::Split => return events,
        }
    }
}

#[test_case("organization:768000000000")]
#[test_case("organizer:48000000001")]
#[test_case("series:1250000000002")]
#[tokio::test]
async fn eventbrite_is_read_by_owners(category: &str) {
    let (_sandbox, providers) = start().await;
    let events = slice(&providers, Source::Eventbrite, category).await;
    let keys: HashSet<_> = events.iter().map(|event| &event.key).collect();
    assert!(!events.is_empty());
    assert_eq!(keys.len(), events.len(), "an event came twice");
    assert!(events.iter().all(|event| !event.description.is_empty()));
}

#[tokio::test]
async fn meetup_is_read_by_groups_through_overlapping_pages() {
    let (_sandbox, providers) = start().await;
    let mut events = Vec::new();
    for group in &Sandbox::meetup_groups()[..8] {
        events.extend(slice(&providers, Source::Meetup, &format!("group:{group}")).await);
    }
    let is_hybrid = |event: &ExternalEvent| event.online && !event.venue.name.is_empty();
    assert!(events.iter().any(is_hybrid));
    assert!(events.iter().any(|event| event.status == EventStatus::Cancelled));
    // The address ends in the id, which for some is no longer the token that they go by.
    let id = |event: &ExternalEvent| {
        let link = event.ticket_url.as_ref().unwrap().as_str().trim_end_matches('/');
        link.rsplit('/').next().unwrap().to_owned()
    };
    let renamed = events
        .iter()
        .find(|event| id(event) != event.key.id.as_str())
        .unwrap();
    let key = format!("meetup#{}", id(renamed)).parse().unwrap();
    assert_eq!(providers.event(&key).await.unwrap().unwrap().key, renamed.key);
}

#[tokio::test]
async fn meetup_is_searched_near_a_position_and_by_city() {
    let (_sandbox, providers) = start().await;
    let near = Some(Near {
        centre: "40.73,-73.99".parse().unwrap(),
        radius_km: 100,
    });
    let nearby = SearchFilter { near, ..filter("*") };
    let found = first_page(&providers, Source::Meetup, &nearby, now())
        .await
        .unwrap();
    assert!(!found.events.is_empty());
    let word = found.events[0].title.split(' ').next().unwrap().to_owned();
    let named = SearchFilter {
        near,
        ..filter(&word)
    };
    let named = first_page(&providers, Source::Meetup, &named, now())
        .await
        .unwrap();
    assert!(!named.events.is_empty(), "{word}");
    let city = SearchFilter {
        city: Some("New York".to_owned()),
        ..filter("*")
    };
    assert!(
        !first_page(&providers, Source::Meetup, &city, now())
            .await
            .unwrap()
            .events
            .is_empty()
    );
}

#[test_case(Source::Eventbrite, 200; "with all pages of subcategories")]
#[test_case(Source::Meetup, 8; "of topics")]
#[tokio::test]
async fn categories(source: Source, at_least: usize) {
    let (_sandbox, providers) = start().await;
    assert!(providers.categories(source).await.unwrap().len() >= at_least);
}
