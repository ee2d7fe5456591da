//! Where the stack’s data lives between two runs.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// Where the data of a run is kept.
#[derive(Clone, Debug)]
pub enum Data {
    /// Nowhere.
    Memory,
    /// In a directory, which is made when it is not there.
    Directory {
        /// The directory.
        path: PathBuf,
        /// Whether what is there is deleted first.
        fresh: bool,
    },
}

/// A data directory that no other run uses as long as this lives.
#[derive(Debug)]
pub(crate) struct DataDirectory {
    pub(crate) path: PathBuf,
    _lock: File,
}

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// It cannot be made, read or emptied.
    #[error("the data directory {} cannot be used", .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Another process runs on it.
    #[error("another `local` runs on {}; end it, or use --data-dir or --memory", .0.display())]
    InUse(PathBuf),
    /// It holds files, and none of them is ours.
    #[error("{} is not a data directory of `local`, so --fresh does not empty it", .0.display())]
    NotOurs(PathBuf),
}

/// The file that is locked during a run, and that marks a directory as ours.
const LOCK: &str = "lock";

impl DataDirectory {
    /// Takes the directory at `path`, emptied first when `fresh`.
    pub(crate) fn open(path: &Path, fresh: bool) -> Result<Self, DataError> {
        let error = |source| DataError::Directory {
            path: path.to_owned(),
            source,
        };
        fs::create_dir_all(path).map_err(error)?;
        let lock_path = path.join(LOCK);
        let empty = fs::read_dir(path).map_err(error)?.next().is_none();
        if fresh && !empty && !lock_path.exists() {
            return Err(DataError::NotOurs(path.to_owned()));
        }
        let lock = File::create(&lock_path).map_err(error)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(DataError::InUse(path.to_owned())),
            Err(TryLockError::Error(source)) => return Err(error(source)),
        }
        if fresh {
            empty_directory(path, &lock_path).map_err(error)?;
        }
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }
}

fn empty_directory(path: &Path, keep: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        match entry.path() {
            kept if kept == keep => {}
            directory if entry.file_type()?.is_dir() => fs::remove_dir_all(directory)?,
            file => fs::remove_file(file)?,
        }
    }
    Ok(())
}
