//! The comparison of the counters with what they count, piece by piece.
//!
//! First every stored event is looked for among the markers of what is counted, then every marker is held against its
//! event. In the end the sum of the markers is what the counters must say, if nobody moved any meanwhile.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::EventKey;
use crate::sync::RunId;
use crate::tally::{Counter, Step, Steps};

/// How often the markers are summed before it is given up to find a time at which nobody counts.
const ROUNDS: u32 = 5;

/// How far a comparison is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reconciliation {
    /// Its name.
    pub run_id: RunId,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it last got on.
    pub updated_at: DateTime<Utc>,
    /// What is next.
    pub phase: Phase,
    /// What was found so far.
    pub findings: Findings,
}

/// What is next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Events, from the one after this on.
    Events(Option<EventKey>),
    /// The markers.
    Markers(Sum),
    /// Nothing.
    Done,
}

/// The sum of the markers so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sum {
    /// The bucket to read.
    pub bucket: u8,
    /// The last marker of it that was read.
    pub after: Option<EventKey>,
    /// How many moves the counters had made at the beginning.
    pub moves: u64,
    /// How many of ours they made since.
    pub own_moves: u64,
    /// Which attempt this is, counted from 0.
    pub round: u32,
    /// What the markers say together, by the counters' names: events and imported ones.
    totals: BTreeMap<String, (i64, i64)>,
}

/// What a comparison found, and mended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// Events that were looked at.
    pub events: u64,
    /// Markers that were looked at.
    pub markers: u64,
    /// Events that were not counted, or otherwise than they are.
    pub miscounted: u64,
    /// Events that were counted, but are gone.
    pub gone: u64,
    /// Counters that were not the sum of what is counted.
    pub counters: u64,
    /// Whether the counters could not be compared, because events kept changing.
    pub unsettled: bool,
}

impl Reconciliation {
    /// A comparison that begins at `now`.
    pub fn begin(run_id: RunId, now: DateTime<Utc>) -> Self {
        Self {
            run_id,
            started_at: now,
            updated_at: now,
            phase: Phase::Events(None),
            findings: Findings::default(),
        }
    }
}

impl Sum {
    /// The beginning of a sum, of counters that have made so many moves.
    pub fn begin(moves: u64, round: u32) -> Self {
        Self {
            moves,
            round,
            ..Self::default()
        }
    }

    /// Adds what an event is counted as.
    pub fn add(&mut self, steps: Steps) {
        for (counter, step) in steps {
            let (events, imported) = self.totals.entry(counter.to_string()).or_default();
            *events += step.events;
            *imported += step.imported;
        }
    }

    /// Whether nobody else moved the counters, which have made so many moves by now.
    pub fn is_settled(&self, moves: u64) -> bool {
        moves == self.moves + self.own_moves
    }

    /// The next attempt, of counters that have made so many moves; `None` after the last.
    pub fn again(&self, moves: u64) -> Option<Self> {
        let round = self.round + 1;
        (round < ROUNDS).then(|| Self::begin(moves, round))
    }

    /// What the counters must say.
    pub fn totals(&self) -> Steps {
        let totals = self.totals.iter().filter_map(|(name, &(events, imported))| {
            Some((name.parse::<Counter>().ok()?, Step { events, imported }))
        });
        totals.filter(|(_, total)| *total != Step::default()).collect()
    }
}
