use testkit::dynamodb::{self, connection, tables};
use testkit::{at, event, key, now};

use domain::start::Start;
use domain::sync::{Slice, Window};
use domain::{Amount, EventStatus, PriceRange, Source};
use storage::Store;

#[tokio::test]
async fn finds_nothing_under_an_unknown_key() {
    let store = dynamodb::start().await.store();
    let unknown = key("meetup#nobody");
    assert_eq!(store.event(&unknown).await.unwrap(), None);
    assert!(
        store
            .events(std::slice::from_ref(&unknown))
            .await
            .unwrap()
            .is_empty()
    );
    assert!(store.events(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn reads_back_every_field() {
    let store = dynamodb::start().await.store();
    let full = event("ticketmaster#full")
        .description("Two hours, one interval.")
        .ends_at(at("2026-12-20T21:00:00Z"))
        .with(|event| {
            event.timezone = "Europe/Zurich".parse().ok();
            event.start = Start::exact(at("2026-12-20T19:00:00.123456789Z"), event.timezone);
            event.venue.coordinates = "47.376912,-8.541734".parse().ok();
            event.price = "CHF"
                .parse()
                .ok()
                .map(|currency| PriceRange::new(Amount::ZERO, Amount::from_units(49.5).unwrap(), currency));
            event.online = true;
            event.add_on = true;
            event.image_url = "https://pictures.example/full.jpg".parse().ok();
        })
        .build();
    let bare = event("seatgeek#bare")
        .start(Start::ToBeAnnounced)
        .city("")
        .build();
    store.record(&[full.clone(), bare.clone()], now()).await.unwrap();
    for event in [full, bare] {
        let stored = store.event(&event.key).await.unwrap().unwrap();
        assert_eq!(stored.event, event);
        assert_eq!((stored.created_at, stored.synced_at), (now(), now()));
        assert_eq!(stored.import, None);
    }
}

#[tokio::test]
async fn reads_more_events_than_fit_one_request() {
    let store = dynamodb::start().await.store();
    let events: Vec<_> = (0..250)
        .map(|number| event(&format!("seatgeek#{number}")).build())
        .collect();
    store.record(&events, now()).await.unwrap();
    let mut keys: Vec<_> = events.iter().map(|event| event.key.clone()).collect();
    keys.extend_from_within(..50);
    let stored = store.events(&keys).await.unwrap();
    assert_eq!(stored.len(), 250);
    assert!(events.iter().all(|event| stored[&event.key].event == *event));
}

#[tokio::test]
async fn an_outline_is_what_is_known_of_an_event_beside_what_its_source_says() {
    let dynamo = dynamodb::start().await;
    let store = dynamo.store();
    let dated = event("seatgeek#1").status(EventStatus::Postponed).build();
    let undated = event("seatgeek#2").start(Start::ToBeAnnounced).build();
    let slice = Slice {
        source: Source::SeatGeek,
        category: "music".parse().unwrap(),
        window: Window::next_days(now(), 90),
        area: None,
    };
    store
        .record_slice(&slice, &[dated.clone(), undated.clone()], now())
        .await
        .unwrap();
    let imported = event("seatgeek#3").build();
    dynamo.import(&imported, now()).await;
    let keys = [&dated, &undated, &imported].map(|event| event.key.clone());
    let stored = store.events(&keys).await.unwrap();
    let expected = stored.into_iter().map(|(key, stored)| (key, stored.outline()));
    let asked = [&keys[..], &[key("seatgeek#unknown")]].concat();
    let outlines = store.outlines(&asked).await.unwrap();
    assert_eq!(outlines, expected.collect());
    assert!(outlines[&dated.key].slice.is_some() && outlines[&imported.key].import.is_some());
}

#[tokio::test]
async fn tells_that_the_store_cannot_be_reached() {
    // Nobody listens there any more.
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let store = Store::new(&connection(&address), tables());
    store.warm().await;
    let error = store.event(&key("meetup#any")).await.unwrap_err();
    assert!(error.is_unavailable() && !error.is_throttled());
    assert_eq!(error.to_string(), "the store did not answer reading an event");
}
