//! The store: one client, three tables.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::connection::Connection;
use crate::meter::Meter;

/// An item, or the key of one.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// How long a past event stays when nothing else is configured, in days.
const DEFAULT_RETENTION_DAYS: u32 = 90;

/// The names of the tables.
#[derive(Debug, Clone)]
pub struct Tables {
    /// ExternalEvents: what the providers say, and what was imported.
    pub events: String,
    /// LocalEvents: the platform's own events.
    pub local_events: String,
    /// State: everything small (cached answers, categories, counters, runs, sequences).
    pub state: String,
}

/// Access to everything stored. Clones share one connection.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) client: Client,
    pub(crate) tables: Arc<Tables>,
    pub(crate) retention: chrono::Duration,
    pub(crate) meter: Meter,
}

impl Store {
    /// The store behind `connection`. Past events stay for 90 days.
    pub fn new(connection: &Connection, tables: Tables) -> Self {
        Self {
            client: Client::new(connection.sdk_config()),
            tables: Arc::new(tables),
            retention: chrono::Duration::days(DEFAULT_RETENTION_DAYS.into()),
            meter: Meter::default(),
        }
    }

    /// The same store, in which past events that are not imported stay for `days`.
    #[must_use]
    pub fn with_retention(self, days: u32) -> Self {
        Self {
            retention: chrono::Duration::days(days.into()),
            ..self
        }
    }

    /// Opens the connection by one cheap read (0.5 read units), so that the first request finds it open. A failure
    /// is left for that request to find.
    pub async fn warm(&self) {
        let read = self
            .client
            .get_item()
            .table_name(&self.tables.state)
            .set_key(Some(crate::state::key("WARM", "-")))
            .send()
            .await;
        if let Err(error) = read {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "the store is not reachable yet"
            );
        }
    }
}
