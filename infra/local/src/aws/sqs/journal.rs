//! What happened to the queues, one JSON document a line, so that a restart loses no message.
//!
//! A few appended lines a message are all that a laptop's queues need; the file is rewritten when most of what it
//! says is history.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::queue::{Held, Millis, Queue, Sequence};
use crate::aws::{AwsError, file_error};

/// The queues by name, as changes make them.
pub(super) type Queues = BTreeMap<String, Queue>;

/// A change that outlives the process.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Change {
    Sent {
        queue: String,
        sequence: Sequence,
        held: Held,
    },
    Received {
        queue: String,
        sequence: Sequence,
        at: Millis,
    },
    Deleted {
        queue: String,
        sequence: Sequence,
    },
    /// To a dead-letter queue, from the queue with this ARN.
    Moved {
        queue: String,
        sequence: Sequence,
        to: String,
        source: String,
    },
    Purged {
        queue: String,
    },
}

impl Change {
    /// Makes the change. What concerns queues that the template has no more is forgotten.
    pub(super) fn apply(self, queues: &mut Queues) {
        match self {
            Self::Sent {
                queue,
                sequence,
                held,
            } => {
                if let Some(queue) = queues.get_mut(&queue) {
                    queue.insert(sequence, held);
                }
            }
            Self::Received { queue, sequence, at } => {
                if let Some(queue) = queues.get_mut(&queue) {
                    queue.count_receive(sequence, at);
                }
            }
            Self::Deleted { queue, sequence } => {
                if let Some(queue) = queues.get_mut(&queue) {
                    queue.remove(sequence);
                }
            }
            Self::Moved {
                queue,
                sequence,
                to,
                source,
            } => {
                let held = queues.get_mut(&queue).and_then(|queue| queue.remove(sequence));
                if let (Some(mut held), Some(to)) = (held, queues.get_mut(&to)) {
                    held.dead_letter_source = Some(source);
                    held.hidden_until = None;
                    to.insert(sequence, held);
                }
            }
            Self::Purged { queue } => {
                if let Some(queue) = queues.get_mut(&queue) {
                    queue.clear();
                }
            }
        }
    }
}

/// The file of changes.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    lines: usize,
}

/// A journal this long is rewritten once it is mostly history.
const REWRITE_LINES: usize = 10_000;

impl Journal {
    /// Makes `queues` what the journal at `path` says and opens it for more.
    pub(super) fn open(path: PathBuf, queues: &mut Queues) -> Result<Self, AwsError> {
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(file_error(&path, error)),
        };
        // A line without its end was being written when the process died; its change was never acknowledged.
        for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
            let change: Change = serde_json::from_str(line).map_err(|source| AwsError::Damaged {
                path: path.clone(),
                source,
            })?;
            change.apply(queues);
        }
        let (file, lines) = rewrite(&path, queues).map_err(|source| file_error(&path, source))?;
        Ok(Self { path, file, lines })
    }

    /// Writes the changes down, all or none of them.
    pub(super) fn append(&mut self, changes: &[Change], queues: &Queues) -> io::Result<()> {
        let held = || queues.values().map(|queue| queue.messages().len()).sum::<usize>();
        if self.lines > REWRITE_LINES && self.lines > 4 * held() {
            (self.file, self.lines) = rewrite(&self.path, queues)?;
        }
        let text = lines(changes)?;
        let length = self.file.metadata()?.len();
        if let Err(error) = self.file.write_all(&text) {
            self.file.set_len(length)?;
            return Err(error);
        }
        self.lines += changes.len();
        Ok(())
    }
}

/// Writes a journal that says only what `queues` hold.
fn rewrite(path: &Path, queues: &Queues) -> io::Result<(File, usize)> {
    let held = queues.iter().flat_map(|(name, queue)| {
        let sent = |(&sequence, held): (&Sequence, &Held)| Change::Sent {
            queue: name.clone(),
            sequence,
            held: held.clone(),
        };
        queue.messages().iter().map(sent)
    });
    let changes: Vec<_> = held.collect();
    let new = path.with_extension("new");
    fs::write(&new, lines(&changes)?)?;
    // Opened before it takes its name, so that a failure leaves the old journal in use.
    let file = File::options().append(true).open(&new)?;
    fs::rename(new, path)?;
    Ok((file, changes.len()))
}

fn lines(changes: &[Change]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    for change in changes {
        serde_json::to_writer(&mut text, change)?;
        text.push(b'\n');
    }
    Ok(text)
}
