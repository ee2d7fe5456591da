//! How far a stream’s consumer has come.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// The sequence number of the last record that is done with; kept in a file, so that a restart goes on after it.
#[derive(Debug, Default)]
pub struct Position {
    file: Option<PathBuf>,
    sequence_number: Mutex<Option<String>>,
}

/// A file that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the stream position in {} cannot be kept", .path.display())]
pub struct PositionError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

impl Position {
    /// The position that the file at `path` keeps; the stream’s beginning when there is no such file.
    pub fn open(path: &Path) -> Result<Self, PositionError> {
        let error = |source| PositionError {
            path: path.to_owned(),
            source,
        };
        let sequence_number = match fs::read_to_string(path) {
            Ok(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => None,
            Err(other) => return Err(error(other)),
        };
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory).map_err(error)?;
        }
        Ok(Self {
            file: Some(path.to_owned()),
            sequence_number: Mutex::new(sequence_number),
        })
    }

    /// The stream’s beginning, kept nowhere.
    pub fn memory() -> Self {
        Self::default()
    }

    /// The last record that is done with.
    pub fn get(&self) -> Option<String> {
        self.sequence_number
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Moves on. The file is replaced as a whole: whenever the process ends, one of the two positions is there.
    pub fn advance(&self, sequence_number: &str) -> Result<(), PositionError> {
        if let Some(path) = &self.file {
            let next = path.with_extension("next");
            let written = fs::write(&next, sequence_number).and_then(|()| fs::rename(&next, path));
            written.map_err(|source| PositionError {
                path: path.clone(),
                source,
            })?;
        }
        *self
            .sequence_number
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(sequence_number.to_owned());
        Ok(())
    }
}
