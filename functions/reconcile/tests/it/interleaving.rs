//! Syncs, imports, withdrawals, cancellations, expiries, tallies and comparisons in any order, cut off at any point: in the
//! end the counters are a count of the table.

use std::pin::pin;
use std::task::Poll;

use chrono::{Days, TimeDelta};
use domain::{Category, EventStatus, ExternalEvent};
use proptest::prelude::*;
use reconcile::handler::Continuation;
use testkit::{event, now};

use crate::World;

/// Something that happens.
#[derive(Debug, Clone)]
enum Act {
    /// A sync sees an event so.
    Sync(u8, Category, EventStatus, bool),
    /// Somebody imports an event.
    Import(u8),
    /// What is over expires.
    Expire,
    /// Tally counts a part of all changes so far, and dies after it was woken so often.
    Tally(prop::sample::Index, prop::sample::Index, usize),
    /// A comparison gets a step on, and dies after it was woken so often.
    Compare(usize),
    /// An event changes while tally counts and a comparison gets a step on.
    Together(u8, Category),
}

fn act() -> impl Strategy<Value = Act> {
    let category = prop::sample::select(vec![Category::Music, Category::Sports]);
    let status = prop::sample::select(vec![EventStatus::Scheduled, EventStatus::Cancelled]);
    let wakes = prop_oneof![3 => Just(usize::MAX), 2 => 0..12_usize];
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (0..12_u8, category, status, any::<bool>())
            .prop_map(|(id, category, status, past)| Act::Sync(id, category, status, past)),
        2 => (0..12_u8).prop_map(Act::Import),
        1 => Just(Act::Expire),
        3 => (index(), index(), wakes.clone()).prop_map(|(from, to, wakes)| Act::Tally(from, to, wakes)),
        3 => wakes.prop_map(Act::Compare),
        2 => (0..12_u8, prop::sample::select(vec![Category::Music, Category::Sports]))
            .prop_map(|(id, category)| Act::Together(id, category)),
    ]
}

/// Does `work` until it is done or was woken so often; whether it is done.
async fn live<F: Future>(work: F, wakes: usize) -> Option<F::Output> {
    let mut work = pin!(work);
    let mut left = wakes;
    std::future::poll_fn(move |context| match work.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

fn seen(id: u8, category: Category, status: EventStatus, past: bool) -> ExternalEvent {
    let start = if past {
        now() - Days::new(200)
    } else {
        now() + TimeDelta::days(20)
    };
    event(&format!("seatgeek#{id}"))
        .category(category)
        .status(status)
        .city(if id.is_multiple_of(2) { "Bern" } else { "BASEL" })
        .starts_at(start)
        .build()
}

impl World {
    /// Gets a comparison a step on, or begins one.
    async fn compare(&self, message: Option<&Continuation>, round: usize) -> Option<Continuation> {
        match message {
            Some(message) => self.deliver(message).await,
            None => self.begin(&format!("round-{round}")).await,
        }
    }

    async fn act(&self, act: Act, message: &mut Option<Continuation>, round: usize) {
        let store = &self.context.store;
        match act {
            Act::Sync(id, category, status, past) => {
                let event = seen(id, category, status, past);
                store.record(&[event], now()).await.unwrap();
            }
            Act::Import(id) => {
                let event = seen(id, Category::Music, EventStatus::Scheduled, false);
                let stored = store.event(&event.key).await.unwrap();
                if stored.is_none_or(|stored| stored.import.is_none()) {
                    self.dynamo.import(&event, now()).await;
                }
            }
            Act::Expire => {
                self.dynamo.expire();
            }
            Act::Tally(from, to, wakes) => {
                let changes = self.dynamo.changes();
                let (from, to) = (from.index(changes.len() + 1), to.index(changes.len() + 1));
                let part = &changes[from.min(to)..from.max(to)];
                if let Some(applied) = live(Box::pin(store.apply_changes(part, now())), wakes).await {
                    applied.unwrap();
                }
            }
            Act::Compare(wakes) => {
                // One that died comes again.
                if let Some(next) = live(Box::pin(self.compare(message.as_ref(), round)), wakes).await {
                    *message = next;
                }
                self.queues.take();
            }
            Act::Together(id, category) => {
                let event = seen(id, category, EventStatus::Scheduled, false);
                let change = async { store.record(&[event], now()).await.unwrap() };
                let (_, (), next) = tokio::join!(change, self.tally(), self.compare(message.as_ref(), round));
                *message = next;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn counters_equal_a_count_of_the_table(acts in prop::collection::vec(act(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::start(3, 5).await;
            let mut message = None;
            for (round, act) in acts.into_iter().enumerate() {
                world.act(act, &mut message, round).await;
            }
            // The stream delivers everything once at least, in its order.
            world.tally().await;
            world.assert_counted().await;
            // What is lost of the stream, a comparison finds.
            while let Some(next) = message {
                message = world.deliver(&next).await;
            }
            world.assert_counted().await;
        });
    }

    #[test]
    fn a_comparison_alone_makes_up_for_every_change_that_was_lost(acts in prop::collection::vec(act(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::start(50, 5).await;
            let mut message = None;
            for (round, act) in acts.into_iter().enumerate() {
                world.act(act, &mut message, round).await;
            }
            while let Some(next) = message {
                message = world.deliver(&next).await;
            }
            let (_, findings) = world.reconcile("at last").await;
            prop_assert!(!findings.unsettled);
            world.assert_counted().await;
            Ok(())
        })?;
    }
}
