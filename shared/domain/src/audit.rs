//! The audit trail: who did what to a local event, and when.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::content::{Content, ContentField};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditAction {
    /// It was made from an external event.
    Imported,
    /// An organizer changed it.
    Edited,
    /// An organizer took over changes of the source.
    Accepted,
    /// An organizer dismissed changes of the source.
    Rejected,
    /// It was taken back.
    Withdrawn,
}

impl AuditAction {
    /// Every action.
    pub const ALL: [Self; 5] = [
        Self::Imported,
        Self::Edited,
        Self::Accepted,
        Self::Rejected,
        Self::Withdrawn,
    ];

    /// The name in JSON and keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Imported => "imported",
            Self::Edited => "edited",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A field that was decided on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field.
    pub field: ContentField,
    /// Its value before.
    pub before: Option<String>,
    /// Its value after; of a rejected change, the value that was turned down.
    pub after: Option<String>,
}

impl FieldChange {
    /// What differs between two states.
    pub fn between(before: &Content, after: &Content) -> Vec<Self> {
        let change = |field| Self {
            field,
            before: before.value(field),
            after: after.value(field),
        };
        after.differences(before).map(change).collect()
    }
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// What was done.
    pub action: AuditAction,
    /// By which user.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The fields that it was about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldChange>,
}
