//! Numbers that are never used twice.

use domain::LocalEventId;
use serde::Deserialize;

use super::Written;
use crate::error::StorageError;
use crate::store::Store;
use crate::update::{Update, number};

impl Store {
    /// The next id of a local event. Ids that are drawn and not used leave gaps.
    pub(crate) async fn next_local_event_id(&self) -> Result<LocalEventId, StorageError> {
        #[derive(Deserialize)]
        struct SequenceItem {
            last: LocalEventId,
        }
        let key = super::key("SEQUENCE", "local_event");
        let update = Update::default().add("last", number(1));
        let (Written::Done(item) | Written::Refused(item)) =
            self.update_state(key, &update, "drawing an id").await?;
        let item: SequenceItem = super::read("sequence", item)?;
        Ok(item.last)
    }
}
