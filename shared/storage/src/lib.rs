//! The only place that knows DynamoDB: keys, items, access patterns.
