//! Where the ids of local events come from.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use import::context::Context;
use import::ids::LocalEventIds;
use serde_json::json;
use testkit::key;
use testkit::proxy::Proxy;

use crate::World;

impl World {
    /// The id that the event becomes.
    async fn id_of(&self, event: usize) -> u64 {
        let reply = self.import(&key(&format!("seatgeek#{event}")), json!({})).await;
        reply.body["local_event_id"].as_u64().unwrap()
    }

    /// What a process that starts now has.
    fn new_process(&self) -> Context {
        Context {
            store: self.dynamo.store(),
            providers: self.imitations.guarded(self.dynamo.store()),
            ids: LocalEventIds::new(self.dynamo.store()),
        }
    }
}

#[tokio::test]
async fn a_process_reserves_many_and_leaves_a_gap_when_it_ends() {
    let (mut world, _) = World::with_events(4).await;
    assert_eq!([world.id_of(1).await, world.id_of(2).await], [1, 2]);
    world.context = world.new_process();
    assert_eq!([world.id_of(3).await, world.id_of(4).await], [21, 22]);
}

#[tokio::test]
async fn imports_under_way_at_once_share_none() {
    let (world, _) = World::with_events(45).await;
    let ids = join_all((1..=45).map(|event| world.id_of(event))).await;
    let ids: BTreeSet<u64> = ids.into_iter().collect();
    assert_eq!(ids, (1..=45).collect(), "each once, and none left out");
}

#[tokio::test]
async fn one_whose_import_had_no_answer_is_not_used_again() {
    let (mut world, _) = World::with_events(2).await;
    let is_mute = Arc::new(AtomicBool::new(true));
    let mute = Arc::clone(&is_mute);
    let proxy = Proxy::start(&world.dynamo, move |operation, _| {
        let is_lost = operation == "TransactWriteItems" && mute.load(Ordering::SeqCst);
        is_lost.then(|| {
            (
                500,
                json!({"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError"}),
            )
        })
    })
    .await;
    world.context.store = proxy.store();
    let reply = world.import(&key("seatgeek#1"), json!({})).await;
    assert_eq!(reply.status, 503, "{}", reply.body);
    is_mute.store(false, Ordering::SeqCst);
    assert_eq!(world.id_of(2).await, 2);
}
