//! What each slice held when it was last read to its end.
//!
//! With it, an event that did not change is recognised without reading the event, and one that did not come back is
//! noticed. It is a cache: without it a sync reads what is stored, and what vanished meanwhile is noticed by the run
//! after the next.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use domain::start::Rfc3339;
use domain::sync::Slice;
use domain::{EventKey, ExternalEvent};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::compressed::{compress, decompress};
use crate::error::StorageError;
use crate::event::item;
use crate::store::Store;
use crate::update::{number, text};

/// The most events of a manifest: beyond it, its ids might not fit an item. A slice with more has none.
pub(super) const MAX_EVENTS: usize = 12_000;

/// How long a manifest stands for the store. After that a run reads what is stored once more, so that whatever might
/// have gone astray there, such as a table that was restored from a backup, is mended within a week.
const TRUST: TimeDelta = TimeDelta::days(7);

/// How long the parts of a manifest are kept that nothing replaces.
const RETENTION: TimeDelta = TimeDelta::days(30);

/// The sort key of the digests.
const DIGESTS: &str = "DIGESTS";

/// The state of an event in 64 bits: the head of its fingerprint, which covers its key.
type Digest = u64;

/// The states of a slice's events as they were last seen; in the store each takes 8 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    version: String,
    verified_at: DateTime<Utc>,
    digests: Vec<Digest>,
}

/// Which events of a manifest came back so far. It travels with the cursor of the slice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The manifest that it is about.
    version: String,
    /// Whether this run reads what is stored all the same, to verify the manifest.
    pub verify: bool,
    /// One bit an event.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    bits: Vec<u8>,
}

/// A slice as a run found it, beside its manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What came.
    present: BTreeMap<EventKey, Digest>,
    /// What did not.
    missing: BTreeMap<EventKey, Digest>,
}

impl Manifest {
    /// Whether `run_id` wrote it.
    pub fn is_by(&self, run_id: &str) -> bool {
        self.version == run_id
    }

    /// When it was last compared with what is stored.
    pub fn verified_at(&self) -> DateTime<Utc> {
        self.verified_at
    }

    /// The beginning of a comparison with this manifest, by a run at `now`.
    pub fn unseen(&self, now: DateTime<Utc>) -> Seen {
        Seen {
            version: self.version.clone(),
            verify: now - self.verified_at > TRUST,
            bits: vec![0; self.digests.len().div_ceil(8)],
        }
    }

    /// The place of an event in exactly this state.
    pub fn position(&self, event: &ExternalEvent) -> Result<Option<usize>, StorageError> {
        Ok(self.digests.binary_search(&digest(event)?).ok())
    }

    /// Whether every event came back.
    pub fn is_complete(&self, seen: &Seen) -> bool {
        (0..self.digests.len()).all(|position| seen.contains(position))
    }
}

impl Seen {
    /// Whether it is about `manifest`.
    pub fn is_of(&self, manifest: &Manifest) -> bool {
        self.version == manifest.version
    }

    /// Notes that the event at `position` came back; `false` if that is known.
    pub fn insert(&mut self, position: usize) -> bool {
        let is_new = !self.contains(position);
        if let Some(byte) = self.bits.get_mut(position / 8) {
            *byte |= 1 << (position % 8);
        }
        is_new
    }

    fn contains(&self, position: usize) -> bool {
        self.bits
            .get(position / 8)
            .is_some_and(|byte| byte & (1 << (position % 8)) != 0)
    }
}

impl Comparison {
    /// The events that did not come back.
    pub fn missing(&self) -> impl Iterator<Item = &EventKey> {
        self.missing.keys()
    }

    /// How many events came.
    pub fn present(&self) -> usize {
        self.present.len()
    }

    /// Keeps what did not come back but is not gone for the next comparison, as far as `keep` says.
    pub fn keep_missing(&mut self, keep: impl Fn(&EventKey) -> bool) {
        self.missing.retain(|key, _| keep(key));
    }
}

impl Store {
    /// The manifest of a slice, if it has one: one eventually consistent read, 1 unit for each 1,000 events. An old
    /// one does no harm: what it does not know is read from the store.
    pub async fn manifest(&self, slice: &Slice) -> Result<Option<Manifest>, StorageError> {
        #[derive(Deserialize)]
        struct ManifestItem {
            version: String,
            verified_at: DateTime<Utc>,
        }
        let Some(mut item) = self.manifest_part(slice, DIGESTS).await? else {
            return Ok(None);
        };
        let Some(AttributeValue::B(digests)) = item.remove("digests") else {
            return Err(StorageError::unreadable("manifest", "it has no digests"));
        };
        let ManifestItem { version, verified_at } = super::read("manifest", item)?;
        let (digests, _) = digests.as_ref().as_chunks();
        Ok(Some(Manifest {
            version,
            verified_at,
            digests: digests.iter().copied().map(Digest::from_be_bytes).collect(),
        }))
    }

    /// Notes events that came, but are not in the manifest, under the step in which they came.
    pub async fn note_present(
        &self,
        run_id: &str,
        slice: &Slice,
        step: &str,
        events: &[&ExternalEvent],
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let entries = events
            .iter()
            .map(|event| Ok((event.key.clone(), digest(event)?)))
            .collect::<Result<_, StorageError>>()?;
        self.put_entries(slice, &format!("PRESENT#{run_id}#{step}"), &entries, now)
            .await
    }

    /// What of a slice came, and what of `manifest` did not. `seen` tells what came back if it is about `manifest`;
    /// `noted` whether there is something that [`Store::note_present`] noted.
    pub async fn compare(
        &self,
        run_id: &str,
        slice: &Slice,
        manifest: Option<(&Manifest, &Seen)>,
        noted: bool,
    ) -> Result<Comparison, StorageError> {
        let mut comparison = Comparison::default();
        if let Some((manifest, seen)) = manifest
            && let Some(item) = self
                .manifest_part(slice, &format!("KEYS#{}", manifest.version))
                .await?
        {
            for (key, digest) in entries(slice, &item)? {
                let position = manifest.digests.binary_search(&digest);
                let came = position.is_ok_and(|position| seen.contains(position));
                let part = if came {
                    &mut comparison.present
                } else {
                    &mut comparison.missing
                };
                part.insert(key, digest);
            }
        }
        if noted {
            let prefix = format!("PRESENT#{run_id}#");
            let items = self
                .state_range(&partition(slice), &prefix, "reading a manifest")
                .await?;
            for item in items {
                for (key, digest) in entries(slice, &item)? {
                    comparison.missing.remove(&key);
                    comparison.present.insert(key, digest);
                }
            }
        }
        Ok(comparison)
    }

    /// Makes what came, and what is kept of what did not, the manifest of the slice.
    pub async fn replace_manifest(
        &self,
        run_id: &str,
        slice: &Slice,
        comparison: Comparison,
        verified_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let mut entries = comparison.present;
        entries.extend(comparison.missing);
        if entries.len() > MAX_EVENTS {
            tracing::warn!(%slice, events = entries.len(), "the slice is too large for a manifest");
            return Ok(());
        }
        // The keys first: digests without their keys would be of no use.
        self.put_entries(slice, &format!("KEYS#{run_id}"), &entries, now)
            .await?;
        let mut digests: Vec<Digest> = entries.into_values().collect();
        digests.sort_unstable();
        let digests: Vec<u8> = digests.into_iter().flat_map(Digest::to_be_bytes).collect();
        self.client
            .put_item()
            .table_name(&self.tables.state)
            .set_item(Some(super::key(partition(slice), DIGESTS)))
            .item("version", text(run_id))
            .item("verified_at", text(Rfc3339(verified_at)))
            .item("digests", AttributeValue::B(Blob::new(digests)))
            .item("expires_at", number((now + RETENTION).timestamp()))
            .send()
            .await
            .map_err(|error| StorageError::of("writing a manifest", error))?;
        Ok(())
    }

    async fn manifest_part(&self, slice: &Slice, part: &str) -> Result<Option<super::Item>, StorageError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.tables.state)
            .set_key(Some(super::key(partition(slice), part)))
            .send()
            .await
            .map_err(|error| StorageError::of("reading a manifest", error))?;
        Ok(answer.item)
    }

    async fn put_entries(
        &self,
        slice: &Slice,
        part: &str,
        entries: &BTreeMap<EventKey, Digest>,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let lines: Vec<String> = entries
            .iter()
            .map(|(key, digest)| format!("{digest:016x} {}", key.id))
            .collect();
        let body = compress(lines.join("\n").as_bytes())
            .map_err(|error| StorageError::unwritable("manifest", error))?;
        self.client
            .put_item()
            .table_name(&self.tables.state)
            .set_item(Some(super::key(partition(slice), part)))
            .item("body", AttributeValue::B(body))
            .item("expires_at", number((now + RETENTION).timestamp()))
            .send()
            .await
            .map_err(|error| StorageError::of("writing a manifest", error))?;
        Ok(())
    }
}

fn entries(slice: &Slice, item: &super::Item) -> Result<Vec<(EventKey, Digest)>, StorageError> {
    let unreadable = || StorageError::unreadable("manifest", "its entries are of another form");
    let Some(AttributeValue::B(body)) = item.get("body") else {
        return Err(unreadable());
    };
    let body = decompress(body).map_err(|error| StorageError::unreadable("manifest", error))?;
    let lines = String::from_utf8(body).map_err(|error| StorageError::unreadable("manifest", error))?;
    let entry = |line: &str| {
        let (digest, id) = line.split_once(' ')?;
        let digest = Digest::from_str_radix(digest, 16).ok()?;
        Some((EventKey::new(slice.source, id.parse().ok()?), digest))
    };
    lines
        .lines()
        .map(|line| entry(line).ok_or_else(unreadable))
        .collect()
}

fn digest(event: &ExternalEvent) -> Result<Digest, StorageError> {
    let fingerprint = item::fingerprint_bytes(event)?;
    let head = fingerprint.first_chunk().copied().unwrap_or_default();
    Ok(Digest::from_be_bytes(head))
}

fn partition(slice: &Slice) -> String {
    format!("MANIFEST#{slice}")
}

fn to_base64<S: Serializer>(bits: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64_STANDARD_NO_PAD.encode(bits))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    BASE64_STANDARD_NO_PAD
        .decode(text)
        .map_err(serde::de::Error::custom)
}
