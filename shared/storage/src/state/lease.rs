//! Leases on slices: of two runs of the same slice at the same time, one does the work and the other points to it.

use chrono::{DateTime, TimeDelta, Utc};
use domain::start::Rfc3339;
use domain::sync::Slice;
use serde::Deserialize;

use super::Written;
use crate::error::StorageError;
use crate::store::Store;
use crate::update::{Update, number, text};

/// How long a lease holds that nobody renews. The worker renews it with every message of the slice, and no message
/// waits longer than SQS delays one, a quarter of an hour; so a lease ends by itself only when its run is lost.
const LIFETIME: TimeDelta = TimeDelta::minutes(30);

/// Where all leases are.
const PARTITION: &str = "LEASE";

/// Whose a slice is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lease {
    /// The asking run's, from now on or still.
    Ours,
    /// That of another run, which is under way.
    Theirs {
        /// The other run.
        run_id: String,
    },
}

impl Store {
    /// Takes or renews the lease of a slice for a run: one write, which fails while another run has it.
    pub async fn lease(
        &self,
        run_id: &str,
        slice: &Slice,
        now: DateTime<Utc>,
    ) -> Result<Lease, StorageError> {
        #[derive(Deserialize)]
        struct LeaseItem {
            run_id: String,
        }
        let until = now + LIFETIME;
        let update = Update::default()
            .set("run_id", text(run_id))
            .set("until", text(Rfc3339(until)))
            .set("expires_at", number(until.timestamp()))
            .only_if("attribute_not_exists(#pk) OR #run_id = :run_id OR #until < :now")
            .value("now", text(Rfc3339(now)));
        let key = super::key(PARTITION, slice.to_string());
        match self.update_state(key, &update, "leasing a slice").await? {
            Written::Done(_) => Ok(Lease::Ours),
            Written::Refused(item) => {
                let LeaseItem { run_id } = super::read("lease", item)?;
                Ok(Lease::Theirs { run_id })
            }
        }
    }

    /// Gives a slice back. A lease that is another run's stays.
    pub async fn release(&self, run_id: &str, slice: &Slice, now: DateTime<Utc>) -> Result<(), StorageError> {
        let update = Update::default()
            .set("until", text(Rfc3339(now - TimeDelta::seconds(1))))
            .only_if("#run_id = :run_id")
            .value("run_id", text(run_id));
        let key = super::key(PARTITION, slice.to_string());
        self.update_state(key, &update, "giving a slice back").await?;
        Ok(())
    }
}
