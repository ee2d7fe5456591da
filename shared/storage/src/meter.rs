//! What requests cost, by DynamoDB's own count.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemInput, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::batch_write_item::{BatchWriteItemInput, BatchWriteItemOutput};
use aws_sdk_dynamodb::operation::get_item::{GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::{PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::query::{QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::scan::{ScanInput, ScanOutput};
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsInput, TransactWriteItemsOutput};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};

use crate::store::Store;

/// What requests cost. Those that a condition refused say nothing of their cost, and are not in it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Units {
    /// Read units.
    pub read: f64,
    /// Write units.
    pub write: f64,
}

/// Adds up what the requests of a client cost.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meter(Arc<Mutex<Units>>);

impl Meter {
    fn change<T>(&self, change: impl FnOnce(&mut Units) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store {
    /// The same store, which from now on counts what its requests cost. So do its clones, together.
    #[must_use]
    pub fn metered(self) -> Self {
        let meter = Meter::default();
        let config = self.client.config().to_builder().interceptor(meter.clone());
        Self {
            client: Client::from_conf(config.build()),
            meter,
            ..self
        }
    }

    /// What the requests since the last call cost; nothing where nobody counts.
    pub fn take_units(&self) -> Units {
        self.meter.change(std::mem::take)
    }
}

/// Asks for the cost of an input of one of these types.
macro_rules! ask {
    ($input:expr, $($kind:ty),+) => {
        $(if let Some(input) = $input.downcast_mut::<$kind>() {
            input.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
        })+
    };
}

/// The cost in an output of one of these types, of one table or of several.
macro_rules! cost {
    ($output:expr, $($kind:ty),+) => {
        None$(.or_else(|| $output.downcast_ref::<$kind>().map(|output| total(&output.consumed_capacity))))+
    };
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        ask!(
            context.input_mut(),
            BatchGetItemInput,
            BatchWriteItemInput,
            GetItemInput,
            PutItemInput,
            QueryInput,
            ScanInput,
            TransactWriteItemsInput,
            UpdateItemInput
        );
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Ok(output) = context.output_or_error() else {
            return Ok(());
        };
        let read = cost!(output, BatchGetItemOutput, GetItemOutput, QueryOutput, ScanOutput);
        let write = cost!(
            output,
            BatchWriteItemOutput,
            PutItemOutput,
            TransactWriteItemsOutput,
            UpdateItemOutput
        );
        self.change(|units| {
            units.read += read.unwrap_or_default();
            units.write += write.unwrap_or_default();
        });
        Ok(())
    }
}

fn total<'a>(capacity: impl IntoIterator<Item = &'a (impl Capacity + 'a)>) -> f64 {
    capacity.into_iter().map(Capacity::units).sum()
}

/// What answers say of their cost: of one table, or of a list of them.
trait Capacity {
    fn units(&self) -> f64;
}

impl Capacity for ConsumedCapacity {
    fn units(&self) -> f64 {
        self.capacity_units.unwrap_or_default()
    }
}

impl Capacity for Vec<ConsumedCapacity> {
    fn units(&self) -> f64 {
        self.iter().map(Capacity::units).sum()
    }
}
