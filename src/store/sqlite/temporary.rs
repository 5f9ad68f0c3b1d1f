//! Files that are made under another name, and get their own when they are whole.

use std::fs;
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use super::files::{StoreFiles, TEMPORARY, io_error, sync_directory};
use crate::store::StoreError;

/// A file that nobody else knows of, 0600 from the start, which is removed again unless it is put in place.
#[derive(Debug)]
pub(super) struct Temporary {
    path: TempPath,
    _beside: Beside,
}

impl Temporary {
    /// Makes an empty one.
    pub(super) fn make_in(directory: &Path) -> Result<Self, StoreError> {
        let path = tempfile::Builder::new()
            .prefix(TEMPORARY)
            .tempfile_in(directory)
            .map(NamedTempFile::into_temp_path)
            .map_err(|source| io_error("create a file in", directory, source))?;
        Ok(Self {
            _beside: Beside(path.to_path_buf()),
            path,
        })
    }

    /// Puts it at `path`, unless something is there, and makes the name last.
    pub(super) fn put_in_place(self, path: &Path) -> Result<(), StoreError> {
        match self.path.persist_noclobber(path) {
            Ok(()) => sync_directory(path.parent().unwrap_or(Path::new("/"))).map_err(in_doubt),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(StoreError::Exists {
                    path: path.to_owned(),
                })
            }
            Err(error) => Err(io_error("create", path, error.error)),
        }
    }

    /// Lets the file stay under the name that it has, and returns that.
    pub(super) fn keep(self) -> Result<PathBuf, StoreError> {
        self.path
            .keep()
            .map_err(|error| io_error("keep", &error.path, error.error))
    }
}

impl Deref for Temporary {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

/// What SQLite may have left beside a file when it could not close it well.
#[derive(Debug)]
struct Beside(PathBuf);

impl Drop for Beside {
    fn drop(&mut self) {
        let Ok(files) = StoreFiles::at(&self.0) else {
            return;
        };
        for path in files.side_files() {
            // It was never part of a store: nothing is lost when this fails.
            let _ = fs::remove_file(path);
        }
    }
}

/// Makes `error` one of a change that is made already: its name may not last.
pub(super) fn in_doubt(error: StoreError) -> StoreError {
    StoreError::InDoubt {
        what: match &error {
            StoreError::Io { source, .. } => format!("failed to {error}: {source}"),
            other => other.to_string(),
        },
    }
}
