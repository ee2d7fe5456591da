use chrono::TimeDelta;
use domain::Source;
use domain::sync::{Report, RunStatus, Slice, Window};
use storage::{Lease, Progress};
use testkit::{dynamodb, now};

fn slice(category: &str) -> Slice {
    Slice {
        source: Source::SeatGeek,
        category: category.parse().unwrap(),
        window: Window::next_days(now(), 90),
        area: None,
    }
}

fn theirs(run_id: &str) -> Lease {
    Lease::Theirs {
        run_id: run_id.to_owned(),
    }
}

#[tokio::test]
async fn a_slice_belongs_to_one_run_at_a_time() {
    let store = dynamodb::start().await.store();
    let (concert, sports) = (slice("concert"), slice("sports"));
    assert_eq!(store.lease("first", &concert, now()).await.unwrap(), Lease::Ours);
    assert_eq!(store.lease("first", &concert, now()).await.unwrap(), Lease::Ours);
    assert_eq!(
        store.lease("second", &concert, now()).await.unwrap(),
        theirs("first")
    );
    assert_eq!(store.lease("second", &sports, now()).await.unwrap(), Lease::Ours);
    store.release("second", &concert, now()).await.unwrap();
    assert_eq!(
        store.lease("second", &concert, now()).await.unwrap(),
        theirs("first")
    );
    store.release("first", &concert, now()).await.unwrap();
    assert_eq!(store.lease("second", &concert, now()).await.unwrap(), Lease::Ours);
}

#[tokio::test]
async fn a_lost_run_keeps_its_slice_for_a_while_only() {
    let store = dynamodb::start().await.store();
    let concert = slice("concert");
    store.lease("lost", &concert, now()).await.unwrap();
    let soon = now() + TimeDelta::minutes(20);
    assert_eq!(store.lease("next", &concert, soon).await.unwrap(), theirs("lost"));
    assert_eq!(store.lease("lost", &concert, soon).await.unwrap(), Lease::Ours);
    let renewed = now() + TimeDelta::minutes(40);
    assert_eq!(
        store.lease("next", &concert, renewed).await.unwrap(),
        theirs("lost")
    );
    let over = now() + TimeDelta::minutes(51);
    assert_eq!(store.lease("next", &concert, over).await.unwrap(), Lease::Ours);
}

#[tokio::test]
async fn the_end_of_a_slice_gives_it_back() {
    let store = dynamodb::start().await.store();
    let concert = slice("concert");
    store.lease("first", &concert, now()).await.unwrap();
    let nothing = Report::default();
    let progress = |step, status| Progress {
        run_id: "first",
        slice: &concert,
        step,
        report: &nothing,
        is_cut: false,
        status,
        at: now(),
    };
    store
        .note_progress(&progress("0", RunStatus::Running))
        .await
        .unwrap();
    assert_eq!(
        store.lease("second", &concert, now()).await.unwrap(),
        theirs("first")
    );
    store
        .note_progress(&progress("end", RunStatus::Failed))
        .await
        .unwrap();
    assert_eq!(store.lease("second", &concert, now()).await.unwrap(), Lease::Ours);
}
