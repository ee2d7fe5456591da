use domain::search::SourceSet;
use domain::{ExternalEventCategory, Source};
use testkit::dynamodb;

fn category(source: Source, name: &str) -> ExternalEventCategory {
    ExternalEventCategory {
        name: name.to_owned(),
        source,
        external_id: format!("id-{name}"),
        parent: None,
    }
}

#[tokio::test]
async fn replaces_the_categories_of_one_source_and_leaves_the_others() {
    let store = dynamodb::start().await.store();
    assert!(store.categories(&SourceSet::all()).await.unwrap().is_empty());
    let old = [category(Source::Ticketmaster, "Old")];
    let new = [
        category(Source::Ticketmaster, "Rock"),
        category(Source::Ticketmaster, "Jazz"),
    ];
    let other = [category(Source::SeatGeek, "concert")];
    store
        .replace_categories(Source::Ticketmaster, &old)
        .await
        .unwrap();
    store.replace_categories(Source::SeatGeek, &other).await.unwrap();
    store
        .replace_categories(Source::Ticketmaster, &new)
        .await
        .unwrap();
    let all = store.categories(&SourceSet::all()).await.unwrap();
    assert_eq!(all, [other.as_slice(), new.as_slice()].concat());
    let asked = "seatgeek,meetup".parse().unwrap();
    assert_eq!(store.categories(&asked).await.unwrap(), other);
}
