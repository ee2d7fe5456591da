//! Writes that happen together or not at all.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, TransactWriteItem};

use crate::error::StorageError;
use crate::retry::pauses;
use crate::store::Store;

/// What became of a transaction.
pub(crate) enum Transacted {
    /// Everything is written.
    Done,
    /// A condition does not hold and nothing is written: a reason for each action, in their order.
    Refused(Vec<CancellationReason>),
}

impl Store {
    /// Writes `actions`, waiting out other transactions on the same items. The `token`, if there is one, names the
    /// transaction: one that was written is not written again.
    pub(crate) async fn transact(
        &self,
        actions: Vec<TransactWriteItem>,
        token: Option<String>,
        operation: &'static str,
    ) -> Result<Transacted, StorageError> {
        let mut pauses = pauses();
        loop {
            let answer = self
                .client
                .transact_write_items()
                .set_transact_items(Some(actions.clone()))
                .set_client_request_token(token.clone())
                .send()
                .await;
            let Err(error) = answer else {
                return Ok(Transacted::Done);
            };
            match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    let reasons = cancelled.cancellation_reasons();
                    if reasons.iter().any(is_condition) {
                        return Ok(Transacted::Refused(reasons.to_vec()));
                    }
                    if !reasons.iter().any(is_conflict) {
                        return Err(StorageError::of(operation, error));
                    }
                }
                Some(TransactWriteItemsError::TransactionInProgressException(_)) => {}
                _ => return Err(StorageError::of(operation, error)),
            }
            let pause = pauses.next().ok_or_else(|| StorageError::contended(operation))?;
            tokio::time::sleep(pause).await;
        }
    }
}

/// Whether a transaction was cancelled because a condition does not hold.
pub(crate) fn is_condition(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}

/// Whether a transaction was cancelled because another one was under way, or for want of capacity: it can be repeated.
pub(crate) fn is_conflict(reason: &CancellationReason) -> bool {
    matches!(
        reason.code(),
        Some("TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded")
    )
}
