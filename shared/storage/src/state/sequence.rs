//! Numbers that are never used twice.

use domain::LocalEventId;
use serde::Deserialize;

use super::Written;
use crate::error::StorageError;
use crate::store::Store;
use crate::update::{Update, number};

impl Store {
    /// The next `count` ids of local events, in one step however many. Ids that are drawn and not used leave gaps.
    pub async fn reserve_local_event_ids(
        &self,
        count: u64,
    ) -> Result<impl Iterator<Item = LocalEventId> + use<>, StorageError> {
        #[derive(Deserialize)]
        struct SequenceItem {
            last: u64,
        }
        let key = super::key("SEQUENCE", "local_event");
        let update = Update::default().add("last", number(count));
        let (Written::Done(item) | Written::Refused(item)) =
            self.update_state(key, &update, "drawing ids").await?;
        let SequenceItem { last } = super::read("sequence", item)?;
        Ok((last.saturating_sub(count) + 1..=last).map(LocalEventId::new))
    }
}
