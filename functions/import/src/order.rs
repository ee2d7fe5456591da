//! The import of one event: find, check, write.

use chrono::{DateTime, Utc};
use domain::import::{ImportOverrides, draft, proposal};
use domain::{Content, EventKey, ExternalEvent, LocalEventDraft, LocalEventId, StoredEvent};
use edge::ApiError;
use storage::{Basis, ImportOutcome, NewImport};

use crate::context::Context;

/// How often an event may change between validation and import before the caller is asked to try again: a sync
/// rewrites an event at most once a run, so that a second change in a row is already a rarity.
const ATTEMPTS: usize = 3;

/// What the caller learns of an event that neither the store nor its source knows.
const NOT_FOUND: &str = "External event not found";

/// Who asks for imports, and how.
#[derive(Clone, Copy)]
pub(crate) struct Order<'a> {
    pub(crate) context: &'a Context,
    /// What the local event says instead of what its source says.
    pub(crate) overrides: &'a ImportOverrides,
    /// The user.
    pub(crate) by: &'a str,
    pub(crate) now: DateTime<Utc>,
    /// The name of the request, if its caller gave it one.
    pub(crate) request: Option<&'a str>,
}

/// An event as it was found, and where.
pub(crate) enum Found {
    Stored(StoredEvent),
    Fetched(ExternalEvent),
}

impl Found {
    fn event(&self) -> &ExternalEvent {
        match self {
            Self::Stored(stored) => &stored.event,
            Self::Fetched(event) => event,
        }
    }

    fn basis(&self) -> Basis<'_> {
        match self {
            Self::Stored(stored) => Basis::Stored(stored),
            Self::Fetched(event) => Basis::Fetched(event),
        }
    }
}

impl Order<'_> {
    /// Imports an event; finding it imported by the same request is success.
    pub(crate) async fn import(&self, key: &EventKey) -> Result<LocalEventId, ApiError> {
        let outcome = self.import_anew(key).await;
        self.settle(outcome).await
    }

    async fn import_anew(&self, key: &EventKey) -> Result<LocalEventId, ApiError> {
        for _ in 0..ATTEMPTS {
            let found = self.find(key).await?;
            let draft = self.check(&found)?;
            let ids = self.context.ids.draw(1).await?;
            let id = ids.first().ok_or_else(|| ApiError::internal("no id"))?;
            if let Some(id) = self.write(&found, draft, *id).await? {
                return Ok(id);
            }
        }
        Err(ApiError::Unavailable { retry_after: None })
    }

    /// The event in the store, else at its source.
    pub(crate) async fn find(&self, key: &EventKey) -> Result<Found, ApiError> {
        match self.context.store.event(key).await? {
            Some(stored) => Ok(Found::Stored(stored)),
            None => self.fetch(key).await,
        }
    }

    /// The event at its source.
    pub(crate) async fn fetch(&self, key: &EventKey) -> Result<Found, ApiError> {
        match self.context.providers.event(key).await? {
            Some(event) => Ok(Found::Fetched(event)),
            None => Err(ApiError::NotFound(NOT_FOUND)),
        }
    }

    /// The local event that was asked for, if it can be made.
    pub(crate) fn check(&self, found: &Found) -> Result<LocalEventDraft, ApiError> {
        if let Found::Stored(StoredEvent {
            import: Some(import), ..
        }) = found
        {
            return Err(ApiError::AlreadyImported(import.local_event_id));
        }
        draft(found.event(), self.overrides, self.now).map_err(ApiError::ValidationFailed)
    }

    /// What the local event would say.
    pub(crate) fn proposal(&self, found: &Found) -> Content {
        proposal(found.event(), self.overrides)
    }

    /// Makes the local event; `None` if the external one is no longer what was found.
    pub(crate) async fn write(
        &self,
        found: &Found,
        draft: LocalEventDraft,
        id: LocalEventId,
    ) -> Result<Option<LocalEventId>, ApiError> {
        let import = NewImport {
            basis: found.basis(),
            draft,
            created_by: self.by.to_owned(),
            now: self.now,
            request: self.request.map(str::to_owned),
        };
        match self.context.store.import_as(id, import).await? {
            ImportOutcome::Imported(event) => {
                let key = &event.content.external;
                tracing::info!(event.key = %key, local_event.id = %id, "imported");
                Ok(Some(id))
            }
            ImportOutcome::AlreadyImported(id) => Err(ApiError::AlreadyImported(id)),
            ImportOutcome::Changed => Ok(None),
        }
    }

    /// What a repeated request finds imported by itself is what it asked for.
    pub(crate) async fn settle(
        &self,
        outcome: Result<LocalEventId, ApiError>,
    ) -> Result<LocalEventId, ApiError> {
        if let (Err(ApiError::AlreadyImported(id)), Some(request)) = (&outcome, self.request) {
            let event = self.context.store.current_local_event(*id).await?;
            if event.is_some_and(|event| event.request.as_deref() == Some(request)) {
                return Ok(*id);
            }
        }
        outcome
    }
}
