//! Builders, fixtures and an embedded DynamoDB for tests.
