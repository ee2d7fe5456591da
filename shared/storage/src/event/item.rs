//! The item of an external event.

use domain::StoredEvent;

use crate::error::StorageError;

/// The event in an image of the ExternalEvents table's stream.
pub fn stored_event_from_image(image: serde_dynamo::Item) -> Result<StoredEvent, StorageError> {
    let _ = image;
    unimplemented!()
}
