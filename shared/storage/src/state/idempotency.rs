//! Requests that their callers named, so that a repeated one gets the first one's answer.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::Written;
use crate::error::StorageError;
use crate::store::Store;
use crate::update::{Update, number, text};

/// How long a request is known by its name: longer than any client keeps trying.
const LIFETIME: TimeDelta = TimeDelta::days(1);

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The `Location` header.
    pub location: Option<String>,
    /// The JSON body.
    pub body: String,
}

/// What is known of a named request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is new, or was begun and has no answer yet: it can be carried out, for what it does is done once.
    Open,
    /// It was answered.
    Answered(GivenAnswer),
    /// Another request had this name.
    Taken,
}

impl Store {
    /// Notes that the request called `id` has this `fingerprint`: one write.
    pub async fn claim_request(
        &self,
        id: &str,
        fingerprint: &str,
        now: DateTime<Utc>,
    ) -> Result<Claim, StorageError> {
        #[derive(Deserialize)]
        struct RequestItem {
            fingerprint: String,
            answer: Option<GivenAnswer>,
        }
        let claim = Update::default()
            .set("fingerprint", text(fingerprint))
            .set("expires_at", number((now + LIFETIME).timestamp()))
            .set("answer", None)
            // DynamoDB removes what expired when it likes.
            .only_if("attribute_not_exists(#pk) OR #expires_at <= :now")
            .value("now", number(now.timestamp()));
        let Written::Refused(item) = self.update_state(key(id), &claim, "noting a request").await? else {
            return Ok(Claim::Open);
        };
        let known: RequestItem = super::read("request", item)?;
        Ok(match known.answer {
            _ if known.fingerprint != fingerprint => Claim::Taken,
            Some(answer) => Claim::Answered(answer),
            None => Claim::Open,
        })
    }

    /// Keeps the answer of a claimed request. The first answer stays.
    pub async fn answer_request(&self, id: &str, answer: &GivenAnswer) -> Result<(), StorageError> {
        let answer = serde_dynamo::to_attribute_value(answer)
            .map_err(|error| StorageError::unwritable("answer", error))?;
        let update = Update::default().set_once("answer", answer);
        self.update_state(key(id), &update, "keeping an answer").await?;
        Ok(())
    }
}

fn key(id: &str) -> super::Item {
    super::key(format!("REQUEST#{id}"), "-")
}
