//! The Lambda edge: configuration, secrets, authentication, HTTP, telemetry, SQS.
